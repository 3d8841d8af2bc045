#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runtime.md: the state, the operations and their errors.
. "$(dirname "$0")/lib.sh"

# --- state -----------------------------------------------------------------------------

test_state_has_the_required_properties() {
	script 'exec sleep 1000'
	create
	is "$(field id)" "$ID"
	is "$(field status)" created
	is "$(field bundle)" "$B"
	matches "$(field ociVersion)" '^1\.[0-9]+\.[0-9]+'
	local pid
	pid=$(field pid)
	is "$(state | jq -r '.pid | type')" number
	kill -0 "$pid"
	start
	is "$(field pid)" "$pid" 'pid after start'
	is "$(field status)" running
}
test_state_pid_is_the_container_process() {
	up 'exec sleep 1234'
	is "$(tr '\0' ' ' <"/proc/$PID/cmdline")" 'sleep 1234 '
	is "$(awk '/^NSpid/ { print $NF }' "/proc/$PID/status")" 1
}
test_state_bundle_is_absolute() {
	script 'exec sleep 1000'
	(cd "$B" && quiet rt create "$ID")
	is "$(field bundle)" "$B"
}
test_state_has_the_annotations() {
	config '.annotations = {"org.example.a": "b", "empty": ""}'
	up
	is "$(state | jq -c '.annotations | [."org.example.a", .empty]')" '["b",""]'
}
test_state_annotations_absent_or_empty() {
	up
	is "$(state | jq '(.annotations // {}) | del(.["io.nfrun.none"]) | length')" 0
}
test_state_stopped_has_pid_0() {
	up 'exit 3'
	becomes stopped
	is "$(field pid)" 0
}
test_state_needs_an_id() { fails rt state; }
test_state_of_an_unknown_id_fails() {
	fails rt state "$ID"
	has "$ERR" 'does not exist'
	is "$(cat "$T/out")" ''
}
test_state_paused() {
	up
	quiet rt pause "$ID"
	is "$(status)" paused
	quiet rt resume "$ID"
	is "$(status)" running
}

# --- create ----------------------------------------------------------------------------

test_create_needs_an_id() { fails rt create --bundle "$B"; }
test_create_needs_a_bundle() {
	mkdir "$T/empty"
	fails rt create --bundle "$T/empty" "$ID"
	fails rt create --bundle "$T/none" "$ID"
	fails rt state "$ID"
}
test_create_does_not_run_the_program() {
	mounted /data bind "$T" rbind
	script 'touch /data/ran; exec sleep 1000'
	create
	sleep 0.3
	[ ! -e "$T/ran" ]
	is "$(status)" created
	start
	eventually test -e "$T/ran"
}
test_create_an_id_twice_fails() {
	up
	fails create
	is "$(status)" running
	is "$(field pid)" "$PID"
	new_bundle "$T/two"
	fails rt create --bundle "$T/two" "$ID"
	is "$(field bundle)" "$B"
}
test_create_invalid_ids_fail() {
	local id
	script true
	for id in '' a/b .. . 'a b' 'a*'; do
		fails rt create --bundle "$B" "$id"
	done
	is "$(rt list -q)" ''
}
test_create_valid_ids() {
	local id
	script 'exec sleep 1000'
	for id in "$ID.a" "$ID+b" "$ID-c" "${ID}_D"; do
		quiet rt create --bundle "$B" "$id"
		is "$(status "$id")" created
		quiet rt delete --force "$id"
	done
}
test_create_takes_only_one_id() { fails rt create --bundle "$B" "$ID" more; fails rt state "$ID"; }
test_config_changes_after_create_have_no_effect() {
	script 'echo before; cat /proc/self/oom_score_adj; hostname'
	config '.hostname = "old" | .process.oomScoreAdj = 100'
	rt create --bundle "$B" "$ID" </dev/null >"$T/log" 2>&1
	config '.process.args = ["echo", "after"] | .hostname = "new" | .process.oomScoreAdj = 200'
	rm "$B/config.json"
	start
	becomes stopped
	is "$(cat "$T/log")" $'before\n100\nold'
}
test_create_error_leaves_nothing() {
	local before after
	before=$(ls /proc | grep -c '^[0-9]')
	args /bin/sh
	mounted /data bind "$T/is-not-there" rbind
	refused
	is "$(find "$STATE" -name "*$ID*" 2>/dev/null || true)" ''
	after() { [ "$(ls /proc | grep -c '^[0-9]')" -le "$before" ]; }
	eventually after
	never grep "$B" /proc/self/mountinfo
}
test_create_error_frees_the_id() {
	mounted /data bind "$T/is-not-there" rbind
	refused
	config '.mounts |= .[:-1]'
	up
	is "$(status)" running
}
test_create_makes_the_environment() {
	script 'exec sleep 1000'
	config '.hostname = "made"'
	mounted /data tmpfs tmpfs
	create
	local pid
	pid=$(field pid)
	isnt "$(readlink "/proc/$pid/ns/uts")" "$(readlink /proc/self/ns/uts)"
	is "$(nsenter -t "$pid" -u hostname)" made
	grep -q ' /data ' "/proc/$pid/mountinfo"
}

