#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# config-linux.md: cgroupsPath, resources, unified; what update does to them.
. "$(dirname "$0")/lib.sh"

resources() { config ".linux.resources |= (. // {}) * {$1}"; }
cgpath() { config '.linux.cgroupsPath = $p' --arg p "$1"; }
limit_is() { # CONTROLLER V1FILE V1VALUE V2FILE V2VALUE
	if v2; then
		is "$(cat "$(group_of "$1")/$4")" "$5" "$4"
	else
		is "$(cat "$(group_of "$1")/$2")" "$3" "$2"
	fi
}

# --- cgroupsPath -----------------------------------------------------------------------

test_path_absolute_is_below_the_mount_point() {
	need_controller pids
	cgpath "/$ID-parent/child"
	up
	if v2; then is "$(group_of pids)" "/sys/fs/cgroup/$ID-parent/child"; else is "$(group_of pids)" "/sys/fs/cgroup/pids/$ID-parent/child"; fi
	local c
	for c in cpu memory pids devices freezer blkio cpuacct; do
		v2 || matches "$(group_of $c)" "^/sys/fs/cgroup/$c/$ID-parent/child$"
	done
}
test_path_relative() {
	cgpath "$ID-rel/child"
	up
	matches "$(group_of pids)" "/$ID-rel/child$"
}
test_path_is_the_same_place_each_time() {
	cgpath "/$ID-same"
	up
	local first
	first=$(group_of pids)
	quiet rt delete --force "$ID"
	up
	is "$(group_of pids)" "$first"
}
test_path_is_made_and_taken_away() {
	cgpath "/$ID-gone"
	up
	local group
	group=$(group_of memory)
	[ -d "$group" ]
	quiet rt delete --force "$ID"
	[ ! -d "$group" ]
	is "$(groups_named "$ID-gone")" ''
}
test_path_absent_has_a_group_of_its_own() {
	up
	matches "$(group_of pids)" "$ID"
	has "$(cat "$(group_of pids)/cgroup.procs")" "$PID"
}
test_path_does_not_escape() {
	cgpath "/../../$ID-up"
	script 'exec sleep 1000'
	if ! create >/dev/null; then
		has "$(cat "$T/err")" cgroupsPath
		is "$(groups_named "$ID-up")" ''
		return
	fi
	PID=$(field pid)
	matches "$(group_of pids)" "^/sys/fs/cgroup/(pids/)?$ID-up$"
}
test_siblings_stay() {
	cgpath "/$ID-parent/child"
	up
	local parent
	parent=$(dirname "$(group_of pids)")
	mkdir "$parent/sibling"
	quiet rt delete --force "$ID"
	[ -d "$parent/sibling" ]
	[ ! -d "$parent/child" ]
	rmdir "$parent/sibling"
}
test_a_group_with_processes_is_refused_or_shared_whole() {
	cgpath "/$ID-busy"
	up
	local group=0
	group=$(group_of pids)
	new_bundle "$T/two"
	jq '.process.args = ["sleep", "1000"] | .linux.cgroupsPath = $p' --arg p "/$ID-busy" "$T/two/config.json" >"$T/c"
	mv "$T/c" "$T/two/config.json"
	if rt create --bundle "$T/two" "$ID-2" </dev/null >"$T/out2" 2>"$T/err2"; then
		rt delete --force "$ID-2"
	fi
	# whatever it did about the second, the first goes on in its group
	is_status running
	has "$(cat "$group/cgroup.procs")" "$PID"
}
test_a_frozen_group_is_refused() {
	cgpath "/$ID-cold"
	if v2; then
		mkdir "/sys/fs/cgroup/$ID-cold"
		echo 1 >"/sys/fs/cgroup/$ID-cold/cgroup.freeze"
	else
		mkdir "/sys/fs/cgroup/freezer/$ID-cold"
		echo FROZEN >"/sys/fs/cgroup/freezer/$ID-cold/freezer.state"
	fi
	local rc=0
	script 'exec sleep 1000'
	timeout -k 1 10 "$RT" --root "$STATE" create --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" || rc=$?
	[ $rc != 0 ]
	[ $rc -lt 124 ]
	grep -qi 'fr[eo]*z' "$T/err"
}
test_the_process_is_there_before_it_runs() {
	need_controller pids
	resources 'pids: {limit: 20}'
	script 'exec sleep 1000'
	create
	PID=$(field pid)
	matches "$(group_of pids)" "$ID"
	is "$(limit pids pids.max pids.max)" 20
}
test_the_pid_file_comes_with_the_final_group() {
	script 'exec sleep 1000'
	rt create --pid-file "$T/pid" --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" &
	until [ -s "$T/pid" ]; do :; done
	PID=$(cat "$T/pid")
	matches "$(group_of pids)" "$ID"
	wait
	matches "$(cat "$T/pid")" '^[0-9]+$'
	is "$(stat -c %s "$T/pid")" "${#PID}"
	is "$(field pid)" "$PID"
}
test_exec_is_in_the_group() {
	up
	quiet rt exec -d --pid-file "$T/pid" "$ID" sleep 3000
	is "$(group_of pids "$(cat "$T/pid")")" "$(group_of pids)"
	is "$(group_of memory "$(cat "$T/pid")")" "$(group_of memory)"
}

