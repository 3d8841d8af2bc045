#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# config-linux.md: namespaces, id mappings, time offsets, sysctl, personality.
. "$(dirname "$0")/lib.sh"

ns() { readlink "/proc/${2-self}/ns/$1"; }
holder() { # UNSHARE-OPTION...: a process in new namespaces; its pid is $HOLDER
	unshare "$@" sh -c 'echo $$ >"$0"; exec sleep 1000' "$T/holder" </dev/null >/dev/null 2>&1 &
	eventually test -s "$T/holder"
	HOLDER=$(cat "$T/holder")
}
drop() { kill -KILL "$HOLDER"; }

# --- new, inherited, by path -----------------------------------------------------------

new_ns() { # TYPE FILE
	with_ns "$1"
	up
	isnt "$(ns "$2" "$PID")" "$(ns "$2")" "$1"
}
test_new_pid() { new_ns pid pid; in_exec 'echo $$'; [ "$OUT" -lt 20 ]; is "$(awk '/^NSpid/ { print $NF }' "/proc/$PID/status")" 1; }
test_new_network() { new_ns network net; in_exec 'ls /sys/class/net'; is "$OUT" lo; }
test_new_mount() { new_ns mount mnt; }
test_new_ipc() { new_ns ipc ipc; }
test_new_uts() { new_ns uts uts; }
test_new_cgroup() {
	new_ns cgroup cgroup
	in_exec 'cat /proc/self/cgroup'
	hasnt "$OUT" "$ID"
	matches "$OUT" ':pids:/$|^0::/$'
}
test_new_user() {
	userns
	up
	isnt "$(ns user "$PID")" "$(ns user)"
}
test_new_time() { new_ns time time; }
test_lo_is_up() {
	inside 'ip link show lo'
	has "$OUT" ,UP
}

inherited_ns() { # TYPE FILE
	without_ns "$1"
	up
	is "$(ns "$2" "$PID")" "$(ns "$2")" "$1"
}
test_inherited_network() { inherited_ns network net; }
test_inherited_ipc() { inherited_ns ipc ipc; }
test_inherited_uts() { inherited_ns uts uts; }
test_inherited_pid() { inherited_ns pid pid; }
test_inherited_cgroup() { inherited_ns cgroup cgroup; }
test_inherited_user() { inherited_ns user user; }
test_inherited_time() { inherited_ns time time; }
# A root of its own needs a mount namespace; without one a runtime may refuse, but must not pivot the host's.
test_inherited_mount_leaves_the_host_alone() {
	without_ns mount
	config 'del(.mounts, .linux.maskedPaths, .linux.readonlyPaths)'
	local before rc=0
	before=$(cut -d' ' -f5 /proc/self/mountinfo)
	script 'exit 0'
	rt run --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" || rc=$?
	is "$(cut -d' ' -f5 /proc/self/mountinfo)" "$before"
	[ $rc = 0 ] || [ -s "$T/err" ]
}

by_path() { # TYPE FILE
	with_ns "$1" "/proc/$HOLDER/ns/$2"
	up
	is "$(ns "$2" "$PID")" "$(ns "$2" "$HOLDER")" "$1"
	drop
}
test_path_network() { holder --net; by_path network net; }
test_path_ipc() { holder --ipc; by_path ipc ipc; }
test_path_uts() { holder --uts; by_path uts uts; }
test_path_pid() {
	holder --pid --fork --kill-child
	HOLDER=$(pgrep -P "$HOLDER" || echo "$HOLDER")
	# $$ in there is 1: the holder by our count is the sleep
	HOLDER=$(pgrep -n -f '^sleep 1000$')
	with_ns pid "/proc/$HOLDER/ns/pid"
	up 'exec sleep 2000'
	is "$(ns pid "$PID")" "$(ns pid "$HOLDER")"
	kill -0 "$PID"
	quiet rt kill "$ID" KILL
	becomes stopped
	kill -0 "$HOLDER"
	drop
}
test_path_cgroup() { holder --cgroup; by_path cgroup cgroup; }
test_path_time() { holder --time --monotonic 7777; by_path time time; }
test_path_user() {
	holder --user
	local user=$HOLDER
	echo '0 100000 65536' >"/proc/$user/uid_map"
	echo '0 100000 65536' >"/proc/$user/gid_map"
	userns
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	with_ns user "/proc/$user/ns/user"
	up
	is "$(ns user "$PID")" "$(ns user "$user")"
	drop
}
test_path_bound_to_a_file() {
	ip netns add "$PREFIX-$COUNT"
	ip -n "$PREFIX-$COUNT" link add mark0 type bridge
	with_ns network "/run/netns/$PREFIX-$COUNT"
	inside 'ls /sys/class/net'
	has "$OUT" mark0
	ip netns del "$PREFIX-$COUNT"
}
test_exec_is_in_the_namespaces() {
	with_ns cgroup
	up
	quiet rt exec -d --pid-file "$T/pid" "$ID" sleep 3000
	local n
	for n in pid net ipc uts mnt cgroup; do is "$(ns $n "$(cat "$T/pid")")" "$(ns $n "$PID")" $n; done
}