# --- start -----------------------------------------------------------------------------

test_start_needs_an_id() { fails rt start; }
test_start_of_an_unknown_id_fails() { fails rt start "$ID"; has "$ERR" 'does not exist'; }
test_start_of_a_started_container_fails() {
	up
	fails rt start "$ID"
	is "$(status)" running
	is "$(field pid)" "$PID"
	kill -0 "$PID"
}
test_start_of_a_stopped_container_fails() {
	up 'exit 0'
	becomes stopped
	fails rt start "$ID"
	is "$(status)" stopped
}
test_start_runs_the_program() {
	script 'echo it runs'
	rt create --bundle "$B" "$ID" </dev/null >"$T/log" 2>&1
	is "$(cat "$T/log")" ''
	start
	becomes stopped
	is "$(cat "$T/log")" 'it runs'
}
test_start_without_process_fails() {
	config 'del(.process)'
	local rc=0
	rt create --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" || rc=$?
	# process is needed only at start, but a runtime may ask for it before
	if [ $rc = 0 ]; then fails rt start "$ID"; else [ -s "$T/err" ]; fi
}
test_start_does_not_wait_for_the_end() { up; is "$(status)" running; }

# --- kill ------------------------------------------------------------------------------

test_kill_needs_an_id() { fails rt kill; }
test_kill_of_an_unknown_id_fails() { fails rt kill "$ID" KILL; has "$ERR" 'does not exist'; }
test_kill_sends_the_signal() {
	local s
	up 'trap "echo usr1 >>/tmp/got" USR1; trap "echo usr2 >>/tmp/got" USR2; trap "echo int >>/tmp/got" INT
		touch /tmp/ready; while :; do sleep 0.05; done'
	eventually test -e "$ROOTFS/tmp/ready"
	for s in USR1 SIGUSR2 2; do
		quiet rt kill "$ID" $s
		sleep 0.2
	done
	eventually grep -q int "$ROOTFS/tmp/got"
	is "$(cat "$ROOTFS/tmp/got")" $'usr1\nusr2\nint'
	is "$(status)" running
}
test_kill_sends_term_by_default() {
	up 'trap "touch /tmp/term; exit" TERM; touch /tmp/ready; while :; do sleep 0.05; done'
	eventually test -e "$ROOTFS/tmp/ready"
	quiet rt kill "$ID"
	becomes stopped
	test -e "$ROOTFS/tmp/term"
}
test_kill_signal_names_in_lower_case() {
	up
	quiet rt kill "$ID" sigkill
	becomes stopped
}
test_kill_realtime_signals() {
	up 'trap "touch /tmp/rt" 36; touch /tmp/ready; while :; do sleep 0.05; done'
	eventually test -e "$ROOTFS/tmp/ready"
	quiet rt kill "$ID" 36
	eventually test -e "$ROOTFS/tmp/rt"
}
test_kill_unknown_signals_fail() {
	up
	fails rt kill "$ID" NOSUCH
	fails rt kill "$ID" -- -1
	is "$(status)" running
}
test_kill_of_a_stopped_container_fails() {
	up 'exit 0'
	becomes stopped
	fails rt kill "$ID" TERM
	has "$ERR" 'not running'
	is "$(status)" stopped
}
test_kill_of_a_created_container_works() {
	script 'exec sleep 1000'
	create
	quiet rt kill "$ID" KILL
	becomes stopped
}
# What ends a process that does nothing about it: TERM first, which engines send when a start is called off.
test_signals_end_a_created_container() {
	local s
	script 'exec sleep 1000'
	for s in TERM HUP INT QUIT ABRT SEGV; do
		create
		quiet rt kill "$ID" $s
		becomes stopped
		fails rt start "$ID"
		quiet rt delete "$ID"
	done
}
test_signals_end_a_created_container_without_a_pid_namespace() {
	without_ns pid
	test_signals_end_a_created_container
}
test_TERM_ends_a_created_container_of_a_user_namespace() {
	userns
	script 'exec sleep 1000'
	create
	quiet rt kill "$ID" TERM
	becomes stopped
	quiet rt delete "$ID"
}
# Its caller adopts it, and is to see by what it ended: PID 1 cannot die of its own signal.
test_the_end_of_a_created_container_says_the_signal() {
	local ns
	script 'exec sleep 1000'
	for ns in pid none; do
		quiet timeout 10 python3 "$HERE/adopt.py" "$RT" "$STATE" "$B" "$ID" TERM
		is "$(cat "$T/out")" "$([ $ns = pid ] && echo 'exited 143' || echo 'killed 15')"
		quiet rt delete "$ID"
		without_ns pid
	done
}
test_other_signals_leave_a_created_container() {
	local s
	script 'touch /data/ran; exec sleep 1000'
	create
	for s in CHLD CONT URG WINCH TSTP TTIN TTOU 0; do quiet rt kill "$ID" $s; done
	sleep 0.2
	is "$(status)" created
	start
	eventually test -e "$ROOTFS/data/ran"
	is "$(status)" running
}
test_TERM_while_a_hook_hangs() {
	held_up_by_a_hook
	quiet rt kill "$ID" TERM
	becomes stopped
	eventually rt delete "$ID"
}
test_killed_is_stopped() {
	up
	quiet rt kill "$ID" KILL
	becomes stopped
	eventually ends "$PID"
}
test_exited_is_stopped() { up 'exit 5'; becomes stopped; }
# nfrun's own: a start that is killed before the record says so has started nothing.
test_start_killed_half_way_has_started_nothing() {
	[ "$(basename "$(realpath "$RT")")" = nfrun ] || skip "nfrun's socket"
	script 'touch /data/ran; exec sleep 1000'
	config '.mounts += [{destination: "/data", type: "bind", source: "'"$T"'", options: ["bind"]}]'
	create
	(cd "$STATE/$ID" && python3 -c 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect("start")')
	sleep 0.3
	is "$(status)" created
	[ ! -e "$T/ran" ]
	start
	eventually test -e "$T/ran"
}
test_create_over_a_directory_that_a_killed_one_left() {
	mkdir -p "$STATE/$ID"
	config '.root.path = "/nonexistent"'
	refused
	[ ! -e "$STATE/$ID" ]
}
test_run_reaps_what_it_adopts() {
	without_ns pid
	script 'for i in 1 2 3 4 5; do (sleep 0.1 & ) ; done; sleep 1000'
	"$RT" --root "$STATE" run --bundle "$B" "$ID" </dev/null >/dev/null 2>&1 &
	local run=$!
	sleep 1.2
	is "$(ps --ppid $run -o stat= | grep -c Z)" 0
	quiet rt kill "$ID" KILL
	wait $run || true
}
# kill and delete --force end what a hook holds up.
held_up_by_a_hook() {
	config '.hooks.startContainer = [{path: "/bin/sleep", args: ["sleep", "1000"]}]'
	create
	rt start "$ID" </dev/null >/dev/null 2>&1 &
	sleep 0.5
}
test_kill_while_a_hook_hangs() {
	held_up_by_a_hook
	timeout 5 "$RT" --root "$STATE" kill "$ID" KILL
	becomes stopped
}
test_delete_force_while_a_hook_hangs() {
	held_up_by_a_hook
	timeout 5 "$RT" --root "$STATE" delete --force "$ID"
	[ ! -e "$STATE/$ID" ]
}
# A caller may be killed at any time, and the runtime with it.
test_create_killed_at_any_moment_leaves_what_can_be_deleted() {
	local i p
	script 'exec sleep 1000'
	for i in {1..40}; do
		"$RT" --root "$STATE" create --bundle "$B" "$ID" </dev/null >/dev/null 2>&1 &
		p=$!
		sleep "0.0$((i % 10))$((RANDOM % 10))"
		kill -KILL $p 2>/dev/null || true
		wait $p 2>/dev/null || true
		quiet rt delete --force "$ID"
		[ ! -e "$STATE/$ID" ]
	done
	is "$(find /sys/fs/cgroup -depth -type d -name "*-$ID" 2>/dev/null)" ''
}
test_killed_by_others_is_stopped() { up; kill -KILL "$PID"; becomes stopped; }
test_kill_all_reaches_every_process() {
	without_ns pid
	up 'sleep 1001 & sleep 1002 & exec sleep 1003'
	local pids
	eventually sh -c "[ \$(wc -w <$(group_of pids)/cgroup.procs) = 3 ]"
	pids=$(cat "$(group_of pids)/cgroup.procs")
	quiet rt kill --all "$ID" KILL
	for p in $pids; do eventually ends "$p"; done
}
test_kill_KILL_without_a_pid_namespace_ends_all() {
	without_ns pid
	up 'sleep 1001 & sleep 1002 & exec sleep 1003'
	local pids p
	eventually sh -c "[ \$(wc -w <$(group_of pids)/cgroup.procs) = 3 ]"
	pids=$(cat "$(group_of pids)/cgroup.procs")
	quiet rt kill "$ID" KILL
	for p in $pids; do eventually ends "$p"; done
}
test_the_end_of_init_ends_all_in_its_pid_namespace() {
	up 'sleep 1001 & sleep 1002 & exec sleep 1003'
	local pids
	pids=$(cat "$(group_of pids)/cgroup.procs")
	quiet rt kill "$ID" KILL
	for p in $pids; do eventually ends "$p"; done
}

# --- delete ----------------------------------------------------------------------------

test_delete_needs_an_id() { fails rt delete; }
test_delete_of_an_unknown_id_fails() { fails rt delete "$ID"; has "$ERR" 'does not exist'; }
test_delete_of_a_running_container_fails() {
	up
	fails rt delete "$ID"
	is "$(status)" running
	kill -0 "$PID"
	is "$(field pid)" "$PID"
}
# crun and the specification refuse it; runc kills what has not started. Either leaves no half.
test_delete_of_a_created_container_is_whole() {
	script 'exec sleep 1000'
	create
	local pid
	pid=$(field pid)
	if rt delete "$ID" >/dev/null 2>&1; then
		fails rt state "$ID"
		eventually ends "$pid"
	else
		is "$(status)" created
		kill -0 "$pid"
	fi
}
test_delete_undoes_create() {
	mounted /data tmpfs tmpfs
	up
	local group
	group=$(group_of pids)
	[ -d "$group" ]
	matches "$group" "$ID"
	quiet rt kill "$ID" KILL
	becomes stopped
	quiet rt delete "$ID"
	fails rt state "$ID"
	is "$(groups_named "$ID")" ''
	[ -z "$(find "$STATE" -name "*$ID*")" ]
	never grep "$B" /proc/self/mountinfo
}
test_delete_leaves_what_others_made() {
	mkdir "$T/data"
	echo mine >"$T/data/file"
	ip netns add "$PREFIX-$COUNT"
	with_ns network "/run/netns/$PREFIX-$COUNT"
	mounted /data bind "$T/data" rbind
	up
	quiet rt delete --force "$ID"
	is "$(cat "$T/data/file")" mine
	[ -e "$B/config.json" ]
	[ -e "$ROOTFS/bin/sh" ]
	ip netns exec "$PREFIX-$COUNT" true
	ip netns del "$PREFIX-$COUNT"
}
test_a_deleted_id_is_free() {
	up 'exit 0'
	becomes stopped
	quiet rt delete "$ID"
	up
	is "$(status)" running
}
test_delete_force_kills() {
	up
	quiet rt delete --force "$ID"
	eventually ends "$PID"
	fails rt state "$ID"
}
test_delete_force_of_an_unknown_id_succeeds() { quiet rt delete --force "$ID"; is "$(cat "$T/err")" ''; }
test_delete_force_of_a_paused_container() {
	up
	quiet rt pause "$ID"
	quiet rt delete --force "$ID"
	eventually ends "$PID"
	is "$(groups_named "$ID")" ''
}
test_delete_twice_fails() {
	up
	quiet rt delete --force "$ID"
	fails rt delete "$ID"
}

# --- two at a time ---------------------------------------------------------------------

test_containers_side_by_side() {
	up
	new_bundle "$T/two"
	jq '.process.args = ["sleep", "1000"]' "$T/two/config.json" >"$T/c" && mv "$T/c" "$T/two/config.json"
	quiet rt run -d --bundle "$T/two" "$ID-2"
	isnt "$(field pid "$ID-2")" "$PID"
	quiet rt delete --force "$ID-2"
	is "$(status)" running
}
test_a_bundle_for_two_containers() {
	up
	quiet rt run -d --bundle "$B" "$ID-2"
	is "$(status "$ID-2")" running
	is "$(status)" running
}
test_state_roots_are_apart() {
	up
	fails timeout 10 "$RT" --root "$T/other" state "$ID"
	is "$(timeout 10 "$RT" --root "$T/other" list -q)" ''
}

# --- the runtime's own program (CVE-2019-5736) -------------------------------------------

program_of() { # PID: sealed, read-only or writable
	python3 - "$1" <<-'EOF'
		import fcntl, os, sys
		fd = os.open(f"/proc/{sys.argv[1]}/exe", os.O_RDONLY)
		try:
		    sealed = fcntl.fcntl(fd, 1034) & 8 # F_GET_SEALS, F_SEAL_WRITE
		except OSError:
		    sealed = 0
		print("sealed" if sealed else
		      "read-only" if os.fstatvfs(fd).f_flag & os.ST_RDONLY else "writable")
	EOF
}
test_the_runtimes_program_cannot_be_written_to() {
	create
	matches "$(program_of "$(field pid)")" '^(sealed|read-only)$'
}
test_the_runtimes_program_is_sealed_from_who_may_mount() {
	config '.process.capabilities[] |= (. + ["CAP_SYS_ADMIN"] | unique)'
	create
	is "$(program_of "$(field pid)")" sealed
}
test_the_runtimes_program_is_sealed_from_a_user_namespace() {
	userns
	create
	is "$(program_of "$(field pid)")" sealed
}

run_tests
