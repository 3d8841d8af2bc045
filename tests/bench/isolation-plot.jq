# SPDX-License-Identifier: Apache-2.0
# What isolation.jq made, as a program for gnuplot: the victims' rates, and the pair's p99.9, by case.
def points($offender): [ "control", "burn", "shared", "own", "own-cap", "reserve" ][] as $case
	| [ $case, (("udp", "tcp", "spin") as $v | first(.victims[]
		| select(.offender == $offender and .case == $case and .victim == $v)) // null
		| .rate_of_control | if . then (.median, .p10, .p90) * 100 else ("?", "?", "?") end) ]
	| map(tostring) | join(" ");
def tail($offender): [ "control", "burn", "shared", "own", "own-cap", "reserve" ][] as $case
	| first(.victims[] | select(.offender == $offender and .case == $case and .victim == "udp"))
	| "\($case) \(.p50_us.median) \(.p99_us.median) \(.p999_us.median)";
def data($name; points): "$\($name) << EOD", points, "EOD";

data("fwd"; points("fwd")), data("sink"; points("sink")), data("fwdtail"; tail("fwd")), data("sinktail"; tail("sink")),
"set terminal svg size 1000,720 dynamic background '#ffffff' font 'sans-serif,12'
set multiplot layout 2,2 margins 0.08,0.99,0.05,0.87 spacing 0.10,0.17 title \"VNFs beside a flooded one, all on one CPU (kernel \(.kernel), \(.rounds) rounds)\" font ',14'
set style data histogram
set style histogram errorbars gap 1.2 lw 1
set errorbars small linecolor rgb '#505050'
set style fill solid 0.9 noborder
set border 3 lc rgb '#606060'
set tics nomirror
set grid y lc rgb '#d8d8d8'
set key at graph 1, graph 1.2 right top horizontal samplen 1 width 1
set xtics font ',11'
set linetype 1 lc rgb '#2f6f9f'
set linetype 2 lc rgb '#d98032'
set linetype 3 lc rgb '#6a9a4b'
set ylabel 'rate, % of the control' offset 1,0
set yrange [0:150]
set arrow 1 from graph 0, first 100 to graph 1, first 100 nohead lc rgb '#606060' dt 2",
( [ "fwd", "forwarder, 1500 rules" ], [ "sink", "UDP sink" ]
  | "set label 1 'flooded: \(.[1])' at graph 0, graph 1.12 left font ',13'
plot for [i=0:2] '$\(.[0])' using (column(2 + 3 * i)):(column(3 + 3 * i)):(column(4 + 3 * i)):xtic(1) title word('UDP TCP CPU', i + 1) lt i + 1" ),
"unset arrow 1
set style histogram clustered gap 1.2
set ylabel 'UDP round trip, us' offset 2.5,0
set logscale y
set yrange [1:*]
unset label 1",
( "fwd", "sink" | "plot for [i=2:4] '$\(.)tail' using i:xtic(1) title word('- p50 p99 p99.9', i) lt i - 1" )
