# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317 # the functions are called by check
# Where all of it is on cgroup v2, the statistics tell all of it.
cat >/run/told.json <<'JSON'
{ "name": "told",
  "process": { "args": ["/bin/sh", "-c", "while :; do :; done & while :; do head -c 20000000 /dev/zero | tail >/dev/null; done"] },
  "resources": { "cpu": { "limit": 0.2, "burst": "10ms", "weight": 300 },
                 "memory": { "limit": "64M", "high": "6M", "low": "2M", "min": "1M", "oom_group": true },
                 "pids": 64, "io": { "devices": [ { "path": "/scratch", "read_bps": "1M" } ] } },
  "interfaces": [ { "name": "eth0", "bridge": "br-told", "ipv4": ["10.77.0.1/24"] } ] }
JSON
told() { "$NFRUN" stats told --format json | jq -e ".[0] | $1" || { "$NFRUN" stats told --format json; return 1; }; }
check 'stats: a VNF with limits' "$NFRUN" start /run/told.json
reaches_high() { # slowly, with a fifth of a CPU
	local i
	for i in $(seq 60); do
		told '.memory.events.high > 0 and .pressure.memory.some.total_us > 0' >/dev/null && return
	done
	return 1
}
check 'stats: it comes to memory.high' reaches_high

check 'stats: limits read back' told '.limits | [.cpu, .cpu_weight, .cpu_burst_us, .cpu_idle, .memory, .memory_high,
	.memory_low, .memory_min, .oom_group, .pids, .io[0].read_bps, .io[0].write_bps]
	== [0.2, 300, 10000, false, 67108864, 6291456, 2097152, 1048576, true, 64, 1048576, null]'
check 'stats: throttling' told '.cpu | .throttled > 0 and .throttled_us > 0 and .bursts != null'
check 'stats: memory, its events and its parts' told '.memory | .events.high > 0 and .events.oom_kill == 0 and .anon != null
	and .kernel > 0 and .slab > 0 and .sock != null and .pgfault > 0 and .workingset_refault_file != null and .stat.anon != null'
check 'stats: pressure' told '.pressure | .cpu.some.total_us > 0 and .memory.some.total_us > 0 and .io.full.avg10 != null'
check 'stats: devices and pids' told '(.io | type) == "array" and .pids.current > 1 and .pids.refused == 0'
check 'stats: both queues' told '.interfaces[0] | .rx_queue.kind == "noqueue" and .tx_queue.kind == "noqueue"'
exposed() {
	"$NFRUN" stats --format prometheus >/run/told.prom &&
		grep -q '^nfrun_memory_events_total{vnf="told",event="high"} [1-9]' /run/told.prom &&
		grep -q '^nfrun_pressure_stalled_seconds_total{vnf="told",resource="memory",kind="some"} ' /run/told.prom &&
		grep -q '^nfrun_memory_high_bytes{vnf="told"} 6291456$' /run/told.prom || { cat /run/told.prom; return 1; }
}
check 'stats: as Prometheus text' exposed
"$NFRUN" delete --force told
