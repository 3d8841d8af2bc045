#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The command line as podman, conmon, containerd, Docker and CRI-O use runc's.
. "$(dirname "$0")/lib.sh"

one_object() { # FILE: exactly one JSON object, of level error, with a time of RFC 3339
	is "$(jq -s length "$1")" 1
	is "$(jq -r .level "$1")" error
	matches "$(jq -r .time "$1")" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$'
	[ -n "$(jq -r .msg "$1")" ]
}

# --- global options --------------------------------------------------------------------

test_version() {
	"$RT" --version >"$T/out"
	matches "$(head -n 1 "$T/out")" '^[a-z]+ version [0-9]+\.[0-9]+'
	grep -Eq '^spec: 1\.' "$T/out"
	"$RT" -v >"$T/v"
	diff "$T/out" "$T/v"
}
test_log_json_is_one_object() {
	fails rt --log "$T/log" --log-format json start "$ID"
	one_object "$T/log"
	has "$ERR" "$(jq -r .msg "$T/log" | head -c 40)"
	has "$(jq -r .msg "$T/log")" 'does not exist'
}
test_log_json_of_create() {
	args /no/such/program
	fails rt --log "$T/log" --log-format=json create --bundle "$B" "$ID"
	one_object "$T/log"
	has "$(jq -r .msg "$T/log" | tr A-Z a-z)" 'no such file or directory'
	has "$(tr A-Z a-z <<<"$ERR")" 'no such file or directory'
}
test_log_json_of_an_error_in_the_container() {
	mounted /data bind "$T/none" bind
	fails rt --log "$T/log" --log-format json create --bundle "$B" "$ID"
	one_object "$T/log"
}
test_log_is_empty_without_an_error() {
	script 'exec sleep 1000'
	quiet rt --log "$T/log" --log-format json create --bundle "$B" "$ID"
	quiet rt --log "$T/log" --log-format json start "$ID"
	quiet rt --log "$T/log" --log-format json exec "$ID" true
	is "$(jq -s 'map(select(.level == "error")) | length' "$T/log" 2>/dev/null || true)" 0
}
test_log_text() {
	fails rt --log "$T/log" start "$ID"
	grep -q 'does not exist' "$T/log"
	has "$ERR" 'does not exist'
}
test_log_appends() {
	echo before >"$T/log"
	fails rt --log "$T/log" start "$ID"
	is "$(head -n 1 "$T/log")" before
}
test_debug_is_taken() { script true; quiet rt --debug run --bundle "$B" "$ID"; }
test_root_is_made() { STATE=$T/deep/er/root; up; is "$(status)" running; rt delete --force "$ID"; }
test_systemd_cgroup_without_systemd_is_refused() {
	[ ! -d /run/systemd/system ] || skip 'systemd runs here'
	script true
	config '.linux.cgroupsPath = "system.slice:x:y"'
	fails rt --systemd-cgroup create --bundle "$B" "$ID"
	has "$(tr A-Z a-z <<<"$ERR")" systemd
	fails rt state "$ID"
}
test_rootless_is_taken() { script true; quiet rt --rootless auto run --bundle "$B" "$ID"; quiet rt --rootless=false run --bundle "$B" "$ID"; }
test_unknown_global_options_fail() { fails rt --no-such-option list; }
test_unknown_commands_fail() { fails rt no-such-command; }
test_unknown_options_fail() {
	local v
	for v in create start state kill delete run exec ps list pause resume update events spec; do
		fails rt $v --no-such-option "$ID" || { echo "for $v"; return 1; }
	done
}
test_help_works() {
	"$RT" --help >"$T/out"
	local v
	for v in create start state kill delete run exec ps list pause resume update events spec; do
		grep -qw $v "$T/out" || { echo "no $v"; return 1; }
		"$RT" $v --help >"$T/h" || { echo "$v --help"; return 1; }
		[ -s "$T/h" ]
	done
}

# --- create, run -----------------------------------------------------------------------

