# SPDX-License-Identifier: GPL-3.0-or-later
# P99 of the response time over the last window against time: the real pool, the simulation with its
# band, theory, and the limit of the SLO.
#
# Called in the folder of a result:   gnuplot -c .../plots/p99-over-time.gp FORMAT OUTPUT POOL [CHARTFILE]
# with FORMAT svg, png or pdf; OUTPUT the file to write; POOL the pool's name.
# Reads chart.csv, series.csv and, in a comparison, series-sim.csv: t, POOL.p99, POOL.p99_low, _high.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "p99"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"

if (!empty) {
    top = y_top > 0 ? 1.14 * y_top / y_scale : 1
    set yrange [0 : top]
    set format y big(top)
    set ytics step(top)
}

if (empty) {
    plot NaN notitle
} else {
    plot NaN notitle, \
        for [i = 1:band] data("sim") using (at_x(0)):(at("low") / y_scale):(at("high") / y_scale) \
            with filledcurves ls 3 notitle, \
        for [i = 1:near] limit with lines ls 6 notitle, \
        for [i = 1:n_("sim")] data("sim") using (at_x(0)):(at("sim") / y_scale) \
            with lines ls 2 notitle, \
        for [i = 1:n_("paired")] data("paired") using (at_x(0)):(at("paired") / y_scale) \
            with lines ls 7 notitle, \
        for [i = 1:n_("pool")] data("pool") using (at_x(0)):(at("pool") / y_scale) \
            with lines ls 1 notitle, \
        for [i = 1:given(theory)] theory / y_scale with lines ls 4 notitle
}
set output
