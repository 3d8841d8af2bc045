# SPDX-License-Identifier: Apache-2.0
# What isolation.jq made, as tab separated lines.
def fixed($digits): if . == null then "-" else . as $n | pow(10; $digits) as $p | ($n * $p | round) / $p | tostring end;
def m($digits): if . == null then "-" else .median | fixed($digits) end;
def range($digits): if . == null then "-" else "\(.median | fixed($digits)) (\(.p10 | fixed($digits))-\(.p90 | fixed($digits)))" end;
def percent: if . == null then "-" else "\(.median * 100 | fixed(1)) %" end;

"\(.version), kernel \(.kernel), \(.cpus) CPUs, \(.rounds) rounds; medians (p10-p90)",
"",
(["flooded", "victim", "case", "rate", "of control", "p50 us", "p99 us", "p99.9 us", "CPU us/trip", "through pps", "packet CPU", "billed", "on its core"] | @tsv),
(.victims[] | [ .offender // "-", .victim, .case, (.rate | range(0)), (.rate_of_control | percent), (.p50_us | m(1)), (.p99_us | m(1)),
	(.p999_us | m(0)), (.cpu_us_per_trip | m(2)), (.through_pps | m(0)), (.packet_cpu | percent), (.billed | percent), (.on_core | percent) ] | @tsv),
"",
(["path", "place", "case", "CPU us/packet", "of shared", "through", "billed of all"] | @tsv),
(.cost[] | [ .path, .place, .case, (.us_per_packet | range(2)), (.of_shared | percent), (.through | percent), (.billed | percent) ] | @tsv),
"",
(.verdicts[] | [ (if .ok then "ok" else "NOT OK" end), .bar, (.value | fixed(3)) ] | @tsv)
