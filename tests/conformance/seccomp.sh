#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# config-linux.md: seccomp, with the notify listener.
. "$(dirname "$0")/lib.sh"

# The system call of these tests is getpriority(which, who), 140: nothing needs it. Its arguments are free.
NR=140
seccomp() { config ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", architectures: [\"SCMP_ARCH_X86_64\"], syscalls: [$1]}"; }
rule() { # ACTION [MORE]
	seccomp "{names: [\"getpriority\"], action: \"SCMP_ACT_$1\" ${2+, $2}}"
}
call() { # ARG...: what the system call says in a container
	args probe call $NR "$@"
	runs
}
[ "$(uname -m)" = x86_64 ] || { echo 'ok all # SKIP x86_64 only'; echo 'end of seccomp'; exit; }

# --- actions ---------------------------------------------------------------------------

test_action_ALLOW() { rule ALLOW; call 0 0; is "$OUT" ok; }
test_action_ERRNO_is_EPERM() { rule ERRNO; call 0 0; is "$OUT" 'errno 1'; }
test_action_ERRNO_with_errnoRet() { rule ERRNO 'errnoRet: 38'; call 0 0; is "$OUT" 'errno 38'; }
test_action_ERRNO_0_is_success() { rule ERRNO 'errnoRet: 0'; args probe call $NR 99 0; runs; is "$OUT" ok; }
dies_of() { # SIGNAL
	local rc=0
	script "probe call $NR 0 0; echo \$?"
	runs || rc=$?
	is "$(tail -n 1 <<<"$OUT")" $((128 + $1))
}
test_action_KILL() { rule KILL; dies_of 31; }
test_action_KILL_THREAD() { rule KILL_THREAD; dies_of 31; }
test_action_KILL_PROCESS() { rule KILL_PROCESS; dies_of 31; }
test_action_TRAP() { rule TRAP; dies_of 31; }
test_action_LOG() { rule LOG; call 0 0; is "$OUT" ok; }
test_action_TRACE_without_a_tracer_is_ENOSYS() { rule TRACE; call 0 0; is "$OUT" 'errno 38'; }
test_default_action_ERRNO() {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 77, syscalls: [
		{names: $n, action: "SCMP_ACT_ALLOW"}]}' --argjson n "$(needed_calls)"
	args probe call $NR 0 0
	runs
	is "$OUT" 'errno 77'
}
needed_calls() { # all that a runtime's last steps and a small static program may need
	echo '["read","write","close","fstat","newfstatat","mmap","mprotect","munmap","brk","execve","execveat","exit","exit_group",
		"arch_prctl","set_tid_address","set_robust_list","rseq","prlimit64","readlink","readlinkat","getrandom","futex",
		"rt_sigaction","rt_sigprocmask","rt_sigreturn","sigaltstack","fcntl","getpid","gettid","tgkill","openat","open","epoll_ctl",
		"epoll_pwait","nanosleep","madvise","sched_yield","sched_getaffinity","prctl","capget","capset","setuid","setgid",
		"setgroups","getuid","getgid","geteuid","getegid","chdir","getcwd","stat","lstat","poll","ppoll","sendto","recvfrom","sendmsg",
		"recvmsg","ioctl","lseek","clone","clone3","wait4","dup","dup2","dup3","setsid","umask","fchown","getdents64","pipe2","read",
		"access","faccessat","faccessat2","statx","getppid","kill","uname","connect","accept4","accept","close_range","eventfd2",
		"sched_setattr","sched_setaffinity","ioprio_set","personality","setresuid","setresgid","setrlimit","getrlimit","seccomp","fstatfs","statfs","pread64","writev","keyctl"]'
}
test_unknown_action_is_refused() { rule NOSUCH; refused; }
test_unknown_default_action_is_refused() { config '.linux.seccomp = {defaultAction: "SCMP_ACT_NOSUCH"}'; refused; }
test_default_action_absent_is_refused() { config '.linux.seccomp = {syscalls: [{names: ["sync"], action: "SCMP_ACT_ERRNO"}]}'; refused; }
test_errnoRet_where_there_is_none_is_refused() { rule KILL 'errnoRet: 5'; refused; }
test_defaultErrnoRet_where_there_is_none_is_refused() {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 5}'
	refused
}
test_names_empty_is_refused() { seccomp '{names: [], action: "SCMP_ACT_ERRNO"}'; refused; }
test_names_absent_is_refused() { seccomp '{action: "SCMP_ACT_ERRNO"}'; refused; }
test_unknown_system_calls_are_passed_over() {
	seccomp '{names: ["no_such_call", "getpriority"], action: "SCMP_ACT_ERRNO"}'
	call 0 0
	is "$OUT" 'errno 1'
}
test_several_names() {
	seccomp '{names: ["getpriority", "setpriority"], action: "SCMP_ACT_ERRNO", errnoRet: 9}'
	inside "probe call $NR 0 0; probe call 141 0 0 5"
	is "$OUT" $'errno 9\nerrno 9'
}

