# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317,SC2154 # the functions are called by check; $T is set by prepare
# The systemd driver: what a container's scope is, from create to delete, under a booted systemd.
. "${BASH_SOURCE[0]%/*}/lib.sh"
prepare scope

v2=/sys/fs/cgroup
dir=$v2/nfvm.slice/nfvm-a.slice/test-one.scope

systemd_is_process_1() { [ "$(cat /proc/1/comm)" = systemd ] && [ -d /run/systemd/system ]; }
check 'systemd is process 1' systemd_is_process_1

# --- create ---------------------------------------------------------------------------

limited() {
	config one '.linux.cgroupsPath = "nfvm-a.slice:test:one"
		| .linux.resources.memory = { limit: 67108864, swap: 67108864, reservation: 16777216 }
		| .linux.resources.cpu = { quota: 25500, period: 100000, shares: 2048, cpus: "0" }
		| .linux.resources.pids = { limit: 50 }
		| .linux.resources.unified = { "memory.high": "50331648", "memory.oom.group": "1", "cpu.max.burst": "1000" }
		| .annotations["org.systemd.property.CollectMode"] = "'"'inactive-or-failed'"'"
		| .annotations["org.systemd.property.TimeoutStopSec"] = "7"
		| .annotations["org.systemd.property.Documentation"] = "['"'man:nfrun(1)', 'man:nfrun-vnf(5)'"']"'
	create one
}
named() {
	is "$(show ActiveState)" active &&
		is "$(show ControlGroup)" /nfvm.slice/nfvm-a.slice/test-one.scope &&
		is "$(show Slice)" nfvm-a.slice && is "$(show Delegate)" yes &&
		is "$(show Description)" 'nfrun container one'
}
holds_its_init_alone() {
	is "$(cat $dir/cgroup.procs)" "$(field one pid)" && is "$(field one status)" created
}
accounts() {
	local p
	for p in CPUAccounting MemoryAccounting IOAccounting TasksAccounting; do is "$(show $p)" yes "$p" || return; done
	is "$(show DefaultDependencies)" no
}
has_properties() {
	is "$(show MemoryMax)" 67108864 && is "$(show MemorySwapMax)" 0 && is "$(show MemoryLow)" 16777216 &&
		is "$(show MemoryHigh)" 50331648 && is "$(show TasksMax)" 50 && is "$(show AllowedCPUs)" 0 &&
		is "$(show CPUQuotaPerSecUSec)" 260ms && is "$(show CPUWeight)" "$(cat $dir/cpu.weight)"
}
has_annotations() {
	is "$(show CollectMode)" inactive-or-failed && is "$(show TimeoutStopUSec)" 7s &&
		is "$(show Documentation)" '"man:nfrun(1)" "man:nfrun-vnf(5)"'
}
files() { # of the limits above, and of those that have no property
	cd $dir && grep -H . memory.{max,swap.max,low,high} pids.max cpuset.cpus cpu.max cpu.max.burst cpu.weight \
		memory.oom.group
}
exact_in_files() {
	is "$(cat $dir/cpu.max)" '25500 100000' && is "$(cat $dir/memory.oom.group)" 1 &&
		is "$(cat $dir/cpu.max.burst)" 1000 && is "$(cat $dir/memory.max)" 67108864
}
survives_reload() { # what has a property; the quota in whole percents
	local before after
	before=$(files | sed 's/25500 /26000 /')
	systemctl daemon-reload
	after=$(files | sed 's/25500 /26000 /')
	[ "$(systemctl --version | awk 'NR == 1 { print $2 }')" -ge 253 ] ||
		{ before=$(grep -v oom.group <<<"$before"); after=$(grep -v oom.group <<<"$after"); }
	is "$after" "$before"
}
check 'a scope is created' limited
check 'it is named and placed as cgroupsPath says' named
check 'it holds the init and nobody else' holds_its_init_alone
check 'it accounts' accounts
check 'its limits are properties' has_properties
check 'annotations are properties' has_annotations
check 'its files have the exact limits' exact_in_files
check 'a reload of systemd reverts nothing' survives_reload

# --- start, exec, update, pause -----------------------------------------------------------

