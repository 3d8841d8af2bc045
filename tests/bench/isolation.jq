# SPDX-License-Identifier: Apache-2.0
# All measurements of tests/bench/isolation, one object each, to one document of medians and verdicts.
# A ratio is of two measurements of one round, so that a machine's better and worse minutes cancel, and of what was done with
# the CPU that processes of others had left.

def quantile($q): sort | if length == 0 then null else
	(($q * (length - 1)) | floor) as $low | ($q * (length - 1) - $low) as $part
	| .[$low] + (if $part > 0 then (.[$low + 1] - .[$low]) * $part else 0 end) end;
def spread: map(select(. != null)) | if length == 0 then null else
	{ median: quantile(0.5), p10: quantile(0.1), p90: quantile(0.9) } end;
def rate: .victim | .rate // .mb_per_s // .work_per_s;
def left_rate: rate / (1 - .foreign);
def packet_share: .threads_us / .window_us;

map(select(.round > 0)) as $runs
| def run($round; $case; $offender; $kind): first($runs[] | select(.round == $round and .case == $case
		and .kind == $kind and .place == null and (($case | startswith("alone")) or .offender == $offender)));
# What the flood's packets cost in all, in us each: the generator, the threads, ksoftirqd.
def total_us: .flood.cpu_share * .flood.sent / .flood.pps * 1e6 + .threads_us + .softirqd_us;
def cost($round; $case; $offender; $place): first($runs[] | select(.round == $round and .case == $case
		and .place == $place and .offender == $offender));
def rounds: [range(1; $rounds + 1)];
def verdict($bar; $value; $ok): { bar: $bar, value: $value, ok: $ok };

[ "alone", "alone-own", "control", "burn", "shared", "own", "own-cap", "reserve" ] as $cases
| [ $runs | group_by([.offender, .kind, .case])[] | select(.[0].place == null) | .[0] as $first
	| { offender: (if ($first.case | startswith("alone")) then null else $first.offender end), victim: $first.kind, case: $first.case,
	    rate: map(rate) | spread, p50_us: map(.victim.p50_us) | spread, p99_us: map(.victim.p99_us) | spread,
	    p999_us: map(.victim.p999_us) | spread, lost: map(.victim.lost // 0) | add,
	    cpu_us_per_trip: map(select(.victim.client_us_per_trip)
		| .victim.client_us_per_trip + .victim.server_us_per_trip) | spread,
	    rate_of_control: map(. as $r | (run(.round; "control"; .offender; .kind) // null)
		| if . then ($r | left_rate) / left_rate else null end) | spread,
	    p99_of_control: map(. as $r | (run(.round; "control"; .offender; .kind) // null)
		| if . and .victim.p99_us then $r.victim.p99_us / .victim.p99_us else null end) | spread,
	    rate_of_burn: map(. as $r | (run(.round; "burn"; .offender; .kind) // null)
		| if . then ($r | left_rate) / left_rate else null end) | spread,
	    flood_pps: map(.flood.pps) | spread, flood_missed: map(.flood.missed // 0) | add,
	    through_pps: map(.packets / .window_us * 1e6) | spread, packet_cpu: map(packet_share) | spread,
	    on_core: map(.on_core) | spread, generator_cpu: map(.flood.cpu_share) | spread,
	    foreign: map(.foreign) | spread, tries: map(.tries) | add,
	    billed: map(if .threads_us > 1000 then .billed_us / .threads_us else null end) | spread } ]
	| sort_by(.offender, .victim, (.case as $c | $cases | index($c))) as $table
| [ ("fwd", "bare") as $o | ("one", "across") as $place | ("control", "shared", "own") as $case
	| [ $runs[] | select(.place == $place and .offender == $o and .case == $case) ] | select(length > 0)
	| { path: (if $o == "fwd" then "1500 rules" else "bare" end), place: $place, case: $case,
	    us_per_packet: map(total_us / .flood.sent) | spread,
	    through: map(.packets / .flood.sent) | spread,
	    of_shared: map(. as $r | (cost(.round; "shared"; $o; "one") // null)
		| if . then ($r | total_us / .flood.sent) / (total_us / .flood.sent) else null end) | spread,
	    # The VNF's packet CPU is what it costs beyond a flood that is dropped before it.
	    billed: map(. as $r | (cost(.round; "control"; $o; "one") // null)
		| if . and $case == "own" then $r.billed_us / (($r | total_us) - total_us) else null end) | spread } ] as $cost
| def cell($offender; $victim; $case): first($table[]
	| select(.offender == $offender and .victim == $victim and .case == $case));
{ version: $version, kernel: $kernel, cpus: ($cpus | tonumber), rounds: $rounds, seconds: $seconds, limit_percent: $limit, means: $means,
  reserve_percent: $reserve, victims: $table, cost: $cost,
  verdicts: (
	[ ("fwd", "sink") as $o | ("udp", "tcp", "spin") as $v | cell($o; $v; "own-cap")
	  | verdict("\($o), \($v): rate in own-cap at least 95 % of the control"; .rate_of_control.median; .rate_of_control.median >= 0.95),
	    verdict("\($o), \($v): the same, of what a process with that cap leaves"; .rate_of_burn.median; .rate_of_burn.median >= 0.95),
	    (select($v == "udp") | verdict("\($o), \($v): p99 in own-cap at most 105 % of the control"; .p99_of_control.median;
		.p99_of_control.median <= 1.05)) ]
	+ [ ("fwd", "sink") as $o | [ $runs[] | select(.case == "own-cap" and .offender == $o) | packet_share * 100 / $limit ] | spread
	  | verdict("\($o): packet CPU over its cap by less than 3 %"; .median; .median < 1.03) ]
	+ [ ($cost[] | select(.path == "1500 rules" and .case == "own" and .place == "one")
	  | verdict("1500 rules: at least 95 % of the VNF's packet CPU billed"; .billed.median; .billed.median >= 0.95),
	    verdict("1500 rules, one CPU: own at most 105 % of shared"; .of_shared.median; .of_shared.median <= 1.05)) ]) }
