# SPDX-License-Identifier: GPL-3.0-or-later
# Wait against utilisation: theory's curves of the mean and of P99 for this law and these workers at other rates,
# and where this run lies on them: the simulation with its intervals, the real pool; and the simulated curve, from
# what the search for headroom tried.
#
# Called in the folder of a result:   gnuplot -c .../plots/wait-utilisation.gp FORMAT OUTPUT POOL CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; POOL the pool's name.
# Reads chart.csv and utilisation.csv.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "wait-utilisation"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
CURVES = "pool_mean pool_p99 sim_mean sim_mean_low sim_mean_high sim_p99 sim_p99_low sim_p99_high wait_mean wait_p99 search_mean"
TALL = "pool_mean pool_p99 sim_mean sim_p99 sim_p99_high"
LEGEND = "pool_mean sim_mean search_mean wait_mean wait_p99"
X = "utilisation"; X_KIND = "share"; Y_KIND = "time"; y_least = number("wait_knee")
file_of(curve) = "utilisation.csv"
column_of(curve) = curve
style_of(kind) = kind eq "pool_mean" ? 10 : kind eq "sim_mean" ? 11 : kind eq "search_mean" ? 2 : kind eq "wait_mean" ? 4 : 12
mark_of(kind) = kind eq "pool_mean" || kind eq "sim_mean" ? "points" : "line"
named(kind) = kind eq "pool_mean" ? "this run, real pool" : kind eq "sim_mean" ? "this run, simulated" \
    : kind eq "search_mean" ? "simulated at other rates, mean" \
    : kind eq "wait_mean" ? text("theory_label").": mean" : "theory: P99"
banded(kind) = 0
y_name(unused) = "mean and P99 of the wait"
load folder."frame.gp"
# From where there is something to see; and a point on the right bound is to be seen whole.
first_x = x_last
rises(x, y) = given(x) && given(y) && y > 0.005 * y_top ? (first_x = smaller(first_x, x)) : 0
if (!empty) {
    do for [curve in "pool_mean sim_mean wait_mean wait_p99"] {
        stats data(curve) using (rises(column(X), curve ne "pool_mean" && curve ne "sim_mean" ? at(curve) \
            : given(at(curve)) ? y_top : NaN), 1) nooutput
    }
    x_begin = larger(0, 10 * floor(10 * first_x - 1))
    set xrange [x_begin : 100 + 0.02 * (100 - x_begin)]
    set xtics x_begin, x_begin >= 60 ? 5 : 10, 100
}
under(v) = v > 2 * top ? 2 * top : v

if (empty) {
    plot NaN notitle
} else {
    plot NaN notitle, \
        for [i = 1:n_("wait_p99")] data("wait_p99") using (at_x(0)):(under(at("wait_p99") / y_scale)) with lines ls 12 notitle, \
        for [i = 1:n_("wait_mean")] data("wait_mean") using (at_x(0)):(under(at("wait_mean") / y_scale)) with lines ls 4 notitle, \
        for [i = 1:n_("search_mean")] data("search_mean") using (at_x(0)):(under(at("search_mean") / y_scale)) with linespoints ls 2 notitle, \
        for [i = 1:n_("sim_p99_low")] data("sim_p99") using (at_x(0)):(at("sim_p99") / y_scale):(at("sim_p99_low") / y_scale):(under(at("sim_p99_high") / y_scale)) \
            with yerrorbars ls 11 notitle, \
        for [i = 1:n_("sim_mean_low")] data("sim_mean") using (at_x(0)):(at("sim_mean") / y_scale):(at("sim_mean_low") / y_scale):(at("sim_mean_high") / y_scale) \
            with yerrorbars ls 11 notitle, \
        for [i = 1:n_("sim_p99")] data("sim_p99") using (at_x(0)):(at("sim_p99") / y_scale) with points ls 11 notitle, \
        for [i = 1:n_("sim_mean")] data("sim_mean") using (at_x(0)):(at("sim_mean") / y_scale) with points ls 11 notitle, \
        for [i = 1:n_("pool_p99")] data("pool_p99") using (at_x(0)):(at("pool_p99") / y_scale) with points ls 10 notitle, \
        for [i = 1:n_("pool_mean")] data("pool_mean") using (at_x(0)):(at("pool_mean") / y_scale) with points ls 10 notitle
}
set output
