# SPDX-License-Identifier: GPL-3.0-or-later
# Busy workers over time: the real pool, the simulation with its band, theory; the pool's workers are a
# line, and the right axis says the same as utilisation. Of a pool that changes its size the workers are a curve
# of each engine, thin and dashed, and there is no right axis.
#
# Called in the folder of a result:   gnuplot -c .../plots/workers.gp FORMAT OUTPUT POOL CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; POOL the pool's name.
# Reads chart.csv, series.csv and, in a comparison, series-sim.csv: t, POOL.busy, POOL.busy_low, _high.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "workers"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
workers = number("workers"); utilisation = number("utilisation_theory")
theory = given(utilisation) ? smaller(utilisation, 1) * workers : NaN
CREW = " sim_crew pool_crew "
crew_of(curve) = strstrt(CREW, " ".curve." ") > 0
owner(curve) = crew_of(curve) ? curve[1 : strlen(curve) - 5] : curve
file_of(curve) = crew_of(curve) && !(number("resizes") > 0) ? "" : series(owner(curve))
column_of(curve) = POOL.(crew_of(curve) ? ".workers" : ".busy".suffix(curve))
CURVES = CURVES.CREW; TALL = "pool paired sim".CREW
LEGEND = "pool pool_crew paired sim sim_crew theory"
set style line 13 lc rgb BLUE lw 1.4 dt (6, 4)
set style line 14 lc rgb ORANGE lw 1.2 dt (6, 4)
style_of(kind) = kind eq "pool" ? 1 : kind eq "paired" ? 7 : kind eq "sim" ? 2 : kind eq "sim_crew" ? 13 \
    : kind eq "pool_crew" ? 14 : 4
named(kind) = kind eq "sim_crew" ? "workers, simulated" : kind eq "pool_crew" ? "workers, real pool" \
    : cut_off(strlen(text(kind."_label")) ? text(kind."_label") : label(kind), 60)
y_name(unused) = number("resizes") > 0 ? "busy workers, and all" : "busy workers"
load folder."frame.gp"

# The band of a mean may reach over the number of workers; what it means does not.
roof = larger(y_top, given(workers) ? workers : 0)
under(v) = v > roof ? roof : v

if (!empty) {
    top = roof > 0 ? 1.14 * roof : 1
    set yrange [0 : top]
    set format y big(top)
    set ytics roof <= 5 ? 1 : step(top)
    if (given(workers) && workers > 0) {
        set rmargin at screen across(WIDTH - 86)
        set border 11
        share = 100 * top / workers
        set y2range [0 : share]
        set y2tics 0, share < 200 ? 25 : step(share), share < 200 ? 100 : share format "%g %%" tc rgb INK
        set label "utilisation" at screen across(WIDTH - 18), graph 0.5 center rotate by 90 tc rgb INK
        set label sprintf(workers == 1 ? "%.0f worker" : "%.0f workers", workers) \
            at graph 0, first workers left offset screen across(8), screen 11 / HEIGHT tc rgb GREY
    }
}

# Of few workers a level at an instant says little: there each point is the mean over a bin of time
# (of the band: the mean of its bounds, so it is rather too wide).
# The bins of a curve stand after those of the curve before, with one that stays empty between: gnuplot
# may leave out the last sample of '+'.
BINS = 60
coarse = !empty && workers <= 16 && most_points > 2 * BINS
array sums[5 * (BINS + 1)]; array counts[5 * (BINS + 1)]
begin(curve) = (BINS + 1) * (curve eq "pool" ? 0 : curve eq "sim" ? 1 : curve eq "low" ? 2 : curve eq "high" ? 3 : 4) + 1
bin(t) = t < 0 ? 0 : t < x_last ? floor(BINS * t / x_last) : BINS - 1
sum_up(k, y) = given(y) ? (sums[k] = sums[k] + y, counts[k] = counts[k] + 1) : 0
divide(k) = counts[k] > 0 ? sums[k] / counts[k] : NaN
mean(curve) = divide(begin(curve) + column(0))
middle(i) = x_last * (i + 0.5) / BINS / x_scale
if (coarse) {
    do for [k = 1:5 * (BINS + 1)] { sums[k] = 0; counts[k] = 0 }
    do for [curve in "pool sim low high paired"] {
        stats data(curve) using (sum_up(begin(curve) + bin(column("t")), at(curve)), 1) nooutput
    }
    set samples BINS + 1
    set label 101 x_name."; each point is a mean over ".as_time(x_last / BINS)
}

if (empty) {
    plot NaN notitle
} else { if (coarse) {
    plot NaN notitle, \
        for [i = 1:band] '+' using (middle($0)):(mean("low")):(under(mean("high"))) \
            with filledcurves ls 3 notitle, \
        for [i = 1:given(workers)] workers with lines ls 5 notitle, \
        for [i = 1:n_("sim")] '+' using (middle($0)):(mean("sim")) with lines ls 2 notitle, \
        for [i = 1:n_("paired")] '+' using (middle($0)):(mean("paired")) with lines ls 7 notitle, \
        for [i = 1:n_("pool")] '+' using (middle($0)):(mean("pool")) with lines ls 1 notitle, \
        for [i = 1:given(theory)] theory with lines ls 4 notitle
} else {
    plot NaN notitle, \
        for [i = 1:band] data("sim") using (at_x(0)):(at("low")):(under(at("high"))) \
            with filledcurves ls 3 notitle, \
        for [i = 1:given(workers)] workers with lines ls 5 notitle, \
        for [i = 1:n_("sim_crew")] data("sim_crew") using (at_x(0)):(at("sim_crew")) with lines ls 13 notitle, \
        for [i = 1:n_("pool_crew")] data("pool_crew") using (at_x(0)):(at("pool_crew")) with lines ls 14 notitle, \
        for [i = 1:n_("sim")] data("sim") using (at_x(0)):(at("sim")) with lines ls 2 notitle, \
        for [i = 1:n_("paired")] data("paired") using (at_x(0)):(at("paired")) with lines ls 7 notitle, \
        for [i = 1:n_("pool")] data("pool") using (at_x(0)):(at("pool")) with lines ls 1 notitle, \
        for [i = 1:given(theory)] theory with lines ls 4 notitle
} }
set output