# --- operators -------------------------------------------------------------------------

# OP VALUE [VALUETWO]: with argument 1 of 4, 5 and 6 (who: any number; errno 3, ESRCH, is the kernel's own)
operator() {
	rule ERRNO "errnoRet: 99, args: [{index: 1, value: $2, ${3+valueTwo: $3, }op: \"SCMP_CMP_$1\"}]"
	inside "for n in 4 5 6; do probe call $NR 7 \$n; done"
	OUT=$(tr '\n' ' ' <<<"$OUT")
}
test_operator_EQ() { operator EQ 5; is "$OUT" 'errno 22 errno 99 errno 22 '; }
test_operator_NE() { operator NE 5; is "$OUT" 'errno 99 errno 22 errno 99 '; }
test_operator_LT() { operator LT 5; is "$OUT" 'errno 99 errno 22 errno 22 '; }
test_operator_LE() { operator LE 5; is "$OUT" 'errno 99 errno 99 errno 22 '; }
test_operator_GE() { operator GE 5; is "$OUT" 'errno 22 errno 99 errno 99 '; }
test_operator_GT() { operator GT 5; is "$OUT" 'errno 22 errno 22 errno 99 '; }
test_operator_MASKED_EQ() { operator MASKED_EQ 6 4; is "$OUT" 'errno 99 errno 99 errno 22 '; }
test_several_args_are_all_needed() {
	rule ERRNO 'errnoRet: 99, args: [{index: 0, value: 7, op: "SCMP_CMP_EQ"}, {index: 1, value: 5, op: "SCMP_CMP_EQ"}]'
	inside "probe call $NR 7 5; probe call $NR 7 6; probe call $NR 8 5"
	is "$OUT" $'errno 99\nerrno 22\nerrno 22'
}
test_one_index_twice_is_any_of_them() {
	rule ERRNO 'errnoRet: 99, args: [{index: 1, value: 4, op: "SCMP_CMP_EQ"}, {index: 1, value: 6, op: "SCMP_CMP_EQ"}]'
	inside "for n in 4 5 6; do probe call $NR 7 \$n; done"
	is "$OUT" $'errno 99\nerrno 22\nerrno 99'
}
test_64_bit_values() {
	rule ERRNO 'errnoRet: 99, args: [{index: 1, value: 4294967301, op: "SCMP_CMP_EQ"}]'
	inside "probe call $NR 7 4294967301; probe call $NR 7 5"
	is "$OUT" $'errno 99\nerrno 22'
}
test_unknown_operator_is_refused() { rule ERRNO 'args: [{index: 0, value: 1, op: "SCMP_CMP_X"}]'; refused; }
test_index_out_of_range_is_refused() { rule ERRNO 'args: [{index: 6, value: 1, op: "SCMP_CMP_EQ"}]'; refused; }

# --- the rest --------------------------------------------------------------------------