started() {
	rt start one && is "$(field one status)" running || return
	is "$(rt exec one sh -c 'cat /proc/self/cgroup')" 0::/ || # its cgroup namespace is the scope
		is "$(rt exec one cat /proc/self/cgroup)" 0::/nfvm.slice/nfvm-a.slice/test-one.scope
}
updated() {
	echo 1 >$dir/memory.oom.group # a reload of a systemd before 253 has taken it back
	rt update --memory 50331648 --memory-swap 50331648 --cpu-quota 50000 --pids-limit 60 one || return
	is "$(show MemoryMax)" 50331648 && is "$(cat $dir/memory.max)" 50331648 && is "$(show TasksMax)" 60 &&
		is "$(show CPUQuotaPerSecUSec)" 500ms && is "$(cat $dir/cpu.max)" '50000 100000' || return
	is "$(cat $dir/cpu.max.burst)" 1000 && is "$(cat $dir/memory.oom.group)" 1 # what was not asked for stays
}
idle() {
	rt update --cpu-idle 1 one && is "$(show CPUWeight)" idle && is "$(cat $dir/cpu.idle)" 1 || return
	systemctl daemon-reload
	is "$(cat $dir/cpu.idle)" 1 || return
	rt update --cpu-idle 0 one && rt update --cpu-share 1024 one || return
	is "$(cat $dir/cpu.idle)" 0 && is "$(show CPUWeight)" 100
}
all_or_none() {
	local before
	before=$(files; show MemoryMax; show TasksMax; show AllowedCPUs)
	echo '{ "pids": { "limit": 70 }, "memory": { "limit": 60000000, "swap": 60000000 },
		"unified": { "memory.oom.group": "7" } }' >"$T/bad.json"
	! rt update --resources "$T/bad.json" one || return
	! rt update --pids-limit 70 --cpuset-cpus 99 one || return
	is "$(files; show MemoryMax; show TasksMax; show AllowedCPUs)" "$before"
}
lifted() {
	rt update --cpu-quota -1 --pids-limit -1 one || return
	is "$(show CPUQuotaPerSecUSec)" infinity && is "$(show TasksMax)" infinity && is "$(cat $dir/pids.max)" max
}
paused() {
	rt pause one && is "$(field one status)" paused && rt resume one && is "$(field one status)" running
}
check 'start and exec' started
check 'update changes properties and files' updated
check 'cpu.idle is a weight of systemd' idle
check 'a bad update changes nothing' all_or_none
check 'limits are lifted' lifted
check 'pause and resume' paused

# --- the end ----------------------------------------------------------------------------

ended() { # systemd takes an empty scope away by itself
	rt kill one KILL && wait_for stopped one && wait_for gone $dir && is "$(show ActiveState)" inactive
}
deleted() {
	rt delete one && gone $dir && ! rt state one 2>/dev/null && no_unit test-one.scope &&
		rt delete --force one
}
deleted_running() {
	quiet rt run --detach --bundle "$T/one" one || return
	rt exec --detach one sh -c 'trap "" TERM; while :; do sleep 1; done' </dev/null >/dev/null 2>&1 || return
	rt delete --force one && gone $dir && no_unit test-one.scope
}
check 'its end is the end of the scope' ended
check 'delete, twice' deleted
check 'delete of a running one' deleted_running

# --- names ---------------------------------------------------------------------------------

default_name() {
	config named 'del(.linux.cgroupsPath)'
	create named || return
	local unit
	unit=$(systemctl list-units --plain --no-legend 'nfrun-*-named.scope' | awk '{ print $1 }')
	is "$(systemctl show -P ControlGroup "$unit")" "/system.slice/$unit" && rt delete --force named
}
manager_option() { # podman's way
	config named '.linux.cgroupsPath = ":libpod:x"'
	quiet "$NFRUN" --cgroup-manager systemd create --bundle "$T/named" named || return
	is "$(systemctl show -P ActiveState libpod-x.scope)" active && "$NFRUN" delete --force named
}
root_slice() {
	config named '.linux.cgroupsPath = "-.slice:test:top"'
	create named || return
	[ -d $v2/test-top.scope ] && rt delete --force named && gone $v2/test-top.scope
}
bad_paths() {
	local path
	for path in /a/b nfvm.slice:x a:b:c 'nfvm.slice:p:' 'nfvm.slice:p:x.slice' 'a--b.slice:p:x'; do
		config bad ".linux.cgroupsPath = \"$path\""
		refused 'slice|SLICE|NAME' || { echo "of $path"; return 1; }
	done
}
bad_annotation() {
	config bad '.annotations["org.systemd.property.TimeoutStopUSec"] = "uint64 seven"'
	refused 'TimeoutStopUSec: uint64 seven' || return
	config bad '.annotations["org.systemd.property.NoSuchThing"] = "true"'
	refused 'NoSuchThing'
}
check 'the default name' default_name
check '--cgroup-manager systemd' manager_option
check 'the root slice' root_slice
check 'bad names are refused' bad_paths
check 'bad annotations are refused' bad_annotation
