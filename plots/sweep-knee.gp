# SPDX-License-Identifier: GPL-3.0-or-later
# The knee of a sweep: P99 of the response against the utilisation, a line for cells that differ in one path alone,
# each with its 95 % band, and theory's where a model holds; the limit of the SLO.
#
# Called in the folder of a sweep:   gnuplot -c .../plots/sweep-knee.gp FORMAT OUTPUT "" CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; CHARTFILE sweep-chart.csv.
# Reads CHARTFILE and sweep-knee.csv.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "sweep-knee"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
DATA = "sweep-knee.csv"; GROUPS = "knee"
load folder."sweep-lines.gp"
X_KIND = "share"; Y_KIND = "time"; LOG_Y = 1; slo = number("slo_p99"); SLO_NAME = "P99 limit"; RIGHT = 34
y_name(unused) = "P99 of the response"
load folder."frame.gp"
if (!empty) {
    first_x = 1e300
    do for [k = 1:GROUP_COUNT] {
        if (n_(sprintf("g%d", k))) {
            stats data(sprintf("g%d", k)) using (given(at(sprintf("g%d", k))) ? (first_x = smaller(first_x, at_x(0))) : 0, 1) nooutput
        }
    }
    x_begin = larger(0, 10 * floor(first_x / 10))
    set xrange [x_begin : larger(100, x_last / x_scale) + 0.02 * (100 - x_begin)]
    set xtics x_begin, x_begin >= 60 ? 5 : 10, 100
}
load folder."sweep-scale.gp"
load folder."sweep-plot.gp"