# --- errors ----------------------------------------------------------------------------

test_path_of_another_type_is_refused() {
	with_ns network "/proc/self/ns/uts"
	refused
	with_ns network "/proc/$$/ns/uts"
	refused
}
test_path_that_is_no_namespace_is_refused() { touch "$T/file"; with_ns network "$T/file"; refused; }
test_path_that_is_not_there_is_refused() { with_ns network /no/such/namespace; refused; }
test_path_relative_is_refused() {
	mkdir -p "$B/ns"
	touch "$B/ns/net"
	mount --bind /proc/self/ns/net "$B/ns/net"
	with_ns network ns/net
	refused
	umount "$B/ns/net"
}
test_duplicate_is_refused() { config '.linux.namespaces += [{type: "network"}]'; refused; }
test_duplicate_by_path_is_refused() { config '.linux.namespaces += [{type: "ipc", path: "/proc/1/ns/ipc"}]'; refused; }
test_unknown_type_is_refused() { with_ns nosuch; refused; }
test_type_absent_is_refused() { config '.linux.namespaces += [{path: "/proc/self/ns/net"}]'; refused; }

# --- user namespaces -------------------------------------------------------------------

test_mappings() {
	userns
	config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}, {containerID: 1000, hostID: 300000, size: 5}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1000}]'
	inside 'cat /proc/self/uid_map; echo; cat /proc/self/gid_map; id -u'
	is "$(tr -s ' \n' ' ' <<<"$OUT")" ' 0 100000 1000 1000 300000 5 0 100000 1000 0 '
}
test_mappings_leave_ownership() {
	userns
	chown 0:0 "$ROOTFS/data"
	inside 'stat -c %u /data; stat -c %u /bin'
	is "$OUT" $'65534\n0'
	is "$(stat -c %u "$ROOTFS/data") $(stat -c %u "$ROOTFS/bin")" '0 100000'
}
test_user_namespace_whole() {
	userns
	with_ns cgroup
	mounted /dev/mqueue mqueue mqueue nosuid noexec nodev
	config '.linux.maskedPaths = ["/proc/kcore"] | .linux.readonlyPaths = ["/proc/sys"] | .hostname = "inner"'
	inside 'id -u; hostname; echo x >/dev/null && echo null; touch /data/x && stat -c %u /data/x; ls /sys/class/net; ls -la /dev/zero | cut -c1'
	is "$OUT" $'0\ninner\nnull\n0\nlo\nc'
	is "$(stat -c %u "$ROOTFS/data/x")" 100000
}
test_user_namespace_and_another_user() {
	userns
	config '.process.user = {uid: 1000, gid: 1000}'
	inside 'id -u; id -g'
	is "$OUT" $'1000\n1000'
}
test_user_namespace_capabilities_are_its_own() {
	userns
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_NET_ADMIN"])'
	inside 'mount -t tmpfs tmpfs /data && echo mounted; ip link add br0 type bridge && echo link; hostname new && echo name'
	is "$OUT" $'mounted\nlink\nname'
}
test_user_namespace_without_mappings_is_refused() { with_ns user; refused; }
test_user_that_is_not_mapped_is_refused() {
	userns
	config '.linux |= (.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] | .gidMappings = .uidMappings)
		| .process.user = {uid: 5000, gid: 0}'
	refused
}
test_overlapping_mappings_are_refused() {
	userns
	config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}, {containerID: 5, hostID: 200000, size: 10}]'
	refused
}
test_exec_in_a_user_namespace() {
	userns
	up
	in_exec 'id -u; cat /proc/self/uid_map'
	matches "$OUT" '^ +0 +100000 +65536'
	in_exec 'id -u' --user 1000:1000
	is "$OUT" 1000
}

# --- time ------------------------------------------------------------------------------