test_conmons_create() {
	script 'exec sleep 1000'
	quiet rt create --bundle "$B" --pid-file "$T/pid" "$ID"
	is "$(cat "$T/pid")" "$(field pid)"
	is "$(od -c "$T/pid" | grep -c '\\n')" 0
}
test_bundle_is_the_working_directory_by_default() { script 'echo here'; (cd "$B" && is "$(rt run "$ID" </dev/null)" here); }
test_short_options() { script 'exec sleep 1000'; quiet rt run -d -b "$B" --pid-file="$T/pid" "$ID"; is "$(cat "$T/pid")" "$(field pid)"; }
test_run_deletes_afterwards() { inside true; fails rt state "$ID"; is "$(groups_named "$ID")" ''; }
test_run_keep() {
	script 'exit 4'
	local rc=0
	rt run --keep --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" || rc=$?
	if grep -q 'keep' "$T/err"; then skip 'no --keep in this runtime'; fi
	is $rc 4
	is "$(status)" stopped
}
test_run_detached_returns_when_it_runs() {
	script 'exec sleep 1000'
	quiet rt run --detach --bundle "$B" "$ID"
	is "$(status)" running
}
test_run_forwards_signals() {
	script 'trap "exit 9" TERM; touch /tmp/ready; while :; do sleep 0.05; done'
	"$RT" --root "$STATE" run --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" &
	local pid=$! rc=0
	eventually test -e "$ROOTFS/tmp/ready"
	kill -TERM $pid
	wait $pid || rc=$?
	is $rc 9
}
test_no_new_keyring_and_no_subreaper_are_taken() {
	script true
	quiet rt run --no-new-keyring --no-subreaper --bundle "$B" "$ID"
}
test_a_caller_that_dies_leaves_the_container_deletable() {
	script 'exec sleep 1000'
	(rt run -d --pid-file "$T/pid" --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" & sleep 0.02; kill -KILL $!) 2>/dev/null || true
	sleep 0.5
	quiet rt delete --force "$ID"
	fails rt state "$ID"
	is "$(groups_named "$ID")" ''
}
test_create_killed_at_any_moment_is_deletable() {
	local i pid
	script 'exec sleep 1000'
	for i in 0.01 0.02 0.04 0.08; do
		"$RT" --root "$STATE" create --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" &
		pid=$!
		sleep $i
		kill -KILL $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		sleep 0.3
		quiet rt delete --force "$ID"
		fails rt state "$ID"
	done
}

test_pidfd_socket() {
	"$RT" create --help | grep -q pidfd-socket || skip 'no --pidfd-socket in this runtime'
	mkdir -p "$T/pidfd"
	python3 "$HERE/console.py" "$T/s" "$T/pidfd" >"$T/pidfd/log" 2>&1 &
	eventually test -S "$T/s"
	script 'exec sleep 1000'
	create --pidfd-socket "$T/s"
	eventually test -s "$T/pidfd/fds"
	is "$(cat "$T/pidfd/fds")" '1 1'
}
test_a_pid_file_that_cannot_be_written_is_an_error() {
	script 'exec sleep 1000'
	fails rt create --pid-file "$T/no/such/dir/pid" --bundle "$B" "$ID"
	fails rt state "$ID"
	is "$(groups_named "$ID")" ''
}
test_a_bundle_by_a_link() {
	ln -s "$B" "$T/link"
	script 'exec sleep 1000'
	quiet rt create --bundle "$T/link" "$ID"
	matches "$(field bundle)" "^($B|$T/link)$"
	start
	becomes running
}
test_a_long_id() {
	local id
	id=$ID-$(printf '%0100d' 0)
	script 'exec sleep 1000'
	quiet rt create --bundle "$B" "$id"
	quiet rt start "$id"
	is "$(status "$id")" running
	quiet rt exec "$id" true
	quiet rt delete --force "$id"
}
test_eight_in_parallel() {
	local i pids=()
	script 'exec sleep 1000'
	for i in 1 2 3 4 5 6 7 8; do
		rt run -d --bundle "$B" "$ID-$i" </dev/null >"$T/out$i" 2>"$T/err$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || { cat "$T"/err*; return 1; }; done
	is "$(rt list -q | wc -l)" 8
	pids=()
	for i in 1 2 3 4 5 6 7 8; do
		rt delete --force "$ID-$i" </dev/null >"$T/out$i" 2>"$T/err$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || { cat "$T"/err*; return 1; }; done
	is "$(rt list -q)" ''
}
test_one_id_in_parallel_is_one_container() {
	local i pids=() won=0
	script 'exec sleep 1000'
	for i in 1 2 3 4; do
		rt create --bundle "$B" "$ID" </dev/null >"$T/out$i" 2>"$T/err$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do if wait "$i"; then won=$((won + 1)); fi; done
	is $won 1
	is "$(status)" created
}

test_closed_standard_streams() {
	script 'probe fds >/data/fds'
	rt run --bundle "$B" "$ID" <&- >&- 2>&-
	matches "$(cat "$ROOTFS/data/fds")" '^(0 )?1 (2 )?$'
}
test_ignored_signals_are_not_inherited() {
	trap '' USR1 USR2 PIPE
	inside 'grep SigIgn /proc/self/status'
	is $((0x$(cut -f2 <<<"$OUT") & (1 << 9 | 1 << 11 | 1 << 12))) 0
	rt delete --force "$ID" 2>/dev/null || true
	inside 'grep SigBlk /proc/self/status'
	is "$OUT" $'SigBlk:\t0000000000000000'
}
test_the_process_leads_its_session() { up; is "$(awk '{ print $6 }' "/proc/$PID/stat")" "$PID"; }

# --- kill, delete ----------------------------------------------------------------------

test_kill_texts() {
	fails rt kill "$ID" KILL
	has "$ERR" 'container does not exist'
	up 'exit 0'
	becomes stopped
	fails rt kill "$ID" TERM
	has "$ERR" 'container not running'
}
test_kill_0_asks_whether_it_is_there() {
	up
	quiet rt kill "$ID" 0
	is "$(status)" running
	quiet rt kill "$ID" KILL
	becomes stopped
	fails rt kill "$ID" 0
}
test_kill_all_of_a_stopped_container_succeeds() {
	up 'exit 0'
	becomes stopped
	quiet rt kill --all "$ID" KILL
	quiet rt kill -a "$ID" 9
}
test_kill_of_a_paused_container() {
	up
	quiet rt pause "$ID"
	quiet rt kill "$ID" KILL
	quiet rt resume "$ID" || true
	becomes stopped
}
test_delete_ends_what_is_left_without_a_pid_namespace() {
	without_ns pid
	up 'sleep 1001 & sleep 1002 & exit 0'
	becomes stopped
	local p left
	left=$(cat $(groups_named "$ID" | sed 's|$|/cgroup.procs|') | sort -u)
	[ -n "$left" ]
	quiet rt delete "$ID" || quiet rt delete --force "$ID"
	is "$(groups_named "$ID")" ''
	for p in $left; do eventually ends "$p"; done
}
test_delete_f() { up; quiet rt delete -f "$ID"; fails rt state "$ID"; }

# --- pause, resume ---------------------------------------------------------------------

test_pause_stops_the_clock() {
	up 'while :; do echo x >>/tmp/ticks; sleep 0.02; done'
	eventually test -s "$ROOTFS/tmp/ticks"
	quiet rt pause "$ID"
	local before
	before=$(stat -c %s "$ROOTFS/tmp/ticks")
	sleep 0.3
	is "$(stat -c %s "$ROOTFS/tmp/ticks")" "$before"
	quiet rt resume "$ID"
	eventually sh -c "[ \$(stat -c %s '$ROOTFS/tmp/ticks') -gt $before ]"
}
test_pause_errors() {
	fails rt pause "$ID"
	fails rt resume "$ID"
	up
	fails rt resume "$ID"
	is "$(status)" running
	quiet rt pause "$ID"
	is "$(status)" paused
}
test_pause_of_a_created_container() {
	script 'exec sleep 1000'
	create
	if rt pause "$ID" >/dev/null 2>&1; then
		is "$(status)" paused
		quiet rt resume "$ID"
	fi
	is "$(status)" created
}
test_exec_in_a_paused_container_fails() { up; quiet rt pause "$ID"; fails rt exec "$ID" true; is "$(status)" paused; }

# --- list, ps, events, spec ------------------------------------------------------------

test_list() {
	up
	rt list >"$T/out"
	matches "$(head -n 1 "$T/out")" '^ID +PID +STATUS +BUNDLE +CREATED +OWNER'
	matches "$(tail -n 1 "$T/out")" "^$ID +$PID +running +$B +[0-9]{4}-"
	is "$(rt list -q)" "$ID"
	is "$(rt list --quiet)" "$ID"
}
test_list_json() {
	up
	rt list --format json >"$T/out"
	is "$(jq -r '.[0] | [.id, .pid, .status, .bundle] | join(" ")' "$T/out")" "$ID $PID running $B"
	matches "$(jq -r '.[0].created' "$T/out")" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T.*Z$'
	rt list -f json | jq -e 'length == 1' >/dev/null
}
test_list_of_none() {
	matches "$(rt list)" '^ID +PID +STATUS +BUNDLE +CREATED +OWNER$'
	is "$(rt list | wc -l)" 1
	is "$(rt list -q)" ''
	matches "$(rt list --format json)" '^(null|\[\])$'
}
test_list_of_every_status() {
	script 'exec sleep 1000'
	create
	quiet rt run -d --bundle "$B" "$ID-2"
	quiet rt run -d --bundle "$B" "$ID-3"
	quiet rt pause "$ID-2"
	quiet rt kill "$ID-3" KILL
	becomes stopped "$ID-3"
	is "$(rt list --format json | jq -c 'map(.status) | sort')" '["created","paused","stopped"]'
	is "$(rt list --format json | jq -c 'map(select(.status == "stopped"))[0].pid')" 0
}
test_list_bad_format_fails() { fails rt list --format xml; }
test_ps_json_is_a_bare_array() {
	up 'sleep 1001 & exec sleep 1002'
	sleep 0.1
	is "$(rt ps --format json "$ID" | jq -c 'type, length, (map(type) | unique)' | tr '\n' ' ')" '"array" 2 ["number"] '
	has "$(rt ps --format json "$ID")" "$PID"
	rt ps -f json "$ID" | jq -e 'length == 2' >/dev/null
}
test_ps_table() {
	up
	rt ps "$ID" >"$T/out"
	has "$(head -n 1 "$T/out")" PID
	has "$(cat "$T/out")" 'sleep 1000'
	is "$(wc -l <"$T/out")" 2
}
test_ps_of_an_unknown_id_fails() { fails rt ps "$ID"; has "$ERR" 'does not exist'; }
test_events_stats() {
	config '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 50}}'
	up
	rt events --stats "$ID" >"$T/out"
	is "$(jq -r '.type + " " + .id' "$T/out")" "stats $ID"
	is "$(jq '.data.pids | [.current, .limit] | join("/")' -r "$T/out")" 1/50
	is "$(jq -r '.data.memory.usage.limit' "$T/out")" 67108864
	[ "$(jq '.data.memory.usage.usage' "$T/out")" -gt 0 ]
	[ "$(jq '.data.cpu.usage.total' "$T/out")" -gt 0 ]
}
test_events_stream() {
	up
	"$RT" --root "$STATE" events --interval 1s "$ID" >"$T/out" 2>"$T/err" &
	local pid=$!
	stats() { [ "$(jq -s 'map(select(.type == "stats")) | length' "$T/out")" -ge 2 ]; }
	eventually stats || { cat "$T/err" "$T/out"; kill $pid; return 1; }
	kill $pid
	is "$(jq -s -r '.[0].id' "$T/out")" "$ID"
}
test_events_oom() {
	config '.linux.resources = {memory: {limit: 16777216, swap: 16777216}}'
	up 'until test -e /tmp/go; do sleep 0.1; done; probe hog 64; exec sleep 1000'
	"$RT" --root "$STATE" events --interval 1s "$ID" >"$T/out" 2>"$T/err" &
	local pid=$!
	eventually test -s "$T/out" # it listens by now
	touch "$ROOTFS/tmp/go"
	oom() { grep -q '"type":"oom"' "$T/out"; }
	eventually oom || { cut -c1-200 "$T/err" "$T/out"; kill $pid; return 1; }
	kill $pid
}
test_events_of_a_stopped_container_fails() { up 'exit 0'; becomes stopped; fails rt events --stats "$ID"; }
test_spec() {
	(cd "$T" && rt spec)
	is "$(jq -r '.root.path + " " + (.process.args | join(" "))' "$T/config.json")" 'rootfs sh'
	matches "$(jq -r .ociVersion "$T/config.json")" '^1\.'
	(cd "$T" && fails rt spec)
	mkdir "$T/other"
	rt spec --bundle "$T/other"
	[ -s "$T/other/config.json" ]
}
test_spec_works() {
	rm "$B/config.json"
	rt spec --bundle "$B"
	config '.process.terminal = false | .process.args = ["sh", "-c", "id -u; hostname; touch /x 2>/dev/null || echo read-only"]'
	runs
	is "$(sed -n 1p <<<"$OUT")" 0
	has "$OUT" read-only
}

# --- exec ------------------------------------------------------------------------------

test_exec_exit_status() {
	up
	local rc=0
	rt exec "$ID" sh -c 'exit 21' </dev/null || rc=$?
	is $rc 21
	rc=0
	rt exec "$ID" sh -c 'kill -TERM $$' </dev/null || rc=$?
	is $rc 143
}
test_exec_missing_programs() {
	up
	echo x >"$ROOTFS/data/plain"
	fails rt exec "$ID" /no/such
	has "$(tr A-Z a-z <<<"$ERR")" 'no such file or directory'
	fails rt exec "$ID" /data/plain
	has "$(tr A-Z a-z <<<"$ERR")" 'permission denied'
	fails rt exec "$ID" no-such
	matches "$(tr A-Z a-z <<<"$ERR")" 'executable file not found in \$path|no such file or directory'
}
test_exec_options() {
	up
	in_exec 'echo $A,$B; pwd; id -u; id -g; id -G; grep NoNewPrivs /proc/self/status' \
		--env A=1 --env B=2 --cwd /tmp --user 1000:1001 --additional-gids 7 --additional-gids 8 --no-new-privs
	is "$(sed -n 1,4p <<<"$OUT" | tr '\n' ' ')" '1,2 /tmp 1000 1001 '
	has " $(sed -n 5p <<<"$OUT") " ' 7 '
	has " $(sed -n 5p <<<"$OUT") " ' 8 '
	has "$OUT" $'NoNewPrivs:\t1'
}
test_exec_cap() {
	config '.process.capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
	up
	in_exec 'grep CapBnd /proc/self/status'
	is "$OUT" $'CapBnd:\t0000000000000020'
	in_exec 'grep CapBnd /proc/self/status' --cap CAP_CHOWN
	is "$OUT" $'CapBnd:\t0000000000000021'
}
test_exec_short_options() {
	up
	in_exec 'echo $A,$B; id -u' -e A=1 -e B=2 -u 1000
	is "$OUT" $'1,2\n1000'
}
test_exec_inherits_the_environment_of_the_container() {
	config '.process.env += ["FROM=config"]'
	up
	in_exec 'echo $FROM'
	is "$OUT" config
}
test_exec_process_file() { # conmon's call
	up
	jq '.process + {args: ["sh", "-c", "id -u >/tmp/who; pwd >>/tmp/who; echo $X >>/tmp/who; exec sleep 100"], user: {uid: 1000, gid: 1000},
		cwd: "/data", env: ["PATH=/bin", "X=y"]}' "$B/config.json" >"$T/p.json"
	quiet rt exec --pid-file "$T/pid" --process "$T/p.json" --detach "$ID"
	eventually grep -q y "$ROOTFS/tmp/who"
	is "$(tr '\n' ' ' <"$ROOTFS/tmp/who")" '1000 /data y '
	matches "$(cat "$T/pid")" '^[0-9]+$'
	kill -0 "$(cat "$T/pid")"
}
test_exec_detached_returns() { up; quiet rt exec --detach "$ID" sleep 100; }
test_exec_stdin() { up; is "$(echo typed | rt exec "$ID" cat)" typed; }
test_exec_process_from_a_socket() {
	up
	echo '{"args": ["echo", "heard"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}}' >"$T/p.json"
	quiet python3 "$HERE/on-socket.py" "$T/p.json" timeout 10 "$RT" --root "$STATE" exec --process /dev/stdin "$ID"
	is "$(cat "$T/out")" heard
}
test_run_config_from_a_socket_and_a_pipe() {
	[ "$(basename "$(realpath "$RT")")" = nfrun ] || skip "runc has no --config"
	script 'echo heard'
	mv "$B/config.json" "$T/c.json"
	quiet python3 "$HERE/on-socket.py" "$T/c.json" timeout 10 "$RT" --root "$STATE" run --bundle "$B" --config /dev/stdin "$ID"
	is "$(cat "$T/out")" heard
	cat "$T/c.json" | timeout 10 "$RT" --root "$STATE" run --bundle "$B" --config /dev/stdin "$ID" >"$T/out"
	is "$(cat "$T/out")" heard
}
# As a service of systemd has it: stderr is the journal's socket.
test_log_to_a_socket() {
	fails python3 -c 'import os, socket, subprocess, sys
ours, theirs = socket.socketpair()
subprocess.run(sys.argv[1:], stderr=theirs)
theirs.close()
sys.stderr.write(ours.recv(4096).decode())
sys.exit(1)' timeout 10 "$RT" --root "$STATE" --log /dev/stderr state "$ID"
	has "$ERR" 'does not exist'
	has "$ERR" 'level=error'
}
test_exec_preserve_fds() { up; echo three >"$T/3"; is "$(rt exec --preserve-fds 1 "$ID" sh -c 'cat <&3; probe fds' 3<"$T/3" </dev/null)" $'three\n0 1 2 3 '; }
test_exec_no_descriptor_leaks() { up; exec 7</dev/null; is "$(rt exec "$ID" probe fds </dev/null)" '0 1 2 '; }
test_exec_errors() {
	fails rt exec "$ID" true
	has "$ERR" 'does not exist'
	up 'exit 0'
	becomes stopped
	fails rt exec "$ID" true
	matches "$ERR" 'not running|stopped'
}
test_exec_without_a_command_fails() { up; fails rt exec "$ID"; }
test_exec_ends_with_the_container() {
	up
	rt exec "$ID" sleep 3000 </dev/null >"$T/eout" 2>&1 &
	local pid=$!
	eventually sh -c "[ \$(wc -w <$(group_of pids)/cgroup.procs) = 2 ]"
	quiet rt delete --force "$ID"
	eventually ends $pid
}
owner_of() { stat -c '%u:%g %a' "$1"; }
test_exec_leaves_dev_null_alone() {
	local before
	before=$(owner_of /dev/null)
	up
	rt exec --user 1000:1000 "$ID" true </dev/null >/dev/null 2>/dev/null
	rt exec -d --user 1000:1000 "$ID" true </dev/null >/dev/null 2>/dev/null
	is "$(owner_of /dev/null)" "$before"
	config '.process.user = {uid: 1000, gid: 1000} | .process.args = ["true"]'
	rt run --bundle "$B" "$ID-2" </dev/null >/dev/null 2>/dev/null
	is "$(owner_of /dev/null)" "$before"
}
test_exec_leaves_host_files_alone() {
	local before
	echo in >"$T/1"
	: >"$T/2"
	: >"$T/3"
	chown 7:7 "$T/1" "$T/2" "$T/3"
	before=$(owner_of "$T/1")
	up
	rt exec --user 1000:1000 "$ID" sh -c 'cat; echo err >&2' <"$T/1" >"$T/2" 2>"$T/3"
	is "$(owner_of "$T/1") $(owner_of "$T/2") $(owner_of "$T/3")" "$before $before $before"
	is "$(cat "$T/2" "$T/3")" $'in\nerr'
}
test_run_leaves_host_files_alone() {
	: >"$T/2"
	chown 7:7 "$T/2"
	config '.process.user = {uid: 1000, gid: 1000}'
	script 'echo hello'
	rt run --bundle "$B" "$ID" </dev/null >"$T/2" 2>"$T/err"
	is "$(owner_of "$T/2")" '7:7 644'
	is "$(cat "$T/2")" hello
}
test_exec_ignore_paused_is_taken() { up; quiet rt exec --ignore-paused "$ID" true; }
test_exec_in_a_sub_group() {
	need_v2
	up
	mkdir "$(group_of pids)/sub"
	quiet rt exec -d --cgroup sub --pid-file "$T/pid" "$ID" sleep 100 || { rmdir "$(group_of pids)/sub"; return 1; }
	has "$(group_of pids "$(cat "$T/pid")")" /sub
}

