# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317 # the functions are called by check
# CPUs that a VNF has for itself: nobody else runs there, whoever it is and whenever it began.
burn='while :; do :; done'

vnf() { # NAME CPU-OBJECT
	jq -n --arg name "$1" --arg script "$burn" --argjson cpu "$2" '
		{ name: $name, process: { args: ["/bin/sh", "-c", $script] }, resources: { cpu: $cpu } }' \
		>"/run/$1.json" && "$NFRUN" start "/run/$1.json"
}
group() { jq -r '.cgroup[] | select(startswith("=")) | .[1:]' "$NFRUN_ROOT/$1/state.json"; }
process() { # NAME: its process, which is PID 1's child
	local init
	init=$("$NFRUN" status "$1" --format json | jq .pid)
	read -r init _ <"/proc/$init/task/$init/children" || [ -n "$init" ] || return # there is no newline
	echo "$init"
}
is_on() { # CPU PID: the 39th of proc(5)'s stat, by the shell alone, as forks are slow in here
	local stat
	read -r stat <"/proc/$2/stat"
	read -r -a stat <<<"${stat##*) }"
	[ "${stat[36]}" = "$1" ]
}
stays_off() { # CPU PID...: looked at 20 times in 2 seconds
	local cpu=$1 pid i
	shift
	for i in {1..20}; do
		for pid; do
			! is_on "$cpu" "$pid" || { echo "$pid is on $cpu at look $i"; return 1; }
		done
		sleep 0.1
	done
}

# Two of the host's, one of them bound to that CPU, and a VNF; all take any idle CPU, but nothing from
# nfrun itself.
nice -n 19 sh -c "$burn" &
host1=$!
nice -n 19 taskset -c 1 sh -c "$burn" &
host2=$!
vnf neighbour '{ "weight": 1 }' >/dev/null

says() { # NAME FILE TEXT: of its group
	local now
	now=$(cat "$(group "$1")/$2")
	[ "$now" = "$3" ] || { echo "$2 of $1: '$now', wanted '$3'"; return 1; }
}

isolated() {
	vnf owner '{ "cpus": "1", "partition": "isolated" }' || return
	says owner cpuset.cpus.partition isolated || return
	says neighbour cpuset.cpus.effective 0 || return
	sleep 0.1
	nice -n 19 sh -c "$burn" &
	local host3=$! rc=0
	stays_off 1 $host1 $host2 $host3 "$(process neighbour)" || rc=1
	kill $host3
	[ $rc = 0 ] || return
	local pid
	pid=$(process owner)
	is_on 1 "$pid" || { echo "the owner's $pid: $(cat "/proc/$pid/stat" "/proc/$pid/cgroup")"; return 1; }
}
whole_cpu() { # four burn on two CPUs, and it has all of its own
	local before after
	before=$("$NFRUN" stats owner --format json | jq '.[0].cpu.usage_us')
	sleep 3
	after=$("$NFRUN" stats owner --format json | jq '.[0].cpu')
	echo "$after, before $before"
	[ "$(jq '.throttled // 0' <<<"$after")" = 0 ] && [ $(($(jq .usage_us <<<"$after") - before)) -gt 2700000 ]
}
taken() {
	local said
	said=$(vnf thief '{ "cpus": "1" }' 2>&1) && return 1
	printf '%s\n' "$said"
	[[ $said == *'CPU 1'*owner* ]]
}
all_of_them() {
	local said
	said=$(vnf greedy '{ "cpus": "0", "partition": "root" }' 2>&1) && return 1
	printf '%s\n' "$said"
	[[ $said == *'leave one'* ]]
}
given_back_live() {
	"$NFRUN" update owner --cpu-partition member || return
	says neighbour cpuset.cpus.effective 0-1 || return
	"$NFRUN" update owner --cpu-partition root || return
	says owner cpuset.cpus.partition root || return
	says neighbour cpuset.cpus.effective 0
}
gone_with_it() {
	"$NFRUN" delete --force owner || return
	says neighbour cpuset.cpus.effective 0-1 || return
	vnf second '{ "cpus": "1", "partition": "isolated" }' || return # nothing stands in its way
	"$NFRUN" delete --force second
}

check 'partition: isolated keeps all others off its CPU' isolated
check 'partition: the CPU is the VNF'\''s alone, without a quota' whole_cpu
check 'partition: its CPU is refused to others, with the owner named' taken
check 'partition: the last CPU of the host is refused' all_of_them
check 'partition: changed live' given_back_live
check 'partition: the CPU comes back with delete' gone_with_it
kill $host1 $host2
for name in owner neighbour thief greedy second; do "$NFRUN" delete --force "$name" 2>/dev/null; done
