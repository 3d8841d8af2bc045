#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# config.md, POSIX-platform hooks; runtime.md, the lifecycle's steps 3 to 13.
. "$(dirname "$0")/lib.sh"

ALL='prestart createRuntime createContainer startContainer poststart poststop'

# A hook that appends what SCRIPT prints to $T/log. In the container $T/log is /log.
hook() { # WHEN SCRIPT [JQ]
	config ".hooks.$1 += [{path: \$p, args: [\"sh\", \"-c\", \$s]} ${3:+| }${3-}]" \
		--arg p "$([ "$1" = startContainer ] && echo /bin/sh || echo /bin/busybox)" --arg s "$2"
	config ".hooks.$1[-1].args[0] = \"sh\""
}
logged() { # the hooks write to one file, on both sides
	touch "$T/log"
	mounted /log bind "$T/log" rbind
}
log_of() { [ "$1" = startContainer ] && echo /log || echo "$T/log"; }
note() { # WHEN [WORD]: the hook logs a word
	hook "$1" "cat >/dev/null; echo ${2-$1} >>$(log_of "$1")"
}
log() { tr '\n' ' ' <"$T/log" | sed 's/ $//'; }

# --- order -----------------------------------------------------------------------------

test_all_hooks_at_their_places() {
	logged
	local w
	for w in $ALL; do note $w; done
	script 'echo program >>/log; exec sleep 1000'
	create
	is "$(log)" 'prestart createRuntime createContainer'
	start
	eventually grep -q program "$T/log"
	is "$(log | tr ' ' '\n' | head -n 4 | tail -n 1)" startContainer
	grep -q poststart "$T/log"
	never grep -q poststop "$T/log"
	quiet rt kill "$ID" KILL
	becomes stopped
	never grep -q poststop "$T/log"
	quiet rt delete "$ID"
	is "$(log | awk '{ print $NF }')" poststop
	is "$(log | wc -w)" 7
}
test_hooks_of_a_kind_in_the_listed_order() {
	logged
	local w n
	for w in $ALL; do for n in 1 2 3; do note $w $w$n; done; done
	up 'exit 0'
	becomes stopped
	quiet rt delete "$ID"
	is "$(log)" "$(for w in $ALL; do for n in 1 2 3; do printf '%s ' $w$n; done; done | sed 's/ $//')"
}
test_startContainer_before_the_program() {
	logged
	hook startContainer 'cat >/dev/null; sleep 0.3; echo hook >>/log'
	up 'echo program >>/log; exec sleep 1000'
	eventually grep -q program "$T/log"
	is "$(log)" 'hook program'
}
test_startContainer_not_at_create() {
	logged
	note startContainer
	script 'exec sleep 1000'
	create
	sleep 0.2
	is "$(log)" ''
}
test_poststart_before_start_returns() {
	logged
	hook poststart "cat >/dev/null; sleep 0.3; echo done >>$T/log"
	up
	is "$(log)" 'done'
}
test_poststop_before_delete_returns() {
	logged
	hook poststop "cat >/dev/null; sleep 0.3; echo done >>$T/log"
	up 'exit 0'
	becomes stopped
	quiet rt delete "$ID"
	is "$(log)" 'done'
}
test_poststop_after_the_container_is_gone() {
	logged
	hook poststop "cat >/dev/null; find /sys/fs/cgroup -type d -name '*$ID*' | wc -l >>$T/log"
	up 'exit 0'
	becomes stopped
	quiet rt delete "$ID"
	is "$(log)" 0
}
test_poststop_with_delete_force() {
	logged
	note poststop
	up
	quiet rt delete --force "$ID"
	is "$(log)" poststop
}
test_poststop_after_run() {
	logged
	note poststop
	inside true
	is "$(log)" poststop
}

# --- where they run --------------------------------------------------------------------