# --- resources -------------------------------------------------------------------------

test_memory_limit() {
	need_controller memory
	resources 'memory: {limit: 33554432}'
	up
	limit_is memory memory.limit_in_bytes 33554432 memory.max 33554432
}
test_memory_limit_takes_effect() {
	need_controller memory
	resources 'memory: {limit: 16777216, swap: 16777216}'
	local rc=0
	args probe hog 64
	timeout 20 "$RT" --root "$STATE" run --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" || rc=$?
	is $rc 137
	is "$(cat "$T/out")" ''
}
test_memory_reservation() {
	need_controller memory
	resources 'memory: {reservation: 16777216}'
	up
	limit_is memory memory.soft_limit_in_bytes 16777216 memory.low 16777216
}
test_memory_swap() {
	need_controller memory
	resources 'memory: {limit: 33554432, swap: 67108864}'
	up
	limit_is memory memory.memsw.limit_in_bytes 67108864 memory.swap.max 33554432
}
test_memory_unlimited() {
	need_controller memory
	resources 'memory: {limit: -1, swap: -1}'
	up
	if v2; then
		is "$(cat "$(group_of memory)/memory.max")" max
	else
		[ "$(cat "$(group_of memory)/memory.limit_in_bytes")" -gt 1000000000000 ]
	fi
}
test_memory_swap_below_limit_is_refused() { resources 'memory: {limit: 67108864, swap: 33554432}'; refused; }
test_memory_swappiness() {
	need_controller memory
	resources 'memory: {swappiness: 33}'
	if v2; then
		# v2 has none: an error, or a warning
		if create; then [ -s "$T/err" ]; else refused swappiness; fi
	else
		up
		is "$(cat "$(group_of memory)/memory.swappiness")" 33
	fi
}
test_memory_swappiness_out_of_range_is_refused() { need_v1; resources 'memory: {swappiness: 101}'; refused; }
test_memory_disableOOMKiller() {
	need_v1
	resources 'memory: {limit: 33554432, disableOOMKiller: true}'
	up
	has "$(cat "$(group_of memory)/memory.oom_control")" 'oom_kill_disable 1'
}
test_memory_checkBeforeUpdate() {
	need_controller memory
	resources 'memory: {limit: 67108864}'
	up 'exec probe hog 32'
	eventually grep -q touched "$T/out" || true
	sleep 0.5
	printf '{"memory": {"limit": 8388608, "checkBeforeUpdate": true}}' >"$T/r"
	fails rt update --resources "$T/r" "$ID"
	is "$(status)" running
	limit_is memory memory.limit_in_bytes 67108864 memory.max 67108864
}
test_memory_kernel_is_ignored_or_refused() { resources 'memory: {kernel: -1, kernelTCP: -1}'; script 'exec sleep 1000'; create || refused kernel; }
test_cpu_shares() {
	need_controller cpu
	resources 'cpu: {shares: 2048}'
	up
	if v2; then
		matches "$(cat "$(group_of cpu)/cpu.weight")" '^(79|174)$' # linear, or the newer formula
	else
		is "$(cat "$(group_of cpu)/cpu.shares")" 2048
	fi
}
test_cpu_quota_and_period() {
	need_controller cpu
	resources 'cpu: {quota: 25000, period: 50000}'
	up
	limit_is cpu cpu.cfs_quota_us 25000 cpu.max '25000 50000'
	v2 || is "$(cat "$(group_of cpu)/cpu.cfs_period_us")" 50000
}
test_cpu_quota_alone() {
	need_controller cpu
	resources 'cpu: {quota: 25000}'
	up
	limit_is cpu cpu.cfs_quota_us 25000 cpu.max '25000 100000'
}
test_cpu_quota_unlimited() {
	need_controller cpu
	resources 'cpu: {quota: -1, period: 50000}'
	up
	limit_is cpu cpu.cfs_quota_us -1 cpu.max 'max 50000'
}
test_cpu_burst() {
	need_controller cpu
	resources 'cpu: {quota: 50000, period: 100000, burst: 20000}'
	up
	limit_is cpu cpu.cfs_burst_us 20000 cpu.max.burst 20000
}
test_cpu_burst_above_quota_is_refused() { need_controller cpu; resources 'cpu: {quota: 50000, burst: 60000}'; refused; }
test_cpu_idle() {
	need_controller cpu
	resources 'cpu: {idle: 1}'
	up
	limit_is cpu cpu.idle 1 cpu.idle 1
}
test_cpu_idle_out_of_range_is_refused() { need_controller cpu; resources 'cpu: {idle: 2}'; refused; }
test_cpu_realtime() {
	need_v1
	[ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || skip 'no real-time groups here'
	cgpath "/$ID-rt"
	resources 'cpu: {realtimePeriod: 1000000, realtimeRuntime: 1000}'
	up
	is "$(cat "$(group_of cpu)/cpu.rt_runtime_us")" 1000
	is "$(cat "$(group_of cpu)/cpu.rt_period_us")" 1000000
}
test_cpu_cpus_and_mems() {
	need_controller cpuset
	resources 'cpu: {cpus: "0", mems: "0"}'
	up
	limit_is cpuset cpuset.cpus 0 cpuset.cpus 0
	limit_is cpuset cpuset.mems 0 cpuset.mems 0
	is "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$PID/status")" 0
}
test_cpu_cpus_that_are_not_there_are_refused() { need_controller cpuset; resources 'cpu: {cpus: "4000"}'; refused; }
test_pids_limit() {
	need_controller pids
	resources 'pids: {limit: 20}'
	up
	limit_is pids pids.max 20 pids.max 20
}
test_pids_limit_takes_effect() {
	need_controller pids
	resources 'pids: {limit: 5}'
	script 'for i in 1 2 3 4 5 6 7 8; do sleep 10 & done 2>/dev/null; echo never'
	runs || true
	hasnt "$OUT" never
}
test_pids_limit_0_is_a_limit() {
	need_controller pids
	resources 'pids: {limit: 0}'
	script '/bin/true; echo never' # or 1: on v2 nothing is born into a group of 0
	runs || true
	hasnt "$OUT" never
	script 'exec sleep 1000'
	create
	PID=$(field pid)
	matches "$(limit pids pids.max pids.max)" '^[01]$'
}
test_pids_limit_minus_1_is_none() {
	need_controller pids
	resources 'pids: {limit: -1}'
	up
	limit_is pids pids.max max pids.max max
}
test_blockIO_weight() {
	if v2; then
		grep -qs . /sys/fs/cgroup/*/io.bfq.weight || skip 'no BFQ in use here'
	else
		need_controller blkio
		[ -e /sys/fs/cgroup/blkio/blkio.weight ] || [ -e /sys/fs/cgroup/blkio/blkio.bfq.weight ] || {
			resources 'blockIO: {weight: 200}'
			script 'exec sleep 1000'
			# there is no such file on this host: an error that names it, or a warning
			if create; then
				find "$(field pid >/dev/null; PID=$(field pid) group_of blkio)" -name '*weight' | xargs -r cat | grep -q 200 || [ -s "$T/err" ]
			else
				refused 'blkio|weight'
			fi
			return 0
		}
	fi
	resources 'blockIO: {weight: 200}'
	up
	grep -q 200 "$(group_of blkio)"/*weight
}
test_blockIO_throttle() {
	local dev
	dev=$(cat /sys/block/{vd,sd,nvme,loop}*/dev 2>/dev/null | head -n 1)
	[ -n "$dev" ] || skip 'no block device'
	if v2; then need_controller io; else need_controller blkio; fi
	local d="major: ${dev%:*}, minor: ${dev#*:}"
	resources "blockIO: {throttleReadBpsDevice: [{$d, rate: 1048576}], throttleWriteBpsDevice: [{$d, rate: 2097152}],
		throttleReadIOPSDevice: [{$d, rate: 100}], throttleWriteIOPSDevice: [{$d, rate: 200}]}"
	up
	if v2; then
		is "$(cat "$(group_of io)/io.max")" "$dev rbps=1048576 wbps=2097152 riops=100 wiops=200"
	else
		is "$(cat "$(group_of blkio)/blkio.throttle.read_bps_device")" "$dev 1048576"
		is "$(cat "$(group_of blkio)/blkio.throttle.write_bps_device")" "$dev 2097152"
		is "$(cat "$(group_of blkio)/blkio.throttle.read_iops_device")" "$dev 100"
		is "$(cat "$(group_of blkio)/blkio.throttle.write_iops_device")" "$dev 200"
	fi
}
test_hugepageLimits() {
	resources 'hugepageLimits: [{pageSize: "2MB", limit: 4194304}]'
	script 'exec sleep 1000'
	if ! create; then
		never grep -qsw hugetlb /sys/fs/cgroup/cgroup.controllers
		refused huge
		return 0
	fi
	PID=$(field pid)
	local found
	found=$(find /sys/fs/cgroup -path "*$ID*" -name 'hugetlb.2MB*' \( -name '*max' -o -name '*limit_in_bytes' \) -exec cat {} + 2>/dev/null | sort -u)
	has "$found" 4194304
}
test_hugepageLimits_unknown_size_is_refused() { resources 'hugepageLimits: [{pageSize: "3MB", limit: 4194304}]'; refused; }
test_network_without_its_controller_is_refused() {
	never grep -q net_cls /proc/self/cgroup || skip 'net_cls is here'
	resources 'network: {classID: 1048577}'
	refused 'net_cls|network'
}
test_rdma_without_its_controller_is_refused() {
	v2 && grep -qw rdma /sys/fs/cgroup/cgroup.controllers && skip 'rdma is here'
	resources 'rdma: {mlx5_1: {hcaHandles: 3}}'
	refused rdma
}
test_unified_on_v1_is_refused() { need_v1; resources 'unified: {"memory.high": "1000000"}'; refused unified; }
test_unified() {
	need_v2
	resources 'unified: {"memory.high": "10485760", "pids.max": "33", "cpu.weight": "77"}'
	up
	is "$(cat "$(group_of memory)/memory.high") $(cat "$(group_of pids)/pids.max") $(cat "$(group_of cpu)/cpu.weight")" '10485760 33 77'
}
test_unified_unknown_file_is_written() { need_v2; resources 'unified: {"cpu.max.burst": "0", "memory.oom.group": "1"}'; up; is "$(cat "$(group_of memory)/memory.oom.group")" 1; }
test_unified_unknown_controller_is_refused() { need_v2; resources 'unified: {"nosuch.max": "1"}'; refused nosuch; }
test_unified_path_is_refused() { need_v2; resources 'unified: {"../cgroup.procs": "1"}'; refused; }
test_resources_of_the_wrong_type_are_refused() { resources 'memory: {limit: "lots"}'; refused; }