test_architectures() {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
		syscalls: [{names: ["getpriority"], action: "SCMP_ACT_ERRNO"}]}'
	call 0 0
	is "$OUT" 'errno 1'
}
test_unknown_architecture_is_refused() { config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X"]}'; refused; }
test_flags() {
	local f
	for f in SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW SECCOMP_FILTER_FLAG_TSYNC; do
		rule ERRNO
		config '.linux.seccomp.flags = [$f]' --arg f $f
		call 0 0
		is "$OUT" 'errno 1' $f
		rt delete --force "$ID" 2>/dev/null
	done
}
test_flag_SPEC_ALLOW_takes_effect() {
	rule ERRNO
	inside 'grep Speculation_Store_Bypass /proc/self/status'
	local without=$OUT
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]'
	inside 'grep Speculation_Store_Bypass /proc/self/status'
	matches "$OUT" 'vulnerable|not affected|not vulnerable|thread'
	[ -n "$without" ]
}
test_unknown_flag_is_refused() { rule ERRNO; config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_X"]'; refused; }
test_the_mode_is_filter() { rule ERRNO; inside 'grep ^Seccomp: /proc/self/status'; is "$OUT" $'Seccomp:\t2'; }
test_none_without_seccomp() { inside 'grep ^Seccomp: /proc/self/status'; is "$OUT" $'Seccomp:\t'"$(awk '/^Seccomp:/ { print $2 }' /proc/self/status)"; }
test_with_no_new_privileges_and_without() {
	rule ERRNO
	config '.process.user = {uid: 1000, gid: 1000}'
	call 0 0
	is "$OUT" 'errno 1'
	config '.process.noNewPrivileges = true'
	call 0 0
	is "$OUT" 'errno 1'
}
test_it_holds_for_exec() { rule ERRNO; up; in_exec "probe call $NR 0 0"; is "$OUT" 'errno 1'; }
test_a_filter_that_forbids_much_starts() {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
		{names: ["mount", "umount2", "pivot_root", "setns", "unshare", "clone3", "bpf", "ptrace", "keyctl", "add_key", "sendmsg", "sendto"], action: "SCMP_ACT_ERRNO"}]}'
	inside 'echo runs'
	is "$OUT" runs
}

# --- the notify listener -------------------------------------------------------------------

listener() { # [MORE-JQ]: the agent of seccomp-agent.py answers with errno 55 and keeps what it got in $T/got.json
	python3 "$HERE/seccomp-agent.py" "$T/agent.sock" "$T/got.json" 55 >"$T/agent.log" 2>&1 &
	eventually test -S "$T/agent.sock"
	rule NOTIFY
	config ".linux.seccomp.listenerPath = \$p ${1-}" --arg p "$T/agent.sock"
}
test_notify_connection_is_closed() {
	listener
	up
	eventually test -s "$T/got.json"
	is "$(jq .closed "$T/got.json")" true
}
test_notify_answers_the_call() {
	listener
	args probe call $NR 0 0
	runs
	is "$OUT" 'errno 55'
}
test_notify_state() {
	listener '| .linux.seccomp.listenerMetadata = "some metadata" | .annotations = {"org.example.k": "v"}'
	up
	eventually test -s "$T/got.json"
	is "$(jq -c '[.fds, .metadata, .state.id, .state.bundle, .state.annotations."org.example.k"]' "$T/got.json")" \
		"[[\"seccompFd\"],\"some metadata\",\"$ID\",\"$B\",\"v\"]"
	is "$(jq .pid "$T/got.json")" "$PID"
	matches "$(jq -r .ociVersion "$T/got.json")" '^1\.'
	is "$(jq .number_of_fds "$T/got.json")" 1
	is "$(jq .late_fds "$T/got.json")" 0
	matches "$(jq -r .state.status "$T/got.json")" '^(creating|created)$'
}
test_notify_of_exec() {
	listener
	up
	in_exec "probe call $NR 0 0"
	is "$OUT" 'errno 55'
	is "$(jq -r .state.status "$T/got.json")" running
}
test_notify_without_listenerPath_is_refused() { rule NOTIFY; refused; }
test_notify_with_nobody_there_is_refused() { rule NOTIFY; config '.linux.seccomp.listenerPath = $p' --arg p "$T/none.sock"; refused; }
test_listenerMetadata_without_path_is_refused() { rule ERRNO; config '.linux.seccomp.listenerMetadata = "x"'; refused; }
test_listenerPath_without_notify_is_ignored() { rule ERRNO; config '.linux.seccomp.listenerPath = "/no/such.sock"'; call 0 0; is "$OUT" 'errno 1'; }
test_notify_as_default_action_is_refused() { config '.linux.seccomp = {defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "/no/such.sock"}'; refused; }

run_tests