test_runtime_hooks_in_the_runtime_namespaces() {
	logged
	local w ns
	for ns in mnt uts pid net ipc; do
		for w in prestart createRuntime poststart poststop; do
			hook $w "cat >/dev/null; readlink /proc/self/ns/$ns >>$T/log"
		done
	done
	up 'exec sleep 1000'
	quiet rt delete --force "$ID"
	is "$(wc -l <"$T/log")" 20
	for ns in mnt uts pid net ipc; do
		is "$(grep -c -F "$(readlink "/proc/self/ns/$ns")" "$T/log")" 4 $ns
	done
}
test_container_hooks_in_the_container_namespaces() {
	logged
	local ns
	for ns in mnt uts net ipc; do
		hook createContainer "cat >/dev/null; echo c \$(readlink /proc/self/ns/$ns) >>$T/log"
		hook startContainer "cat >/dev/null; echo s \$(readlink /proc/self/ns/$ns) >>/log"
	done
	up
	for ns in mnt uts net ipc; do
		is "$(grep -c -F "c $(readlink "/proc/$PID/ns/$ns")" "$T/log")" 1 "createContainer $ns"
		is "$(grep -c -F "s $(readlink "/proc/$PID/ns/$ns")" "$T/log")" 1 "startContainer $ns"
	done
}
test_createContainer_before_pivot_root() {
	logged
	# the path is the runtime's, the mount namespace the container's, its mounts are made
	hook createContainer "cat >/dev/null; ls -d $B/config.json >>$T/log; grep -c ' $ROOTFS/log ' /proc/self/mountinfo >>$T/log"
	up
	is "$(log)" "$B/config.json 1"
}
test_createContainer_path_in_the_runtime_namespace() {
	logged
	printf '#!/bin/sh\necho host >>%s\n' "$T/log" >"$T/only-on-the-host"
	chmod +x "$T/only-on-the-host"
	config '.hooks.createContainer = [{path: $p}]' --arg p "$T/only-on-the-host"
	up
	is "$(log)" host
}
test_startContainer_path_in_the_container() {
	logged
	rm -f "$ROOTFS/bin/only-inside"
	printf '#!/bin/sh\necho inside >>/log\n' >"$ROOTFS/bin/only-inside"
	chmod +x "$ROOTFS/bin/only-inside"
	config '.hooks.startContainer = [{path: "/bin/only-inside"}]'
	up
	is "$(log)" inside
}
test_createRuntime_can_set_up_the_network() {
	logged
	hook createRuntime "pid=\$(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/' | tr -d '\\n'); nsenter -t \$pid -n ip link add hook0 type bridge"
	inside 'ls /sys/class/net'
	has "$OUT" hook0
}
test_createRuntime_sees_the_namespaces_made() {
	logged
	hook createRuntime "pid=\$(tr -d '\\n' | sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/'); readlink /proc/\$pid/ns/net >>$T/log"
	up
	is "$(log)" "$(readlink "/proc/$PID/ns/net")"
}

# --- what they get ---------------------------------------------------------------------

json_hook() { # WHEN: the state it is given, in $T/WHEN.json
	if [ "$1" = startContainer ]; then
		hook $1 "cat >/json/$1.json"
	else
		hook $1 "cat >$T/json/$1.json"
	fi
}
test_hooks_get_the_state_on_stdin() {
	mkdir "$T/json"
	mounted /json bind "$T/json" rbind
	local w
	for w in $ALL; do json_hook $w; done
	config '.annotations = {"org.example.key": "value"}'
	up
	quiet rt delete --force "$ID"
	for w in $ALL; do
		is "$(jq -r '[.id, .bundle, .annotations."org.example.key"] | join(" ")' "$T/json/$w.json")" \
			"$ID $B value" $w
		matches "$(jq -r .ociVersion "$T/json/$w.json")" '^1\.'
	done
	for w in prestart createRuntime poststart; do is "$(jq .pid "$T/json/$w.json")" "$PID" $w; done
}
test_startContainer_gets_the_pid_in_the_container() {
	mkdir "$T/json"
	mounted /json bind "$T/json" rbind
	json_hook startContainer
	up
	is "$(jq .pid "$T/json/startContainer.json")" 1
}
test_hooks_get_the_status() {
	mkdir "$T/json"
	mounted /json bind "$T/json" rbind
	local w
	for w in $ALL; do json_hook $w; done
	up
	quiet rt delete --force "$ID"
	for w in prestart createRuntime createContainer; do
		matches "$(jq -r .status "$T/json/$w.json")" '^(creating|created)$'
	done
	is "$(jq -r .status "$T/json/startContainer.json")" created startContainer
	is "$(jq -r .status "$T/json/poststart.json")" running poststart
	is "$(jq -r .status "$T/json/poststop.json")" stopped poststop
}
test_hook_args() {
	logged
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["name", "-c", $s, "zero", "one two"]}]' \
		--arg s "cat >/dev/null; echo \$0,\$1 >>$T/log"
	up
	is "$(log)" 'zero,one two'
}
test_hook_without_args_gets_its_path() {
	logged
	printf '#!/bin/sh\ncat >/dev/null; echo $0 $# >>%s\n' "$T/log" >"$T/h"
	chmod +x "$T/h"
	config '.hooks.createRuntime = [{path: $p}]' --arg p "$T/h"
	up
	is "$(log)" "$T/h 0"
}
test_hook_env_and_no_other() {
	logged
	export LEAK=1
	hook createRuntime "cat >/dev/null; env | grep -Ev '^(PWD|SHLVL|_)=' | sort >>$T/log" '.'
	config '.hooks.createRuntime[0].env = ["A=1", "B=two words", "PATH=/bin:/usr/bin"]'
	up
	is "$(cat "$T/log")" $'A=1\nB=two words\nPATH=/bin:/usr/bin'
}

