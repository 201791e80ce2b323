# SPDX-License-Identifier: GPL-3.0-or-later
# How the response times are distributed: the share of the jobs in each bin of time, of the simulation (filled)
# and of the real pool, with lines at the mean, the median and P99 of each. Bins are equal, or on a log scale
# where the response spreads.
#
# Called in the folder of a result:   gnuplot -c .../plots/distribution.gp FORMAT OUTPUT POOL CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; POOL the pool's name.
# Reads chart.csv and histogram.csv: low,high,sim,paired,pool.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "distribution"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
width = number("bin_width"); per_decade = number("bins_a_decade"); beyond = number("beyond")
longest = number("pool_max"); if (!given(longest)) { longest = number("sim_max") }
CURVES = "pool paired sim"; TALL = CURVES
X = "low"; X_KIND = "duration"; Y_KIND = "share"
file_of(curve) = has(curve) ? "histogram.csv" : ""
column_of(curve) = curve
named(kind) = kind eq "sim" ? "simulated" : text(kind."_label")
banded(kind) = kind eq "sim"
y_name(unused) = given(width) ? "share of the jobs per ".as_time(width) \
    : sprintf("share of the jobs per bin, %.0f bins a decade", per_decade)
NOTE = beyond > 0 ? sprintf("; %s of the jobs took longer%s", sprintf("%.2g %%", 100 * beyond), \
    given(longest) ? ", up to ".as_time(longest) : "") : ""
load folder."frame.gp"

# Marks: a line for each of an engine, and a name, to the right of its lines. The further right the lower, so
# that no line goes through a name.
fraction(v) = (given(per_decade) ? log10(v / x_first) / log10(x_last / x_first) \
    : v / x_last)
if (!empty) {
    if (given(per_decade)) {
        set logscale x
        set xrange [x_first / x_scale : x_last / x_scale]
        set format x x_last / x_scale < 1e6 ? "%g" : "%.0s %c"
    }
    top = 1.3 * y_top / y_scale
    set yrange [0 : top]
    set ytics step(top)
    figure_of(engine, mark) = n_(engine) ? number(engine."_".mark) : NaN
    seen_at(v) = given(v) && v > 0 && fraction(v) >= 0 && fraction(v) <= 1
    marks = "p50 mean p99"
    main = n_("sim") ? "sim" : "pool"
    do for [mark in marks] {
        here = figure_of(main, mark); other = n_("sim") ? figure_of("pool", mark) : NaN
        rank = sum [k = 1:3] (v = figure_of(main, word(marks, k)), \
            given(v) && (v < here || (v == here && strstrt(marks, word(marks, k)) < strstrt(marks, mark))))
        high = 0.965 - 0.065 * rank; dashes = mark eq "mean" ? 2 : 1
        do for [engine in "sim pool"] {
            v = figure_of(engine, mark)
            if (seen_at(v)) {
                set arrow from first v / x_scale, graph 0 to first v / x_scale, graph high nohead \
                    lc rgb (engine eq "sim" ? BLUE : ORANGE) lw (engine eq "sim" ? 2.2 : 1.2) dt dashes front
            }
        }
        if (seen_at(here)) {
            name = mark." ".as_time(here).(given(other) ? ", real ".as_time(other) : "")
            right_end = seen_at(other) ? larger(here, other) : here
            fits_there = fraction(right_end) + 8.3 * strlen(name) / (WIDTH - 92 - RIGHT) < 1
            v = fits_there ? right_end : seen_at(other) ? smaller(here, other) : here
            if (fits_there) {
                set label name at first v / x_scale, graph high - 0.015 left offset screen across(6), screen 0 \
                    tc rgb INK front
            } else {
                set label name at first v / x_scale, graph high - 0.015 right offset screen across(-6), screen 0 \
                    tc rgb INK front
            }
        }
    }
}

if (empty) {
    plot NaN notitle
} else {
    plot NaN notitle, \
        for [i = 1:n_("sim")] data("sim") using (at_x(0)):(at("sim") / y_scale) \
            with fillsteps ls 3 notitle, \
        for [i = 1:n_("sim")] data("sim") using (at_x(0)):(at("sim") / y_scale) \
            with steps ls 2 notitle, \
        for [i = 1:n_("paired")] data("paired") using (at_x(0)):(at("paired") / y_scale) \
            with steps ls 7 notitle, \
        for [i = 1:n_("pool")] data("pool") using (at_x(0)):(at("pool") / y_scale) \
            with steps ls 1 notitle
}
set output
