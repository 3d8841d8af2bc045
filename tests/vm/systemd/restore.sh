# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317,SC2154 # the functions are called by check; $T is set by prepare
# checkpoint and restore with the systemd driver: the restored process is in a scope of its own.
. "${BASH_SOURCE[0]%/*}/lib.sh"
prepare restore

unit=test-ck.scope
dir=/sys/fs/cgroup/nfvm.slice/$unit

saved() {
	config ck '.linux.cgroupsPath = "nfvm.slice:test:ck" | .linux.resources.pids = { limit: 40 } | .root.readonly = false'
	quiet rt run --detach --bundle "$T/ck" ck || return
	is "$(show ActiveState $unit)" active || return
	quiet rt checkpoint --image-path "$T/images" ck || { tail -n 20 "$T/images/dump.log"; return 1; }
	wait_for gone $dir && no_unit $unit && ! "$NFRUN" state ck 2>/dev/null
}
restored() {
	quiet rt restore --detach --image-path "$T/images" --work-path "$T/work" --bundle "$T/ck" ck ||
		{ tail -n 20 "$T/work/restore.log"; return 1; }
	is "$(field ck status)" running && is "$(show ActiveState $unit)" active && is "$(show TasksMax $unit)" 40 || return
	is "$(cat $dir/cgroup.procs)" "$(field ck pid)" && is "$(cat $dir/pids.max)" 40
}
ended() { rt delete --force ck && gone $dir && no_unit $unit; }
check 'checkpoint of a container in a scope' saved
check 'restore, in a scope' restored
check 'delete of what was restored' ended
