# SPDX-License-Identifier: GPL-3.0-or-later
# Response time against percentile: closed clients, who wait for their answers, and open arrivals at the same
# rate, who do not (the open twin); both with their bands, and the real pool under the closed clients.
#
# Called in the folder of a result:   gnuplot -c .../plots/open-closed.gp FORMAT OUTPUT POOL CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; POOL the pool's name.
# Reads chart.csv and open-twin.csv.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "open-closed"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
CURVES = "open open_low open_high closed closed_low closed_high pool"; TALL = "open closed pool"
LEGEND = "open closed pool"
X = "inverse"; X_KIND = "percentile"; X_FROM = 2; Y_KIND = "time"; RIGHT = 44
slo = number("slo_p99"); SLO_NAME = "P99 limit"
file_of(curve) = "open-twin.csv"
column_of(curve) = curve
style_of(kind) = kind eq "open" ? 8 : kind eq "closed" ? 2 : 1
named(kind) = kind eq "open" ? "open arrivals, simulated" : kind eq "closed" ? "closed clients, simulated" \
    : "closed clients, real pool"
banded(kind) = n_(kind) && n_(kind."_low")
y_name(unused) = "response time"
load folder."frame.gp"
load folder."percentile.gp"
roof = top
under(v) = v > roof ? roof : v

if (empty) {
    plot NaN notitle
} else {
    plot NaN notitle, \
        for [i = 1:banded("open")] data("open") using (at_x(0)):(above(at("open_low") / y_scale)):(under(at("open_high") / y_scale)) \
            with filledcurves ls 9 notitle, \
        for [i = 1:banded("closed")] data("closed") using (at_x(0)):(above(at("closed_low") / y_scale)):(under(at("closed_high") / y_scale)) \
            with filledcurves ls 3 notitle, \
        for [i = 1:near] limit with lines ls 6 notitle, \
        for [i = 1:n_("open")] data("open") using (at_x(0)):(at("open") / y_scale) with lines ls 8 notitle, \
        for [i = 1:n_("closed")] data("closed") using (at_x(0)):(at("closed") / y_scale) with lines ls 2 notitle, \
        for [i = 1:n_("pool")] data("pool") using (at_x(0)):(at("pool") / y_scale) with linespoints ls 1 notitle
}
set output