# A container that has handed controllers on takes no process in its own group any more.
test_exec_where_the_container_has_groups_of_its_own() {
	need_v2
	up
	local group
	group=$(group_of pids)
	mkdir "$group/init"
	echo "$PID" >"$group/init/cgroup.procs"
	echo +pids >"$group/cgroup.subtree_control"
	in_exec 'echo inside'
	is "$OUT" inside
}
test_exec_that_cannot_be_told_of_leaves_no_process() {
	up
	fails rt exec --detach --pid-file "$T/nowhere/pid" "$ID" sleep 4711
	is "$(rt ps --format json "$ID" | jq length)" 1
}
test_exec_oom_score_is_the_containers() {
	config '.process.oomScoreAdj = 321'
	up
	jq '.process | del(.oomScoreAdj) | .args = ["cat", "/proc/self/oom_score_adj"]' "$B/config.json" >"$T/process.json"
	quiet rt exec --process "$T/process.json" "$ID"
	is "$(cat "$T/out")" 321
}
test_ps_that_prints_no_pids_does_not_hang() {
	up
	fails rt ps "$ID" -eo args
	has "$ERR" PID
}
test_a_caller_that_ignores_SIGCHLD_gets_the_exit_status() {
	script 'exit 7'
	local rc=0
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' "$RT" --root "$STATE" run --bundle "$B" "$ID" </dev/null >/dev/null 2>&1 || rc=$?
	is $rc 7
}
test_kill_by_the_name_of_a_realtime_signal() {
	script 'trap "echo got it >/data/got; exit" 37; while :; do sleep 0.1; done'
	config '.mounts += [{destination: "/data", type: "bind", source: "'"$T"'", options: ["bind"]}]'
	create
	start
	sleep 0.3
	quiet rt kill "$ID" SIGRTMIN+3
	becomes stopped
	[ -s "$T/got" ]
}

# --- checkpoint and restore: only where criu is ----------------------------------------------

test_restore_takes_one_dash_no_subreaper() {
	# go-runc writes it so; whatever else fails, the option is no reason
	fails rt restore --detach --image-path "$T" --work-path "$T" --bundle "$B" -no-subreaper "$ID"
	hasnt "$(tr A-Z a-z <<<"$ERR")" 'subreaper'
	hasnt "$(tr A-Z a-z <<<"$ERR")" 'flag'
}
test_checkpoint_without_criu_says_so() {
	! command -v criu >/dev/null || skip 'criu is here'
	up
	fails rt checkpoint --image-path "$T/image" "$ID"
	has "$(tr A-Z a-z <<<"$ERR")" criu
	is "$(status)" running
}

run_tests