test_timeOffsets() {
	with_ns time
	config '.linux.timeOffsets = {monotonic: {secs: 172800, nanosecs: 7}, boottime: {secs: 604800}}'
	inside 'cat /proc/self/timens_offsets; cut -d. -f1 /proc/uptime'
	matches "$OUT" '^monotonic +172800 +7$'
	matches "$OUT" '^boottime +604800 +0$'
	[ "$(tail -n 1 <<<"$OUT")" -gt 604800 ]
	[ "$(cut -d. -f1 /proc/uptime)" -lt "$(tail -n 1 <<<"$OUT")" ]
}
test_timeOffsets_negative() {
	[ "$(cut -d. -f1 /proc/uptime)" -gt 20 ] || sleep 15
	with_ns time
	config '.linux.timeOffsets = {boottime: {secs: -10}}'
	inside 'cat /proc/self/timens_offsets'
	matches "$OUT" '^boottime +-10 +0$'
}
test_timeOffsets_hold_for_exec() {
	with_ns time
	config '.linux.timeOffsets = {boottime: {secs: 604800}}'
	up
	in_exec 'cut -d. -f1 /proc/uptime'
	[ "$OUT" -gt 604800 ]
}
# They are written before the namespace of the mounts is entered, where /proc may be anything. Linux 6.18 binds only mount
# namespaces with a higher number than one's own, and numbers them by CPU: the first may not do.
bind_mount_namespace() { # FILE; $HOLDER is in it
	rm -f "$T/holder"
	holder --mount --propagation private sh -c 'mount -t tmpfs tmpfs /proc && mkdir /proc/self && echo mine >/proc/self/timens_offsets
		exec "$@"' sh
	mount --bind "/proc/$HOLDER/ns/mnt" "$1" 2>/dev/null || { drop; return 1; }
}
test_timeOffsets_with_a_joined_mount_namespace() {
	mkdir "$T/ns"
	mount --bind "$T/ns" "$T/ns" && mount --make-private "$T/ns"
	touch "$T/ns/mnt"
	eventually bind_mount_namespace "$T/ns/mnt"
	with_ns mount "$T/ns/mnt"
	with_ns time
	config '.linux.timeOffsets = {boottime: {secs: 604800}} | .mounts = [{destination: "/proc", type: "proc", source: "proc"}] |
		.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	inside 'cut -d. -f1 /proc/uptime'
	local fake
	fake=$(nsenter -t "$HOLDER" -m cat /proc/self/timens_offsets)
	drop
	is "$fake" mine
	[ "$OUT" -gt 604800 ]
}
test_timeOffsets_without_a_namespace_are_refused() { config '.linux.timeOffsets = {monotonic: {secs: 1}}'; refused; }
test_timeOffsets_unknown_clock_is_refused() { with_ns time; config '.linux.timeOffsets = {sundial: {secs: 1}}'; refused; }
test_timeOffsets_too_many_nanoseconds_are_refused() {
	with_ns time
	config '.linux.timeOffsets = {monotonic: {nanosecs: 1000000000}}'
	refused
}

# --- sysctl ----------------------------------------------------------------------------

test_sysctl() {
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "net.core.somaxconn": "256", "kernel.shmmax": "123456789",
		"net/ipv4/conf/lo/rp_filter": "2", "fs.mqueue.queues_max": "99"}'
	inside 'cd /proc/sys; cat net/ipv4/ip_forward net/core/somaxconn kernel/shmmax net/ipv4/conf/lo/rp_filter fs/mqueue/queues_max'
	is "$OUT" $'1\n256\n123456789\n2\n99'
}
test_sysctl_with_read_only_proc_sys() {
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.readonlyPaths = ["/proc/sys"]'
	inside 'cat /proc/sys/net/ipv4/ip_forward'
	is "$OUT" 1
}
test_sysctl_after_createRuntime_hooks() {
	# the hook makes the interface that the sysctl names
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $s], env: ["PATH=/bin:/sbin:/usr/bin:/usr/sbin"]}] |
		.linux.sysctl = {"net.ipv4.conf.late0.rp_filter": "2"}' \
		--arg s "pid=\$(tr -d '\\n' | sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/'); nsenter -t \$pid -n ip link add late0 type bridge"
	inside 'cat /proc/sys/net/ipv4/conf/late0/rp_filter'
	is "$OUT" 2
}
test_sysctl_of_the_host_is_refused() {
	local before
	before=$(cat /proc/sys/vm/swappiness)
	config '.linux.sysctl = {"vm.swappiness": "33"}'
	refused
	is "$(cat /proc/sys/vm/swappiness)" "$before"
}
test_sysctl_net_without_a_network_namespace_is_refused() {
	without_ns network
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	refused
	is "$(cat /proc/sys/net/ipv4/ip_forward)" 0
}
test_sysctl_ipc_without_an_ipc_namespace_is_refused() {
	without_ns ipc
	config '.linux.sysctl = {"kernel.shmmax": "12345"}'
	refused
}
test_sysctl_that_is_not_there_is_refused() { config '.linux.sysctl = {"net.ipv4.no_such_key": "1"}'; refused; }
test_sysctl_of_a_number_is_refused() { config '.linux.sysctl = {"net.ipv4.ip_forward": 1}'; refused; }
# CVE-2025-52881: what lies over /proc is not written to in its place.
test_sysctl_is_not_written_to_what_covers_it() {
	echo mine >"$T/file"
	chmod 666 "$T/file"
	userns
	mounted /proc/sys/kernel/ns_last_pid bind "$T/file" bind rw
	config '.linux.sysctl = {"kernel.ns_last_pid": "5"}'
	refused ns_last_pid
	is "$(cat "$T/file")" mine
}
test_sysctl_is_not_written_to_an_image() {
	mkdir -p "$ROOTFS/proc/sys/net/ipv4"
	echo mine >"$ROOTFS/proc/sys/net/ipv4/ip_forward"
	config '.mounts |= map(select(.type != "proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = [] |
		.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	refused '/proc'
	is "$(cat "$ROOTFS/proc/sys/net/ipv4/ip_forward")" mine
	# a link leads to a real proc, and to a file there that was not meant
	rm -r "$ROOTFS/proc/sys"
	ln -s /data/self "$ROOTFS/proc/sys"
	config '.mounts += [{destination: "/data", type: "proc", source: "proc"}] | .linux.sysctl = {"kernel/../comm": "x", "net.x": "1"}'
	refused
}
test_sysctl_is_not_written_through_a_mount_of_the_image() {
	mkdir -p "$T/proc/sys/net/ipv4"
	echo mine >"$T/proc/sys/net/ipv4/ip_forward"
	config '.mounts |= map(select(.type != "proc")) | .linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.maskedPaths = [] |
		.linux.readonlyPaths = []'
	mounted /proc/sys bind "$T/proc/sys" rbind rw
	refused '/proc'
	is "$(cat "$T/proc/sys/net/ipv4/ip_forward")" mine
}
test_sysctl_dots_do_not_escape() { config '.linux.sysctl = {"net/../vm/swappiness": "33"}'; refused; }

