# SPDX-License-Identifier: GPL-3.0-or-later
# Response time against percentile of two saved results, A and B, each with its band where it has one, and the
# limit of the SLO on P99; the title is the finding.
#
# Called in a folder that `headroom compare` wrote:   gnuplot -c .../plots/compare.gp FORMAT OUTPUT "" CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write.
# Reads CHARTFILE (compare-chart.csv) and compare.csv: inverse,percentile,a,a_low,a_high,b,b_low,b_high.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "compare"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
CURVES = "a a_low a_high b b_low b_high"; TALL = "a b"; BANDS = "a a_low a_high"; LEGEND = "a b"
X = "inverse"; X_KIND = "percentile"; X_FROM = 2; Y_KIND = "time"; RIGHT = 44
slo = number("slo_p99"); SLO_NAME = "P99 limit"
file_of(curve) = "compare.csv"
column_of(curve) = curve
A = 13; B = 14
set style line A lc rgb BLUE lw 2.2
set style line B lc rgb ORANGE lw 2.2 dt (9, 3)
style_of(kind) = kind eq "a" ? A : B
band_colour(style) = style == A ? "#A9CDE5" : "#F2C9A8"
banded(kind) = n_(kind."_low")
y_name(unused) = "response time"
load folder."frame.gp"
load folder."percentile.gp"

if (empty) {
    plot NaN notitle
} else {
    plot NaN notitle, \
        for [i = 1:n_("a_low")] data("a") using (at_x(0)):(above(at("a_low") / y_scale)):(at("a_high") / y_scale) \
            with filledcurves ls A fs transparent solid 0.35 noborder notitle, \
        for [i = 1:n_("b_low")] data("b") using (at_x(0)):(above(at("b_low") / y_scale)):(at("b_high") / y_scale) \
            with filledcurves ls B fs transparent solid 0.35 noborder notitle, \
        for [i = 1:near] limit with lines ls 6 notitle, \
        for [i = 1:n_("a")] data("a") using (at_x(0)):(at("a") / y_scale) with lines ls A notitle, \
        for [i = 1:n_("b")] data("b") using (at_x(0)):(at("b") / y_scale) with lines ls B notitle
}
set output
