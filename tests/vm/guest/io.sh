# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317 # the functions are called by check
# Limits of a disk hold: the scratch disk, direct I/O, by what the kernel counts for the VNF's group.
io=/scratch/io
mkdir -m 1777 $io
dd if=/dev/zero of=$io/data bs=1M count=32 status=none
sync

reader='while :; do dd if=/data/data of=/dev/null bs=64k iflag=direct status=none; done'
writer='while :; do dd if=/dev/zero of=/data/out bs=64k count=256 oflag=direct conv=notrunc status=none; done'

vnf() { # NAME SCRIPT [LIMITS]: a VNF that has the scratch disk at /data
	jq -n --arg name "$1" --arg script "$2" --argjson limits "${3-null}" '
		{ name: $name, process: { args: ["/bin/sh", "-c", $script] },
		  mounts: [{ type: "bind", source: "/scratch/io", target: "/data" }] } +
		if $limits then { resources: { io: { devices: [{ path: "/scratch/io" } + $limits] } } } else {} end' \
		>"/run/$1.json" && "$NFRUN" start "/run/$1.json"
}
group() { jq -r '.cgroup[] | select(startswith("=")) | .[1:]' "$NFRUN_ROOT/$1/state.json"; }
count() { # NAME KEY: of io.stat
	sed -n "s/.* $2=\([0-9]*\).*/\1/p" "$(group "$1")/io.stat" | awk '{ n += $1 } END { print n + 0 }'
}
per_second() { # NAME KEY
	local before start=$EPOCHREALTIME
	before=$(count "$1" "$2")
	sleep 4
	awk "BEGIN { printf \"%d\", ($(count "$1" "$2") - $before) / ($EPOCHREALTIME - $start) }"
}
holds() { # NAME KEY RATE: within 10 %, in one of three looks
	local rate
	for _ in 1 2 3; do
		sleep 1
		rate=$(per_second "$1" "$2")
		echo "$2 of $1: $rate a second, limit $3"
		awk "BEGIN { exit !($rate > 0.9 * $3 && $rate < 1.1 * $3) }" && return
	done
	return 1
}

read_bps() { vnf reader "$reader" '{ "read_bps": "4M", "write_bps": "1M" }' && holds reader rbytes 4194304; }
write_bps() { vnf writer "$writer" '{ "read_bps": "1M", "write_bps": "2M" }' && holds writer wbytes 2097152; }
changed_live() { "$NFRUN" update reader --io /scratch/io:read_bps=1M && holds reader rbytes 1048576; }
iops() { "$NFRUN" update reader --io /scratch/io:read_bps=max,read_iops=20 && holds reader rios 20; }
others_are_free() { # while the limited two are at work
	local rate
	vnf free "$reader" '{ "read_bps": "500M" }' || return
	rate=$(per_second free rbytes)
	echo "$rate bytes a second"
	[ "$rate" -gt 8388608 ]
}
not_a_disk() {
	local said
	said=$(vnf odd "$reader" '{ "read_bps": "4M", "path": "/proc" }' 2>&1) && return 1
	printf '%s\n' "$said"
	[[ $said == */resources/io/devices/0/path* ]]
}

check 'io: read_bps holds on a disk, by the path of a directory on it' read_bps
check 'io: write_bps holds' write_bps
check 'io: changed live' changed_live
check 'io: others are not slowed' others_are_free
check 'io: read_iops holds' iops
check 'io: what lies on no disk is refused' not_a_disk
for name in reader writer free odd; do "$NFRUN" delete --force "$name" 2>/dev/null; done
rm -rf $io