# --- ownership of the group --------------------------------------------------------------

test_groups_stay_roots_on_v1() {
	need_v1
	userns
	with_ns cgroup
	mounted /sys/fs/cgroup cgroup cgroup nosuid noexec nodev relatime
	up
	is "$(stat -c %u "$(group_of memory)")" 0
	is "$(stat -c %u "$(group_of memory)/cgroup.procs")" 0
}
owned() {
	userns
	with_ns cgroup
	mounted /sys/fs/cgroup cgroup cgroup nosuid noexec nodev relatime "$@"
	up
}
test_a_writable_group_on_v2_is_the_users() {
	need_v2
	owned rw
	local f
	is "$(stat -c %u "$(group_of memory)")" 100000
	for f in cgroup.procs cgroup.subtree_control cgroup.threads; do is "$(stat -c %u "$(group_of memory)/$f")" 100000 $f; done
	is "$(stat -c %u "$(group_of memory)/memory.max")" 0
}
# The specification names the user of process, which may be another than root.
test_a_writable_group_on_v2_is_that_of_the_processs_user() {
	need_v2
	config '.process.user = {uid: 1000, gid: 1000}'
	owned rw
	is "$(stat -c %u "$(group_of memory)")" 101000
}
test_a_writable_group_on_v2_without_a_user_namespace() {
	need_v2
	config '.process.user = {uid: 1000, gid: 1000}'
	with_ns cgroup
	mounted /sys/fs/cgroup cgroup cgroup nosuid noexec nodev relatime rw
	up
	is "$(stat -c %u "$(group_of memory)")" 1000
	is "$(stat -c %u "$(group_of memory)/cgroup.procs")" 1000
}
test_a_group_below_another_mount_on_v2_stays_roots() {
	need_v2
	userns
	with_ns cgroup
	mkdir "$T/other"
	mounted /sys/fs/cgroup bind "$T/other" rbind rw
	up
	is "$(stat -c %u "$(group_of memory)")" 0
}
test_a_read_only_group_on_v2_stays_roots() { need_v2; owned ro; is "$(stat -c %u "$(group_of memory)")" 0; }
test_without_a_cgroup_mount_it_stays_roots() { need_v2; userns; with_ns cgroup; up; is "$(stat -c %u "$(group_of memory)")" 0; }

