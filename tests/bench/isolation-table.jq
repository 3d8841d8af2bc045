# SPDX-License-Identifier: Apache-2.0
# A $part of what isolation.jq made, as tab separated lines.
def fixed($digits): if . == null then "-" else . as $n | pow(10; $digits) as $p | ($n * $p | round) / $p | tostring end;
def m($digits): if . == null then "-" else .median | fixed($digits) end;
def spread($digits): if . == null then "-"
	else "\(.median | fixed($digits)) (\(.p10 | fixed($digits))-\(.p90 | fixed($digits)))" end;
def percent: if . == null then "-" else "\(.median * 100 | fixed(1))%" end;

if $part == "title" then
	"\(.version), kernel \(.kernel), \(.cpus) CPUs, \(.rounds) rounds, caps of \(.limit_percent)% held by \(.means); medians (p10-p90)"
elif $part == "victims" then
	([ "FLOODED", "VICTIM", "CASE", "RATE", "OF CONTROL", "OF BURN", "P50 us", "P99 us", "P99.9 us", "CPU us/TRIP", "FLOOD pps", "ITS CPU",
		"THROUGH pps", "PACKET CPU", "BILLED", "THERE", "OTHERS" ] | @tsv),
	(.victims[] | [ .offender // "-", .victim, .case, (.rate | spread(0)), (.rate_of_control | percent), (.rate_of_burn | percent), (.p50_us | m(1)),
		(.p99_us | m(1)), (.p999_us | m(0)), (.cpu_us_per_trip | m(2)), (.flood_pps | m(0)), (.generator_cpu | percent), (.through_pps | m(0)),
		(.packet_cpu | percent), (.billed | percent), (.on_core | percent), (.foreign | percent) ] | @tsv)
elif $part == "cost" then
	([ "PATH", "CPUs", "CASE", "CPU us/PACKET", "OF SHARED", "THROUGH", "BILLED" ] | @tsv),
	(.cost[] | [ .path, .place, .case, (.us_per_packet | spread(2)), (.of_shared | percent), (.through | percent),
		(.billed | percent) ] | @tsv)
else
	(.verdicts[] | [ (if .ok then "ok" else "NOT OK" end), (.value | fixed(3)), .bar ] | @tsv)
end
