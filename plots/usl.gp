# SPDX-License-Identifier: GPL-3.0-or-later
# Throughput against the number of workers: the points with their 95 % intervals, the Universal Scalability Law fitted
# to them, its peak, and the straight line that there would be without contention.
#
# Called in the folder of `headroom usl`:   gnuplot -c .../plots/usl.gp FORMAT OUTPUT "" CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; CHARTFILE usl-chart.csv.
# Reads CHARTFILE and usl.csv: x,point,point_low,point_high,fit,linear,peak.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "usl"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
CURVES = "point point_low point_high fit linear peak"; TALL = "point point_high fit peak"; BANDS = ""
LEGEND = "point fit linear peak"
X = "x"; X_KIND = "count"; Y_KIND = "count"; RIGHT = 34
file_of(curve) = "usl.csv"
column_of(curve) = curve
A = 13; B = 14; C = 15; D = 16
set style line A lc rgb ORANGE lw 1.6 pt 7 ps 0.9 * DOT
set style line B lc rgb BLUE lw 2.4
set style line C lc rgb GREY lw 1.4 dt (7, 5)
set style line D lc rgb LIMIT lw 2.2 pt 6 ps 1.7 * DOT
style_of(kind) = kind eq "point" ? A : kind eq "fit" ? B : kind eq "linear" ? C : D
mark_of(kind) = kind eq "point" || kind eq "peak" ? "points" : "line"
says(kind) = named(kind)
shows(kind) = n_(kind)
banded(kind) = 0
y_name(unused) = "throughput (jobs/s)"
load folder."frame.gp"
if (!empty) {
    set xrange [0 : 1.03 * x_last]
    set xtics larger(1, step(larger(1, x_last)))
    set label 101 "workers" at graph 0.5, screen down(HEIGHT - 15) center tc rgb INK noenhanced
}
if (empty) {
    plot NaN notitle
} else {
    plot NaN notitle, \
        for [i = 1:n_("linear")] data("linear") using (at_x(0)):(at("linear")) with lines ls C notitle, \
        for [i = 1:n_("fit")] data("fit") using (at_x(0)):(at("fit")) with lines ls B notitle, \
        for [i = 1:n_("point_low")] data("point") using (at_x(0)):(at("point")):(at("point_low")):(at("point_high")) \
            with yerrorbars ls A notitle, \
        for [i = 1:n_("point")] data("point") using (at_x(0)):(at("point")) with points ls A notitle, \
        for [i = 1:n_("peak")] data("peak") using (at_x(0)):(at("peak")) with points ls D notitle
}
set output
