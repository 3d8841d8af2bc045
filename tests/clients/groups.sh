# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# To be sourced: where processes are in the control groups, v1 or v2.

group_of() { # PID CONTROLLER: its directory
	local c=$2 path
	if [ -e /sys/fs/cgroup/cgroup.procs ]; then
		echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup")"
		return
	fi
	case $c in unified) c='' ;; systemd) c=name=systemd ;; esac
	path=$(awk -F: -v c="$c" '$2 == c { print $3 }' "/proc/$1/cgroup")
	path=/sys/fs/cgroup/$2$path
	echo "${path%/}"
}

own_group() { # CONTROLLER
	group_of self "$1"
}
