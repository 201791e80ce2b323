# SPDX-License-Identifier: GPL-3.0-or-later
# Share of the arrivals that were lost (rejected, dropped, timed out) over the last window against time: the
# real pool, the simulation with its band, theory, and the limit of the SLO.
#
# Called in the folder of a result:   gnuplot -c .../plots/rejected.gp FORMAT OUTPUT POOL CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; POOL the pool's name.
# Reads chart.csv, series.csv and, in a comparison, series-sim.csv, series-paired.csv: t, POOL.rejected_share,
# POOL.rejected_share_low, _high.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "rejected"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
Y_KIND = "share"; SLO_NAME = "limit"
slo = number("slo_rejected"); theory = number("rejected_theory")
column_of(curve) = POOL.".rejected_share".suffix(curve)
y_name(unused) = "share of the arrivals lost"
load folder."frame.gp"

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
