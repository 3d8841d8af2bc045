#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# config.md: process, its user, limits, capabilities and the rest; hostname.
. "$(dirname "$0")/lib.sh"

# --- args, env, cwd --------------------------------------------------------------------

test_args_are_passed_as_they_are() {
	args sh -c 'printf "<%s>" "$@"' zero 'one two' '' '*' '$x'
	runs
	is "$OUT" '<one two><><*><$x>'
}
test_args_found_by_PATH() {
	mkdir "$ROOTFS/opt"
	printf '#!/bin/sh\necho found\n' >"$ROOTFS/opt/tool"
	chmod +x "$ROOTFS/opt/tool"
	config '.process.env = ["PATH=/nowhere:/opt"]'
	args tool
	runs
	is "$OUT" found
}
test_args_relative_to_cwd() {
	mkdir "$ROOTFS/opt"
	printf '#!/bin/sh\necho found\n' >"$ROOTFS/opt/tool"
	chmod +x "$ROOTFS/opt/tool"
	config '.process.env = ["PATH=/bin"] | .process.cwd = "/opt"'
	args ./tool
	runs
	is "$OUT" found
}
test_args_are_not_looked_up_on_the_host() { args "$T/on-the-host"; touch "$T/on-the-host"; chmod +x "$T/on-the-host"; refused_or_start_fails 'no such file'; }
# runc refuses at create, and so do Docker's exit codes want it.
refused_or_start_fails() {
	local rc=0
	rt run --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" || rc=$?
	[ $rc != 0 ]
	grep -qi "$1" "$T/err" || { echo "no '$1' in: $(cat "$T/err")"; return 1; }
}
test_a_missing_program_is_no_such_file_or_directory() { args /no/such; refused_or_start_fails 'no such file or directory'; }
test_a_missing_program_of_PATH() { args no-such; refused_or_start_fails 'executable file not found in \$PATH\|no such file or directory'; }
test_a_program_without_x_is_permission_denied() {
	echo '#!/bin/sh' >"$ROOTFS/data/plain"
	chmod 644 "$ROOTFS/data/plain"
	args /data/plain
	refused_or_start_fails 'permission denied'
}
test_empty_args_are_refused() { config '.process.args = []'; refused; }
test_absent_args_are_refused() { config 'del(.process.args)'; refused; }
test_env_is_the_configured_one() {
	export LEAK=1
	config '.process.env = ["PATH=/bin", "A=1", "EMPTY=", "EQ=a=b", "SP=x y"]'
	args env
	runs
	is "$(grep -Ev '^(HOME|container)=' <<<"$OUT" | sort)" "$(sort <<<$'PATH=/bin\nA=1\nEMPTY=\nEQ=a=b\nSP=x y')"
}
test_cwd() { config '.process.cwd = "/data"'; inside pwd; is "$OUT" /data; }
test_cwd_relative_is_refused() { config '.process.cwd = "data"'; refused; }
test_cwd_absent_is_refused() { config 'del(.process.cwd)'; refused; }
test_cwd_only_the_user_may_enter() {
	mkdir -m 700 "$ROOTFS/data/own"
	chown 1000:1000 "$ROOTFS/data/own"
	config '.process.user = {uid: 1000, gid: 1000} | .process.cwd = "/data/own"'
	inside pwd
	is "$OUT" /data/own
}

# --- the exit status -------------------------------------------------------------------

test_run_has_the_exit_status() {
	local rc=0
	script 'exit 42'
	runs || rc=$?
	is $rc 42
}
test_run_has_128_and_the_signal() {
	local rc=0
	config 'del(.process.capabilities)'
	without_ns pid
	script 'kill -TERM $$'
	runs || rc=$?
	is $rc 143
}
test_stdin_stdout_stderr_are_the_callers() {
	script 'cat; echo err >&2'
	echo in | rt run --bundle "$B" "$ID" >"$T/out" 2>"$T/err"
	is "$(cat "$T/out")" in
	is "$(cat "$T/err")" err
}
test_no_descriptor_leaks() {
	exec 7</dev/null 8</dev/null
	inside 'probe fds'
	is "$OUT" '0 1 2 '
}
test_preserve_fds() {
	script 'cat <&3; cat <&4; probe fds'
	echo three >"$T/3"
	echo four >"$T/4"
	rt run --preserve-fds 2 --bundle "$B" "$ID" 3<"$T/3" 4<"$T/4" 5</dev/null </dev/null >"$T/out" 2>"$T/err"
	is "$(cat "$T/out")" $'three\nfour\n0 1 2 3 4 '
}

