# SPDX-License-Identifier: GPL-3.0-or-later
# Response time against percentile: theory, the simulation with its band, the real pool, and the limit of the
# SLO on P99.
#
# Called in the folder of a result:   gnuplot -c .../plots/response.gp FORMAT OUTPUT POOL CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; POOL the pool's name.
# Reads chart.csv and percentiles.csv: inverse,percentile,theory,sim,sim_low,sim_high,pool.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "response"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
CURVES = "pool paired sim low high theory"; TALL = CURVES
X = "inverse"; X_KIND = "percentile"; X_FROM = 2; Y_KIND = "time"; RIGHT = 44
slo = number("slo_p99"); SLO_NAME = "P99 limit"
file_of(curve) = has(curve) ? "percentiles.csv" : ""
column_of(curve) = strlen(suffix(curve)) ? "sim".suffix(curve) : curve
y_name(unused) = "response time"
load folder."frame.gp"
load folder."percentile.gp"

if (empty) {
    plot NaN notitle
} else {
    plot NaN notitle, \
        for [i = 1:band] data("sim") using (at_x(0)):(above(at("low") / y_scale)):(at("high") / y_scale) \
            with filledcurves ls 3 notitle, \
        for [i = 1:near] limit with lines ls 6 notitle, \
        for [i = 1:n_("sim")] data("sim") using (at_x(0)):(at("sim") / y_scale) \
            with lines ls 2 notitle, \
        for [i = 1:n_("paired")] data("paired") using (at_x(0)):(at("paired") / y_scale) \
            with lines ls 7 notitle, \
        for [i = 1:n_("pool")] data("pool") using (at_x(0)):(at("pool") / y_scale) \
            with linespoints ls 1 notitle, \
        for [i = 1:n_("theory")] data("theory") using (at_x(0)):(at("theory") / y_scale) \
            with lines ls 4 notitle
}
set output
