# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317,SC2154 # the functions are called by check; $T is set by prepare
# The systemd driver when something is in the way: crashes, leftovers, no systemd, no bus.
. "${BASH_SOURCE[0]%/*}/lib.sh"
prepare trouble

unit=test-one.scope
dir=/sys/fs/cgroup/nfvm.slice/$unit
simple='.linux.cgroupsPath = "nfvm.slice:test:one"'

# --- crashes: the runtime is killed by a hook, with its init in the scope -----------------

crash() {
	mkdir -p "$T/one"
	printf '#!/bin/sh\nkill -KILL $PPID\nsleep 1\n' >"$T/assassin"
	chmod 755 "$T/assassin"
	config one "$simple | .hooks.createRuntime = [{ path: \"$T/assassin\" }]"
	! create one >/dev/null
}
crash_then_delete() {
	crash && rt delete --force one && gone $dir && no_unit $unit && ! "$NFRUN" state one 2>/dev/null
}
crash_then_create() {
	crash || return
	config one "$simple"
	create one && is "$(show ActiveState)" active && rt delete --force one && gone $dir
}
crash_alone() { # its init goes by itself, and with it the scope
	crash && wait_for gone $dir && rt delete --force one && no_unit $unit
}
failing_hook() {
	config one "$simple | .hooks.createRuntime = [{ path: \"/bin/false\" }]"
	! create one >/dev/null && gone $dir && no_unit $unit
}
killed_at_any_time() { # before the unit, with nobody but our own process in it, with an init
	local after
	config one "$simple"
	for after in 0.1 0.2 0.3 0.4 0.5 0.6 0.8 1; do
		"$NFRUN" --systemd-cgroup create --bundle "$T/one" one </dev/null >/dev/null 2>&1 &
		sleep $after
		kill -KILL $! 2>/dev/null
		wait $! 2>/dev/null
		rt delete --force one || { echo "killed after $after s"; return 1; }
	done
	wait_for gone $dir && no_unit $unit && ! "$NFRUN" state one 2>/dev/null
}
check 'a crash half-way, then delete' crash_then_delete
check 'killed at any time, then delete' killed_at_any_time
check 'a crash half-way, then create' crash_then_create
check 'a crash half-way leaves no scope' crash_alone
check 'a failure half-way leaves nothing' failing_hook

# --- other hosts ------------------------------------------------------------------------------

hidden() { # PATH... -- CMD...: where these are not
	# shellcheck disable=SC2016
	unshare -m --propagation private bash -c '
		while [ "$1" != -- ]; do
			if [ -d "$1" ]; then mount -t tmpfs none "$1"; else mount --bind /dev/null "$1"; fi
			shift
		done
		shift
		"$@"' - "$@"
}
no_systemd() {
	local said
	config one "$simple"
	! said=$(quiet hidden /run/systemd -- "$NFRUN" --systemd-cgroup create --bundle "$T/one" one) || return
	grep -q 'systemd does not run here' <<<"$said" && grep -q 'cgroup-manager cgroupfs' <<<"$said" || {
		echo "$said"
		return 1
	}
	! "$NFRUN" state one 2>/dev/null
}
no_bus() {
	local said bus=/run/dbus/system_bus_socket
	[ -e $bus ] || bus=''
	# shellcheck disable=SC2086 # none or one
	! said=$(quiet hidden /run/systemd/private $bus -- "$NFRUN" --systemd-cgroup create --bundle "$T/one" one) || return
	grep -q 'system_bus_socket' <<<"$said" || { echo "$said"; return 1; }
	! "$NFRUN" state one 2>/dev/null && gone $dir
}
no_library() {
	local said library
	library=$(realpath /usr/lib/*/libsystemd.so.0)
	! said=$(quiet hidden "$library" -- "$NFRUN" --systemd-cgroup create --bundle "$T/one" one) || return
	grep -q 'needs libsystemd' <<<"$said" || { echo "$said"; return 1; }
	quiet hidden "$library" -- "$NFRUN" create --bundle "$T/bare" bare || return # the other driver does not care
	! "$NFRUN" state one 2>/dev/null && "$NFRUN" delete --force bare
}
other_pids() { # systemd would take our pids for its own
	local said
	config one "$simple"
	! said=$(quiet unshare --pid --fork --mount-proc "$NFRUN" --systemd-cgroup create --bundle "$T/one" one) || return
	grep -q 'not in our pid namespace' <<<"$said" || { echo "$said"; return 1; }
	! "$NFRUN" state one 2>/dev/null && gone $dir
}
check 'in another pid namespace: an error' other_pids
check 'without systemd: an error with a remedy' no_systemd
config bare 'del(.linux.cgroupsPath)'
check 'without libsystemd: an error, and the other driver works' no_library
check 'without a bus: an error, and nothing is left' no_bus

by_the_bus() { # its own socket is not to be had; the system bus is
	bus || return
	config one "$simple | .linux.resources.pids = { limit: 40 }"
	quiet hidden /run/systemd/private -- "$NFRUN" --systemd-cgroup create --bundle "$T/one" one || return
	is "$(show ActiveState)" active && is "$(show TasksMax)" 40 || return
	hidden /run/systemd/private -- "$NFRUN" delete --force one && gone $dir && no_unit $unit
}
check 'by way of the system bus' by_the_bus

# --- what is there already -------------------------------------------------------------------

failed_leftover() {
	systemd-run --quiet --scope --slice=nfvm.slice --unit=$unit -p RuntimeMaxSec=1 sleep 100
	is "$(show ActiveState)" failed || return
	config one "$simple"
	create one && is "$(show ActiveState)" active && rt delete --force one && no_unit $unit
}
foreign() { # it is refused, and goes on
	local said pid
	systemd-run --quiet --scope --slice=nfvm.slice --unit=$unit sleep 1000 >/dev/null 2>&1 &
	pid=$!
	wait_for holds $dir || return
	config one "$simple"
	! said=$(create one) && grep -q 'already holds processes' <<<"$said" || return
	is "$(show ActiveState)" active && kill -0 $pid || return
	kill $pid
	wait_for gone $dir
}
foreign_elsewhere() { # the name is taken by a unit in another slice
	local said pid
	systemd-run --quiet --scope --unit=$unit sleep 1000 >/dev/null 2>&1 &
	pid=$!
	wait_for holds /sys/fs/cgroup/system.slice/$unit || return
	config one "$simple"
	! said=$(create one) && grep -q "$unit" <<<"$said" || return
	is "$(show ActiveState)" active && kill -0 $pid || return
	kill $pid
	wait_for gone /sys/fs/cgroup/system.slice/$unit
}
stopped_by_systemctl() { # the host's administrator stops it
	config one "$simple"
	quiet rt run --detach --bundle "$T/one" one || return
	systemctl stop $unit && wait_for stopped one && rt delete one && no_unit $unit
}
cycles() {
	local i
	config one "$simple | .process.args = [\"/bin/true\"]"
	for i in {1..20}; do rt run --bundle "$T/one" one || { echo "cycle $i"; return 1; }; done
	no_unit 'test-*' && gone $dir
}
check 'a failed unit of that name is no obstacle' failed_leftover
check 'a living unit of that name is refused' foreign
check 'a name that is taken in another slice is refused' foreign_elsewhere
check 'systemctl stop' stopped_by_systemctl
check '20 cycles leave no unit' cycles
