# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317,SC2154 # the functions are called by check; $T is set by prepare
# The cgroupfs driver in what systemd has delegated: a unit with Delegate=, seen from within its cgroup namespace.
. "${BASH_SOURCE[0]%/*}/lib.sh"
prepare delegated

# The script in a unit of its own, whose group is the root of what it sees, in a slice that hands on no more than that
# unit is to have. By a file, as systemd-run expands "$$".
delegated() { # DELEGATE SCRIPT
	printf '%s\n' 'umount -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 100' "$2" >"$T/script"
	systemd-run --quiet --pipe --wait --service-type=exec --slice="nf${1// /}.slice" -p "Delegate=$1" -p TasksMax=infinity \
		-E NFRUN="$NFRUN" -E NFRUN_ROOT="$NFRUN_ROOT" -E T="$T" -E PATH="$PATH" \
		unshare -m -C --propagation private bash "$T/script" </dev/null 2>&1
}
limits='.linux.cgroupsPath = "/box/one" | .linux.resources.memory = { limit: 67108864 }
	| .linux.resources.cpu = { quota: 50000, period: 100000 }'

# What sits in the delegated group itself is in the way (cgroup v2, "No Internal Process Constraint").
internal_process() {
	local said
	config one "$limits"
	said=$(delegated yes '"$NFRUN" create --bundle "$T/one" one') && { echo 'it was created'; return 1; }
	grep -q 'processes sit in that very group.*; move them into a child of it' <<<"$said" &&
		grep -q '/sys/fs/cgroup/cgroup.subtree_control' <<<"$said" || { echo "$said"; return 1; }
	# and it is as it was: no threaded domain
	is "$(delegated yes '"$NFRUN" create --bundle "$T/one" one 2>/dev/null; cat /sys/fs/cgroup/cgroup.subtree_control')" ''
}
after_the_remedy() {
	delegated yes '
		mkdir /sys/fs/cgroup/self && echo $$ >/sys/fs/cgroup/self/cgroup.procs || exit 101
		"$NFRUN" create --bundle "$T/one" one </dev/null >/dev/null || exit 102
		[ "$(cat /sys/fs/cgroup/box/one/memory.max)" = 67108864 ] || exit 103
		[ "$(cat /sys/fs/cgroup/box/one/cpu.max)" = "50000 100000" ] || exit 104
		"$NFRUN" delete --force one && [ ! -e /sys/fs/cgroup/box/one ]'
}
missing_controller() {
	local said
	said=$(delegated 'memory pids' '
		mkdir /sys/fs/cgroup/self && echo $$ >/sys/fs/cgroup/self/cgroup.procs || exit 101
		"$NFRUN" create --bundle "$T/one" one') && { echo 'it was created'; return 1; }
	grep -q 'controller cpu is not enabled in /sys/fs/cgroup/cgroup.subtree_control' <<<"$said" &&
		grep -q 'not passed on by the group above' <<<"$said" || { echo "$said"; return 1; }
}
nothing_left() {
	! "$NFRUN" state one 2>/dev/null && [ -z "$(find /sys/fs/cgroup -type d -name box)" ]
}
check 'the system bus is there' bus
check 'a process in the delegated group: the error says what to do' internal_process
check 'and that is what helps' after_the_remedy
check 'a controller that was not delegated: the error names it' missing_controller
check 'nothing is left in what was delegated' nothing_left
