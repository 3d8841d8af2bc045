# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317 # the functions are called by check
# nfrun events on cgroup v2 alone: memory.events, pids.events and cpu.pressure tell, each within a second.

ev=/run/events
mkdir -p "$ev"
ip link set lo up

vnf() { # NAME SCRIPT RESOURCES
	jq -n --arg name "$1" --arg script "$2" --argjson resources "$3" \
		'{ name: $name, process: { args: ["/bin/sh", "-c", $script] }, resources: $resources }' >"$ev/$1.json"
}
vnf fat 'sleep 0.3; dd if=/dev/zero of=/dev/null bs=200M count=1; sleep 60' '{ "memory": { "limit": "20M" } }'
vnf high 'sleep 0.3; dd if=/dev/zero of=/dev/null bs=40M count=1; sleep 60' '{ "memory": { "limit": "100M", "high": "20M" } }'
vnf busy 'sleep 0.3; while :; do :; done' '{ "cpu": { "limit": 0.2 } }'
vnf forks "sleep 0.3; sh -c 'for i in 1 2 3 4 5; do sleep 60 & done'; sleep 60" '{ "pids": 5 }'

times() { # TYPE NAME
	grep -c "\"type\":\"$1\",\"name\":\"$2\"" "$ev/out"
}
told() { # TYPE NAME [SECONDS [TIMES]]: within as many of now, or 1
	local _
	for _ in $(seq $((${3:-1} * 50))); do
		[ "$(times "$1" "$2")" -ge "${4:-1}" ] && return
		sleep 0.02
	done
	cat "$ev/out"
	return 1
}
start() { # NAME: from here on 0.3 s until it does what it is for
	"$NFRUN" start "$ev/$1.json" && sleep 0.3
}
over() { "$NFRUN" delete -f "$1"; }

an_oom() {
	start fat && told oom fat 2 || return
	grep '"type":"oom","name":"fat"' "$ev/out" | jq -e '.data.kills >= 1 and .data.total_kills >= 1' || return
	told memory-max fat || return
	over fat && told deleted fat
}
memory_high() { start high && told memory-high high 2 && over high; }
throttling() {
	start busy && told throttled busy 2 || return
	"$NFRUN" update --cpus 2 busy && told throttled-end busy 4 || return
	"$NFRUN" update --cpus 0.1 busy && told throttled busy 2 2 || return
	over busy
}
forks() { start forks && told pids-max forks 2 && over forks; }
no_wakeup() {
	vnf calm 'exec sleep 60' '{ "cpu": { "limit": 0.5 }, "memory": { "limit": "50M" } }'
	"$NFRUN" start "$ev/calm.json" || return
	sleep 3
	before=$(grep ^voluntary "/proc/$listener/status")
	sleep 2
	after=$(grep ^voluntary "/proc/$listener/status")
	echo "$before, then $after"
	over calm
	[ "$before" = "$after" ]
}
"$NFRUN" events >"$ev/out" &
listener=$!
sleep 1
check 'events: out of memory' an_oom
check 'events: memory.high' memory_high
check 'events: throttling begins and ends' throttling
check 'events: forks that are refused' forks
check 'events: nothing is asked for in between' no_wakeup
kill "$listener"
wait "$listener"
check 'events: it ends when it is told to' test $? = 0