# --- user ------------------------------------------------------------------------------

test_user_uid_gid() {
	config '.process.user = {uid: 1000, gid: 1001}'
	inside 'id -u; id -g; id -G'
	is "$OUT" $'1000\n1001\n1001'
}
test_user_additionalGids() {
	config '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 6, 70000]}'
	inside 'awk "/^Groups/ { \$1 = \"\"; print }" /proc/self/status'
	is "$(tr ' ' '\n' <<<"$OUT" | grep . | grep -v '^1000$' | sort -n | tr '\n' ' ')" '5 6 70000 '
}
test_user_root_has_no_groups_of_the_caller() {
	inside 'awk "/^Groups/ { \$1 = \"\"; print }" /proc/self/status'
	matches "$OUT" '^ *(0 *)?$'
}
test_user_umask() {
	config '.process.user.umask = 23' # 027
	inside 'probe umask; : >/tmp/f; stat -c %a /tmp/f'
	is "$OUT" $'0027\n640'
}
test_user_without_uid_is_refused_or_0() {
	config '.process.user = {gid: 0}'
	if ! create; then return 0; fi
	is "$(awk '/^Uid/ { print $2 }' "/proc/$(field pid)/status")" 0
}
test_user_negative_uid_is_refused() { config '.process.user.uid = -1'; refused; }
test_user_uid_of_text_is_refused() { config '.process.user.uid = "root"'; refused; }

# --- rlimits ---------------------------------------------------------------------------

test_rlimits() {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 512, hard: 1024},
		{type: "RLIMIT_CORE", soft: 0, hard: 0}, {type: "RLIMIT_CPU", soft: 100, hard: 200},
		{type: "RLIMIT_FSIZE", soft: 1000000, hard: 2000000}, {type: "RLIMIT_STACK", soft: 4194304, hard: 8388608}]'
	inside 'cat /proc/self/limits'
	matches "$OUT" '^Max open files +512 +1024 '
	matches "$OUT" '^Max core file size +0 +0 '
	matches "$OUT" '^Max cpu time +100 +200 '
	matches "$OUT" '^Max file size +1000000 +2000000 '
	matches "$OUT" '^Max stack size +4194304 +8388608 '
}
test_every_rlimit_is_known() {
	config '.process.rlimits = ({AS: 1099511627776, CORE: 0, CPU: 1000, DATA: 1099511627776, FSIZE: 1099511627776, LOCKS: 1000,
		MEMLOCK: 65536, MSGQUEUE: 819200, NICE: 0, NOFILE: 1024, NPROC: 1000, RSS: 1099511627776, RTPRIO: 0,
		RTTIME: 1000000, SIGPENDING: 1000, STACK: 8388608} | to_entries
		| map({type: ("RLIMIT_" + .key), soft: .value, hard: .value}))'
	inside 'cat /proc/self/limits'
	matches "$OUT" '^Max realtime timeout +1000000 '
	matches "$OUT" '^Max msgqueue size +819200 '
}
test_rlimit_infinity() {
	config '.process.rlimits = [{type: "RLIMIT_FSIZE", soft: 18446744073709551615, hard: 18446744073709551615}]'
	# jq cannot write that number
	sed -i 's/18446744073709552000/18446744073709551615/g' "$B/config.json"
	args cat /proc/self/limits
	sed -i 's/18446744073709552000/18446744073709551615/g' "$B/config.json"
	runs
	matches "$OUT" '^Max file size +unlimited +unlimited'
}
test_rlimit_unknown_is_refused() {
	config '.process.rlimits = [{type: "RLIMIT_NOSUCH", soft: 1, hard: 1}]'
	refused
}
test_rlimit_twice_is_refused() {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 10, hard: 10}, {type: "RLIMIT_NOFILE", soft: 20, hard: 20}]'
	refused
}
test_rlimit_soft_above_hard_is_refused() {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 20, hard: 10}]'
	refused
}
test_rlimit_above_the_hard_limit_names_it() {
	grep -qi '^CapEff.*1......$' /proc/self/status && [ $((0x$(awk '/^CapEff/ { print $2 }' /proc/self/status) >> 24 & 1)) = 1 ] &&
		skip 'this host has CAP_SYS_RESOURCE'
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 900000, hard: 900000}]'
	refused NOFILE
	has "$(cat "$T/err")" 900000
}