# --- update ------------------------------------------------------------------------------

test_update_every_flag() {
	resources 'memory: {limit: 33554432, swap: 33554432}, cpu: {shares: 100}, pids: {limit: 10}'
	up
	quiet rt update --memory 67108864 --memory-swap 134217728 --memory-reservation 16777216 --cpu-share 512 \
		--cpu-quota 30000 --cpu-period 60000 --pids-limit 44 --cpuset-cpus 0 --cpuset-mems 0 "$ID"
	limit_is memory memory.limit_in_bytes 67108864 memory.max 67108864
	limit_is memory memory.memsw.limit_in_bytes 134217728 memory.swap.max 67108864
	limit_is memory memory.soft_limit_in_bytes 16777216 memory.low 16777216
	limit_is cpu cpu.cfs_quota_us 30000 cpu.max '30000 60000'
	limit_is pids pids.max 44 pids.max 44
	limit_is cpuset cpuset.cpus 0 cpuset.cpus 0
	v2 || is "$(cat "$(group_of cpu)/cpu.shares")" 512
	is "$(status)" running
}
test_update_burst_and_idle() {
	"$RT" update --help | grep -q cpu-burst || skip 'no --cpu-burst in this runtime'
	resources 'cpu: {quota: 50000, period: 100000}'
	up
	quiet rt update --cpu-burst 10000 "$ID"
	limit_is cpu cpu.cfs_burst_us 10000 cpu.max.burst 10000
	quiet rt update --cpu-idle 1 "$ID"
	limit_is cpu cpu.idle 1 cpu.idle 1
}
test_update_quota_to_none() {
	resources 'cpu: {quota: 50000, period: 100000}'
	up
	quiet rt update --cpu-quota -1 "$ID"
	limit_is cpu cpu.cfs_quota_us -1 cpu.max 'max 100000'
}
test_update_memory_to_none() {
	resources 'memory: {limit: 33554432, swap: 33554432}'
	up
	quiet rt update --memory -1 --memory-swap -1 "$ID"
	if v2; then
		is "$(cat "$(group_of memory)/memory.max")" max
	else
		[ "$(cat "$(group_of memory)/memory.limit_in_bytes")" -gt 1000000000000 ]
	fi
}
test_update_both_ways_past_each_other() { # limit and swap in the order that the kernel takes
	resources 'memory: {limit: 33554432, swap: 33554432}'
	up
	quiet rt update --memory 134217728 --memory-swap 134217728 "$ID"
	limit_is memory memory.limit_in_bytes 134217728 memory.max 134217728
	quiet rt update --memory 33554432 --memory-swap 33554432 "$ID"
	limit_is memory memory.limit_in_bytes 33554432 memory.max 33554432
}
test_update_of_a_created_container() {
	script 'exec sleep 1000'
	create
	PID=$(field pid)
	quiet rt update --pids-limit 44 "$ID"
	limit_is pids pids.max 44 pids.max 44
	is "$(status)" created
}
test_update_of_a_stopped_container_fails() { up 'exit 0'; becomes stopped; fails rt update --pids-limit 44 "$ID"; }
test_update_memory_with_a_unit() {
	resources 'memory: {limit: 33554432}'
	up
	quiet rt update --memory 64M "$ID"
	limit_is memory memory.limit_in_bytes 67108864 memory.max 67108864
}
test_update_resources_from_a_file() {
	up
	echo '{"pids": {"limit": 21}, "memory": {"limit": 67108864}}' >"$T/r.json"
	quiet rt update --resources "$T/r.json" "$ID"
	limit_is pids pids.max 21 pids.max 21
	limit_is memory memory.limit_in_bytes 67108864 memory.max 67108864
}
update_stdin() { echo '{"pids": {"limit": 22}}' | rt update "$@" >"$T/out" 2>"$T/err" || { cat "$T/err"; return 1; }; }
test_update_resources_equals_dash() { up; update_stdin --resources=- "$ID"; limit_is pids pids.max 22 pids.max 22; }
test_update_resources_space_dash() { up; update_stdin --resources - "$ID"; limit_is pids pids.max 22 pids.max 22; }
test_update_r_dash() { up; update_stdin -r - "$ID"; limit_is pids pids.max 22 pids.max 22; }
# A socket cannot be opened by its name, ENXIO: what is in one is read from the descriptor.
update_from_a_socket() { # LIMIT NAME
	echo "{\"pids\": {\"limit\": $1}}" >"$T/r.json"
	quiet python3 "$HERE/on-socket.py" "$T/r.json" timeout 10 "$RT" --root "$STATE" update --resources "$2" "$ID"
	limit_is pids pids.max $1 pids.max $1
}
test_update_resources_from_a_socket() { up; update_from_a_socket 31 -; }
test_update_resources_from_a_socket_by_name() {
	up
	update_from_a_socket 32 /dev/stdin
	update_from_a_socket 33 /dev/fd/0
	update_from_a_socket 34 /proc/self/fd/0
}
test_update_leaves_the_rest() {
	resources 'memory: {limit: 33554432}, cpu: {quota: 25000, period: 50000}'
	up
	quiet rt update --pids-limit 44 "$ID"
	limit_is memory memory.limit_in_bytes 33554432 memory.max 33554432
	limit_is cpu cpu.cfs_quota_us 25000 cpu.max '25000 50000'
	quiet rt update --cpu-quota 10000 "$ID"
	limit_is cpu cpu.cfs_quota_us 10000 cpu.max '10000 50000'
}
test_update_leaves_the_devices() {
	mknod -m 666 "$ROOTFS/data/dev" c 10 237
	resources 'devices: [{allow: false, access: "rwm"}]'
	up
	quiet rt update --pids-limit 44 "$ID"
	in_exec 'probe open /data/dev r; echo x >/dev/null && echo null'
	is "$OUT" $'errno 1\nnull'
}
test_update_twice_is_kept() {
	up
	quiet rt update --pids-limit 44 "$ID"
	quiet rt update --memory 67108864 "$ID"
	limit_is pids pids.max 44 pids.max 44
}
test_update_of_an_unknown_id_fails() { fails rt update --pids-limit 5 "$ID"; has "$ERR" 'does not exist'; }
test_update_bad_values_fail() {
	up
	fails rt update --memory lots "$ID"
	fails rt update --cpuset-cpus 4000 "$ID"
	is "$(status)" running
}
test_update_bad_json_fails() { up; echo '{' >"$T/r"; fails rt update --resources "$T/r" "$ID"; }
test_update_error_leaves_the_old_limits() {
	resources 'pids: {limit: 10}, memory: {limit: 67108864}'
	up
	fails rt update --pids-limit 44 --cpuset-cpus 4000 "$ID"
	limit_is memory memory.limit_in_bytes 67108864 memory.max 67108864
}

run_tests
