# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317,SC2016 # the functions are called by check; scripts of the VNF
# A descriptor's limits in cgroup v2's files: set, changed live, lifted; huge pages that are there to be had.
vnf() { # NAME SCRIPT RESOURCES
	jq -n --arg name "$1" --arg script "$2" \
		'{ name: $name, process: { args: ["/bin/sh", "-c", $script] }, resources: '"$3 }" \
		>"/run/$1.json" && "$NFRUN" start "/run/$1.json"
}
group() { jq -r '.cgroup[] | select(startswith("=")) | .[1:]' "$NFRUN_ROOT/$1/state.json"; }
holds() { # NAME FILE VALUE...
	local name=$1 is
	shift
	while [ $# -gt 0 ]; do
		is=$(cat "$(group "$name")/$1") || return
		[ "$is" = "$2" ] || { echo "$1 is '$is', wanted '$2'"; return 1; }
		shift 2
	done
}
says() { # NAME EXPRESSION VALUE
	local is
	is=$("$NFRUN" status "$1" --format json | jq -c ".limits | $2")
	[ "$is" = "$3" ] || { echo "$2 is $is, wanted $3"; return 1; }
}
sleeper='exec sleep 1000'

set_by_the_descriptor() {
	vnf knobs "$sleeper" '{ cpu: { limit: 0.5, burst: "20ms", cpus: "0-1", mems: "0" },
		memory: { limit: "256M", high: "200M", low: "64M", min: "32M", oom_group: true },
		hugetlb: { "2M": "8M" }, unified: { "cgroup.max.depth": "5" } }' || return
	holds knobs cpu.max '50000 100000' cpu.max.burst 20000 memory.low 67108864 memory.min 33554432 \
		memory.oom.group 1 hugetlb.2MB.max 8388608 cgroup.max.depth 5 || return
	says knobs '[.cpu_burst_us, .memory_low, .memory_min, .oom_group, .hugetlb, .unified]' \
		'[20000,67108864,33554432,true,{"2MB":8388608},{"cgroup.max.depth":"5"}]'
}
changed_live() {
	"$NFRUN" update knobs --cpus max --cpu-burst max --cpu-idle 1 --memory-low 16M --memory-min 8M \
		--memory-oom-group 0 --hugetlb 2M=4M --unified cgroup.max.depth=7 || return
	holds knobs cpu.max 'max 100000' cpu.max.burst 0 cpu.idle 1 memory.low 16777216 memory.min 8388608 \
		memory.oom.group 0 hugetlb.2MB.max 4194304 cgroup.max.depth 7 || return
	"$NFRUN" restart knobs && holds knobs cpu.idle 1 memory.low 16777216 cgroup.max.depth 7
}
lifted() {
	"$NFRUN" update knobs --cpu-idle 0 --memory-low max --memory-min max --memory-high max --memory max \
		--hugetlb 2M=max || return
	holds knobs cpu.idle 0 memory.low 0 memory.min 0 memory.high max memory.max max hugetlb.2MB.max max || return
	says knobs '[.memory_low, .memory_min, .memory, .hugetlb]' '[null,null,null,{}]'
}
# 60M of anonymous memory: nothing that could be reclaimed.
hog='x=$(head -c 60000000 /dev/zero | tr "\0" a); touch /run/ready; sleep 1000'
refused_below_the_use() {
	local said
	vnf hog "$hog" '{ memory: { limit: "256M", swap: 0 } }' || return
	for _ in $(seq 100); do
		"$NFRUN" exec hog -- test -e /run/ready && break
		sleep 0.2
	done
	said=$("$NFRUN" update hog --memory 24M 2>&1) && return 1
	printf '%s\n' "$said"
	[[ $said == */resources/memory/limit*'in use'*kills*--force* ]] && holds hog memory.max 268435456
}
forced_kills() {
	"$NFRUN" update hog --memory 24M --force || return
	holds hog memory.max 25165824
	for _ in $(seq 50); do
		[ "$("$NFRUN" status hog --format json | jq -c '[.status, .last_end.oom_kill]')" = '["stopped",true]' ] &&
			return
		sleep 0.2
	done
	"$NFRUN" status hog
	return 1
}
pages='import mmap, os, sys
n = int(sys.argv[1]) << 21
fd = os.open("/dev/hugepages/x", os.O_RDWR | os.O_CREAT)
os.ftruncate(fd, n)
m = mmap.mmap(fd, n)
m[0] = m[n - 1] = 1
print("got", n)'
huge_pages() {
	local said
	echo 8 >/proc/sys/vm/nr_hugepages
	vnf huge "$sleeper" '{ hugetlb: { "2M": "4M" } }' || return
	"$NFRUN" exec huge -- /usr/bin/python3 -c "$pages" 2 || return
	said=$("$NFRUN" exec huge -- /usr/bin/python3 -c "$pages" 3 2>&1) && { echo "$said"; return 1; }
	"$NFRUN" update huge --hugetlb 2M=8M && "$NFRUN" exec huge -- /usr/bin/python3 -c "$pages" 3
}

check 'limits: in the files that they are for' set_by_the_descriptor
check 'limits: changed live, and there after a restart' changed_live
check 'limits: lifted' lifted
check 'limits: memory below what is in use is refused' refused_below_the_use
check 'limits: forced, the kernel kills what does not fit' forced_kills
check 'limits: huge pages in a user namespace, up to the limit' huge_pages
for name in knobs hog huge; do "$NFRUN" delete --force "$name"; done
echo 0 >/proc/sys/vm/nr_hugepages