# --- capabilities ----------------------------------------------------------------------

caps() { # LINE: of /proc/self/status, in hex
	awk -v l="Cap$1:" '$1 == l { print $2 }' <<<"$OUT"
}
bits() { # CAP_NUMBER...: hex mask
	local m=0 n
	for n in "$@"; do m=$((m | 1 << n)); done
	printf '%016x' $m
}
test_capability_sets() {
	config '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"],
		permitted: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_KILL"]}'
	args cat /proc/self/status
	config '.process.args = ["probe-status"]'
	inside 'cat /proc/self/status' # as root the exec of cat gains what is bounding
	is "$(caps Bnd)" "$(bits 0 5 13)"
	config '.process.user = {uid: 1000, gid: 1000}'
	quiet rt delete --force "$ID"
	inside 'cat /proc/self/status'
	is "$(caps Bnd)" "$(bits 0 5 13)"
	is "$(caps Eff)" "$(bits)"
}
test_capabilities_none() {
	config '.process.capabilities = {}'
	inside 'cat /proc/self/status'
	is "$(caps Bnd)" "$(bits)"
	is "$(caps Eff)" "$(bits)"
	is "$(caps Prm)" "$(bits)"
}
test_capabilities_ambient() {
	config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities |= (.inheritable = ["CAP_NET_RAW", "CAP_KILL"] |
		.ambient = ["CAP_NET_RAW"] | .permitted += ["CAP_KILL"])'
	inside 'cat /proc/self/status'
	is "$(caps Amb)" "$(bits 13)"
	is "$(caps Eff)" "$(bits 13)"
	is "$(caps Inh)" "$(bits 5 13)"
}
test_capabilities_inheritable() {
	config '.process.capabilities = {bounding: ["CAP_CHOWN"], inheritable: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"]}'
	inside 'cat /proc/self/status'
	is "$(caps Inh)" "$(bits 0)"
}
# The sets of the process before any exec of a file: what init holds when the program is a shell is past it.
test_capabilities_take_effect() {
	config '.process.capabilities |= map_values(map(select(. != "CAP_CHOWN")))'
	inside '! chown 1000 /data 2>/dev/null && echo refused'
	is "$OUT" refused
}
test_unknown_capability_is_a_warning() {
	config '.process.capabilities.bounding += ["CAP_NOSUCH"]'
	inside 'echo runs'
	is "$OUT" runs
	grep -q CAP_NOSUCH "$T/err" || { echo 'no warning names it'; return 1; }
}
test_capability_the_caller_lacks_is_a_warning() {
	[ $((0x$(awk '/^CapBnd/ { print $2 }' /proc/self/status) >> 24 & 1)) = 0 ] || skip 'the caller has them all'
	config '.process.capabilities |= map_values(. + ["CAP_SYS_RESOURCE"])'
	inside 'echo runs'
	is "$OUT" runs
}
test_every_capability_is_known() {
	config '("AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH
		FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE
		NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT
		SYS_PTRACE SYS_RAWIO SYS_TIME SYS_TTY_CONFIG SYSLOG WAKE_ALARM" | [splits("[ \n\t]+")] | map("CAP_" + .)) as $all
		| .process.capabilities |= map_values($all)'
	inside 'cat /proc/self/status'
	is "$(caps Eff)" "$(awk '/^CapEff/ { print $2 }' /proc/self/status)"
}

# --- the rest --------------------------------------------------------------------------