# --- personality -------------------------------------------------------------------------

test_personality() { config '.linux.personality = {domain: "LINUX32"}'; inside 'uname -m; probe personality'; is "$OUT" $'i686\n8'; }
test_personality_linux() { config '.linux.personality = {domain: "LINUX"}'; inside 'probe personality'; is "$OUT" 0; }
test_personality_of_exec() {
	config '.linux.personality = {domain: "LINUX32"}'
	up
	in_exec 'uname -m'
	is "$OUT" i686
}
test_personality_unknown_domain_is_refused() { config '.linux.personality = {domain: "VMS"}'; refused; }
test_personality_without_domain_is_refused() { config '.linux.personality = {}'; refused; }
test_personality_flags_are_refused() { config '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}'; refused; }

# --- memory policy -------------------------------------------------------------------------

test_memoryPolicy_bind() {
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
	inside 'probe mempolicy'
	is "$OUT" 'mode 2 nodes 1'
}
test_memoryPolicy_static_nodes() {
	config '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
	inside 'probe mempolicy'
	is "$OUT" 'mode 32771 nodes 1'
}
test_memoryPolicy_local() { config '.linux.memoryPolicy = {mode: "MPOL_LOCAL"}'; inside 'probe mempolicy'; matches "$OUT" '^mode 4 '; }
test_memoryPolicy_default() { config '.linux.memoryPolicy = {mode: "MPOL_DEFAULT"}'; inside 'probe mempolicy'; matches "$OUT" '^mode 0 '; }
test_memoryPolicy_unknown_mode_is_refused() { config '.linux.memoryPolicy = {mode: "MPOL_X", nodes: "0"}'; refused; }
test_memoryPolicy_unknown_flag_is_refused() { config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["X"]}'; refused; }
test_memoryPolicy_bad_nodes_are_refused() { config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "x"}'; refused; }
test_memoryPolicy_node_that_is_not_there_is_refused() { config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "63"}'; refused; }

# --- Intel RDT: no machine of ours has it ----------------------------------------------------

test_intelRdt_without_resctrl_is_refused() {
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip 'resctrl is here'
	config '.linux.intelRdt = {closID: "guaranteed", l3CacheSchema: "L3:0=f"}'
	refused 'rdt|resctrl'
	config '.linux.intelRdt = {schemata: ["L3:0=f"], enableMonitoring: true}'
	refused 'rdt|resctrl'
}
test_intelRdt_bad_schema_is_refused() {
	config '.linux.intelRdt = {memBwSchema: "MB:0=70\nL3:0=f"}'
	refused
	config '.linux.intelRdt = {memBwSchema: "L3:0=f"}'
	refused
}

run_tests