# --- failures --------------------------------------------------------------------------

create_hook_fails() { # WHEN
	logged
	note poststop
	hook $1 'cat >/dev/null; echo because of me >&2; exit 3'
	note $1 not-reached
	script 'echo program >>/log'
	refused
	is "$(log)" poststop
}
test_a_failing_prestart_hook_is_the_end() { create_hook_fails prestart; }
test_a_failing_createRuntime_hook_is_the_end() { create_hook_fails createRuntime; }
test_a_failing_createContainer_hook_is_the_end() { create_hook_fails createContainer; }
test_a_failing_startContainer_hook_is_the_end() {
	logged
	note poststop
	hook startContainer 'cat >/dev/null; exit 3'
	script 'echo program >>/log'
	create
	fails rt start "$ID"
	sleep 0.2
	hasnt "$(log)" program
	never is_status running
}
# An error as of specification 1.3; a warning before.
test_a_failing_poststart_hook_is_an_error() {
	logged
	hook poststart 'cat >/dev/null; exit 3'
	script 'exec sleep 1000'
	create
	PID=$(field pid)
	fails rt start "$ID"
	eventually ends "$PID"
	never is_status running
}
test_a_failing_poststop_hook_is_a_warning() {
	logged
	hook poststop 'cat >/dev/null; exit 3'
	note poststop second
	up 'exit 0'
	becomes stopped
	quiet rt delete "$ID"
	[ -s "$T/err" ] || { echo 'no warning'; return 1; }
	is "$(log)" second
	fails rt state "$ID"
}
test_a_hook_that_does_not_exist_fails() {
	config '.hooks.createRuntime = [{path: "/no/such/hook"}]'
	refused hook
}
test_a_hook_killed_by_a_signal_fails() {
	hook createRuntime 'kill -9 $$'
	refused
}
test_a_hook_may_leave_stdin_unread() {
	config '.annotations = {"big": $b} | .hooks.createRuntime = [{path: "/bin/true"}]' \
		--arg b "$(printf '%0100000d' 0)"
	up
	is "$(status)" running
}
test_the_error_names_what_the_hook_said() {
	hook createRuntime 'cat >/dev/null; echo because of me >&2; exit 3'
	refused 'because of me'
}

# --- time-outs, and values that are none -----------------------------------------------

test_a_timeout_ends_the_hook() {
	hook createRuntime 'sleep 100' '.'
	config '.hooks.createRuntime[0].timeout = 1'
	local begin=$EPOCHSECONDS
	refused
	[ $((EPOCHSECONDS - begin)) -lt 10 ]
	never pgrep -f '^sleep 100$'
}
test_a_timeout_ends_what_the_hook_started() {
	hook createRuntime 'sleep 1234 & sleep 1235' '.'
	config '.hooks.createRuntime[0].timeout = 1'
	refused
	eventually never pgrep -f '^sleep 123[45]$'
}
test_a_hook_in_time_is_fine() {
	hook createRuntime 'cat >/dev/null; sleep 0.2' '.'
	config '.hooks.createRuntime[0].timeout = 20'
	local begin=$EPOCHSECONDS
	up
	[ $((EPOCHSECONDS - begin)) -lt 10 ]
}
test_a_timeout_of_0_is_refused() {
	hook createRuntime 'cat >/dev/null' '.'
	config '.hooks.createRuntime[0].timeout = 0'
	refused
}
test_a_relative_hook_path_is_refused() {
	config '.hooks.createRuntime = [{path: "bin/true"}]'
	refused
}
test_a_hook_without_path_is_refused() {
	config '.hooks.createRuntime = [{args: ["x"]}]'
	refused
}

run_tests
