#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# config-linux.md: netDevices, of specification 1.3. Each script has a network namespace of its own: that plays the host.
. "$(dirname "$0")/lib.sh"

pair() { # a veth pair: nd$COUNT is for the container
	DEV=nd$COUNT
	ip link add "$DEV" type veth peer name "pe$COUNT"
}
unpair() { ip link del "pe$COUNT" 2>/dev/null || true; }
device() { config '.linux.netDevices = {($d): ('"${1-{\}}"')}' --arg d "$DEV"; }
on_host() { ip link show "$DEV" >/dev/null 2>&1; }

test_a_device_is_moved() {
	pair
	device
	up
	in_exec "ls /sys/class/net"
	has "$OUT" "$DEV"
	never on_host
	unpair
}
test_a_device_is_renamed() {
	pair
	device '{name: "eth0"}'
	up
	in_exec "ls /sys/class/net"
	has "$OUT" eth0
	hasnt "$OUT" "$DEV"
	never on_host
	unpair
}
test_it_is_up() {
	pair
	ip link set "$DEV" down
	device
	up
	in_exec "cat /sys/class/net/$DEV/flags"
	is $((OUT & 1)) 1
	unpair
}
test_it_is_there_at_create() {
	pair
	device
	script 'exec sleep 1000'
	create
	PID=$(field pid)
	never on_host
	nsenter -t "$PID" -n ip link show "$DEV" >/dev/null
	unpair
}
test_createRuntime_hooks_see_it() {
	pair
	device
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $s], env: ["PATH=/bin:/sbin:/usr/bin:/usr/sbin"]}]' \
		--arg s "pid=\$(tr -d '\\n' | sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/'); nsenter -t \$pid -n ip -br link >$T/seen"
	up
	has "$(cat "$T/seen")" "$DEV"
	unpair
}
test_addresses_are_kept() {
	pair
	ip addr add 10.77.0.1/24 dev "$DEV"
	ip addr add 10.78.0.1/16 dev "$DEV"
	ip -6 addr add fd77::1/64 dev "$DEV" nodad
	device '{name: "eth0"}'
	up
	nsenter -t "$PID" -n ip -o addr show dev eth0 >"$T/addr"
	grep -q '10.77.0.1/24' "$T/addr"
	grep -q '10.78.0.1/16' "$T/addr"
	grep -q 'fd77::1/64' "$T/addr"
	unpair
}
test_addresses_of_link_scope_are_not_needed_but_harmless() {
	pair
	ip addr add 169.254.9.9/16 scope link dev "$DEV"
	device
	up
	in_exec 'echo runs'
	is "$OUT" runs
	unpair
}
test_mtu_and_address_are_kept() {
	pair
	ip link set "$DEV" mtu 1300 address 02:00:00:00:77:01
	device '{name: "eth0"}'
	up
	in_exec 'cat /sys/class/net/eth0/mtu /sys/class/net/eth0/address'
	is "$OUT" $'1300\n02:00:00:00:77:01'
	unpair
}
test_traffic_flows() {
	pair
	ip addr add 10.77.1.1/24 dev "$DEV"
	ip addr add 10.77.1.2/24 dev "pe$COUNT"
	ip link set "pe$COUNT" up
	device
	up
	nsenter -t "$PID" -n ping -c 1 -W 3 10.77.1.2 >/dev/null
	unpair
}
test_several_devices() {
	pair
	ip link add "xx$COUNT" type veth peer name "xp$COUNT"
	config '.linux.netDevices = {($a): {name: "eth0"}, ($b): {name: "eth1"}}' --arg a "$DEV" --arg b "xx$COUNT"
	up
	in_exec 'ls /sys/class/net'
	has "$OUT" eth0
	has "$OUT" eth1
	ip link del "xp$COUNT"
	unpair
}
test_a_template_name() {
	pair
	ip netns add "$PREFIX-$COUNT"
	ip -n "$PREFIX-$COUNT" link add eth0 type veth peer name peer0
	with_ns network "/run/netns/$PREFIX-$COUNT"
	device '{name: "eth%d"}'
	up
	in_exec 'ls /sys/class/net'
	has "$OUT" eth1
	ip netns del "$PREFIX-$COUNT"
	unpair
}
test_a_taken_name_is_refused() {
	pair
	ip netns add "$PREFIX-$COUNT"
	ip -n "$PREFIX-$COUNT" link add eth0 type veth peer name peer0
	with_ns network "/run/netns/$PREFIX-$COUNT"
	device '{name: "eth0"}'
	refused
	on_host
	ip netns del "$PREFIX-$COUNT"
	unpair
}
test_a_device_that_is_not_there_is_refused() { DEV=none0; device; refused none0; }
test_without_a_network_namespace_it_is_refused() {
	pair
	without_ns network
	device
	refused
	on_host
	unpair
}
test_a_bad_name_is_refused() {
	pair
	local n
	for n in 'a/b' 'a:b' '..' 'x y' 'much-too-long-a-name'; do
		device "{name: \"$n\"}"
		refused
		on_host
	done
	unpair
}
test_two_of_one_name_are_refused() {
	pair
	ip link add "xx$COUNT" type veth peer name "xp$COUNT"
	config '.linux.netDevices = {($a): {name: "eth0"}, ($b): {name: "eth0"}}' --arg a "$DEV" --arg b "xx$COUNT"
	refused
	on_host
	ip link show "xx$COUNT" >/dev/null
	ip link del "xp$COUNT"
	unpair
}
test_a_later_failure_gives_it_back() {
	pair
	ip addr add 10.77.0.1/24 dev "$DEV"
	device '{name: "eth0"}'
	config '.hooks.createContainer = [{path: "/bin/false"}]'
	refused
	on_host
	unpair
}
test_it_stays_with_a_namespace_by_path() {
	pair
	ip netns add "$PREFIX-$COUNT"
	with_ns network "/run/netns/$PREFIX-$COUNT"
	device '{name: "eth0"}'
	up
	quiet rt delete --force "$ID"
	# the namespace's owner looks after it from now on, or the runtime gave it back: it is not lost
	ip -n "$PREFIX-$COUNT" link show eth0 >/dev/null 2>&1 || on_host
	ip netns del "$PREFIX-$COUNT"
	unpair
}
test_in_a_user_namespace() {
	pair
	userns
	ip addr add 10.77.0.1/24 dev "$DEV"
	device '{name: "eth0"}'
	up
	nsenter -t "$PID" -n ip -o addr show dev eth0 | grep -q 10.77.0.1/24
	unpair
}

run_tests
