# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317 # the functions are called by check
# The guest is what these tests are for: cgroup v2 alone, with every controller of ours.
v2_alone() {
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] && ! grep -q ' cgroup ' /proc/mounts
}
controllers() {
	local c
	for c in cpu cpuset memory pids; do
		grep -qw "$c" /sys/fs/cgroup/cgroup.controllers || return
	done
}
check 'the guest has cgroup v2 alone' v2_alone
check 'the guest has the controllers' controllers