test_noNewPrivileges() {
	config '.process.noNewPrivileges = true'
	inside 'grep NoNewPrivs /proc/self/status'
	is "$OUT" $'NoNewPrivs:\t1'
}
test_noNewPrivileges_false() { inside 'grep NoNewPrivs /proc/self/status'; is "$OUT" $'NoNewPrivs:\t0'; }
test_noNewPrivileges_holds_setuid_programs() {
	cp --remove-destination "$ROOTFS/bin/busybox" "$ROOTFS/data/id"
	chmod 4755 "$ROOTFS/data/id"
	config '.process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000}'
	args /data/id -u
	runs
	is "$OUT" 1000
}
test_oomScoreAdj() { config '.process.oomScoreAdj = 321'; inside 'cat /proc/self/oom_score_adj'; is "$OUT" 321; }
test_oomScoreAdj_absent_is_the_callers() {
	inside 'cat /proc/self/oom_score_adj'
	is "$OUT" "$(cat /proc/self/oom_score_adj)"
}
test_oomScoreAdj_out_of_range_is_refused() { config '.process.oomScoreAdj = 1001'; refused; }
test_ioPriority() {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	inside 'probe ioprio'
	is "$OUT" '2 6'
}
test_ioPriority_idle() {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
	inside 'probe ioprio'
	is "$OUT" '3 0'
}
test_ioPriority_rt() {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 1}'
	inside 'probe ioprio'
	is "$OUT" '1 1'
}
test_ioPriority_unknown_class_is_refused() { config '.process.ioPriority = {class: "IOPRIO_CLASS_X", priority: 0}'; refused; }
test_ioPriority_out_of_range_is_refused() { config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'; refused; }
test_scheduler_batch() {
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 7}'
	inside 'probe sched'
	matches "$OUT" '^policy 3 nice 7 '
}
test_scheduler_idle() {
	config '.process.scheduler = {policy: "SCHED_IDLE"}'
	inside 'probe sched'
	matches "$OUT" '^policy 5 '
}
test_scheduler_other_with_nice() {
	config '.process.scheduler = {policy: "SCHED_OTHER", nice: 11}'
	inside 'probe sched'
	matches "$OUT" '^policy 0 nice 11 '
}
test_scheduler_flags() {
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 3, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	args probe sched
	runs
	matches "$OUT" '^policy 3 nice 3 priority 0 flags 1 '
}
# On a v1 cpu group without rt_runtime the kernel refuses: the error names the file.
test_scheduler_fifo() {
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 5}'
	if v2; then
		inside 'probe sched'
		matches "$OUT" '^policy 1 nice 0 priority 5 '
	elif [ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ]; then
		refused 'rt_runtime'
	fi
}
test_scheduler_deadline() {
	config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 100000000, period: 100000000}'
	args probe sched
	runs
	matches "$OUT" '^policy 6 .*runtime 1000000 deadline 100000000 period 100000000'
}
# Such a process cannot fork, and a hook is a child of the container's first: it is made one after that.
deadline() {
	config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 100000000, period: 100000000}'
	args probe sched
}
is_deadline() { matches "$OUT" '^policy 6 nice 0 priority 0 flags 0 runtime 1000000 deadline 100000000 period 100000000'; }
test_scheduler_deadline_behind_hooks() {
	deadline
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "sleep 0; echo ran >>/data/hooks"]}] | .hooks.startContainer += .hooks.startContainer'
	runs
	is_deadline
	is "$(cat "$ROOTFS/data/hooks")" $'ran\nran'
}
test_scheduler_deadline_behind_hooks_in_a_user_namespace() {
	userns
	test_scheduler_deadline_behind_hooks
}
test_scheduler_deadline_behind_hooks_by_start() {
	deadline
	config '.process.args = ["sleep", "1000"] | .hooks.startContainer = [{path: "/bin/true"}]'
	create
	start
	is "$(awk '/^policy/ { print $3 }' "/proc/$(field pid)/sched")" 6
}
test_scheduler_deadline_with_a_seccomp_agent() {
	python3 "$HERE/seccomp-agent.py" "$T/agent.sock" "$T/got.json" 55 >"$T/agent.log" 2>&1 &
	eventually test -S "$T/agent.sock"
	deadline
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"], listenerPath: $p,
		syscalls: [{names: ["getpriority"], action: "SCMP_ACT_NOTIFY"}]}' --arg p "$T/agent.sock"
	runs
	is_deadline
	eventually test -s "$T/got.json"
}
# Each starts an agent's thread of its own.
test_scheduler_deadline_of_exec_with_a_seccomp_agent() {
	local ns
	python3 "$HERE/seccomp-agent.py" "$T/agent.sock" "$T/got.json" 55 >"$T/agent.log" 2>&1 &
	eventually test -S "$T/agent.sock"
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"], listenerPath: $p,
		syscalls: [{names: ["getpriority"], action: "SCMP_ACT_NOTIFY"}]}' --arg p "$T/agent.sock"
	userns
	up
	jq '.process + {args: ["probe", "sched"], scheduler: {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 100000000,
		period: 100000000}}' "$B/config.json" >"$T/p.json"
	quiet rt exec --process "$T/p.json" "$ID"
	OUT=$(cat "$T/out")
	is_deadline
}
# With an init of nfrun's own, PID 1 has the policy and the process inherits it: what is not inherited is refused.
test_scheduler_that_no_child_inherits_is_refused_with_an_init() {
	[ "$(basename "$(realpath "$RT")")" = nfrun ] || skip 'io.nfrun.init'
	config '.annotations = {"io.nfrun.init": "process"}'
	deadline
	refused 'io.nfrun.init'
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 3, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	refused 'io.nfrun.init'
	config 'del(.process.scheduler.flags)'
	runs
	matches "$OUT" '^policy 3 nice 3 '
}
test_scheduler_deadline_that_cannot_be_is_refused_at_create() {
	deadline
	config '.process.scheduler.runtime = 200000000 | .hooks.startContainer = [{path: "/bin/true"}]'
	refused DEADLINE
}
test_scheduler_unknown_policy_is_refused() { config '.process.scheduler = {policy: "SCHED_X"}'; refused; }
test_scheduler_unknown_flag_is_refused() { config '.process.scheduler = {policy: "SCHED_BATCH", flags: ["X"]}'; refused; }
test_scheduler_bad_nice_is_refused() { config '.process.scheduler = {policy: "SCHED_OTHER", nice: 20}'; refused; }
test_apparmor_and_selinux_that_are_not_here_are_refused() {
	[ ! -e /sys/kernel/security/apparmor ] || skip 'AppArmor is here'
	config '.process.apparmorProfile = "some"'
	refused apparmor
	config 'del(.process.apparmorProfile) | .process.selinuxLabel = "system_u:system_r:container_t:s0"'
	refused selinux
}
test_execCPUAffinity_is_not_for_init() {
	config '.process.execCPUAffinity = {initial: "0", final: "0"}'
	inside 'grep Cpus_allowed_list /proc/self/status'
	is "$(cut -f2 <<<"$OUT")" "$(awk '/Cpus_allowed_list/ { print $2 }' /proc/self/status)"
}
test_execCPUAffinity_final() {
	config '.process.execCPUAffinity = {final: "1"}'
	[ "$(nproc)" -gt 1 ] || skip 'one processor'
	up
	in_exec 'grep Cpus_allowed_list /proc/self/status'
	is "$(cut -f2 <<<"$OUT")" 1
}
test_execCPUAffinity_initial_only_leaves_the_final_to_the_kernel() {
	config '.process.execCPUAffinity = {initial: "0"}'
	up
	in_exec 'grep Cpus_allowed_list /proc/self/status'
	matches "$(cut -f2 <<<"$OUT")" '^0(-[0-9]+)?$'
}
test_execCPUAffinity_bad_list_is_refused() { config '.process.execCPUAffinity = {initial: "x"}'; refused; }

# --- host and domain name --------------------------------------------------------------

test_hostname() { config '.hostname = "box7.example"'; inside hostname; is "$OUT" box7.example; isnt "$(hostname)" box7.example; }
test_domainname() {
	config '.domainname = "nis.example"'
	inside 'cat /proc/sys/kernel/domainname'
	is "$OUT" nis.example
}
test_hostname_without_uts_namespace_is_refused() {
	local before
	before=$(hostname)
	without_ns uts
	config '.hostname = "evil"'
	refused
	is "$(hostname)" "$before"
}

run_tests
