# SPDX-License-Identifier: GPL-3.0-or-later
# Response time against percentile, on the scale 1 / (1 - p) that gives each further nine the same room:
# theory, the simulation with its band, the real pool, and the limit of the SLO on P99.
# The response time is on a log scale where it spreads more than 30 fold from the median on.
#
# Called in the folder of a result:   gnuplot -c .../plots/response.gp FORMAT OUTPUT POOL [CHARTFILE]
# with FORMAT svg, png or pdf; OUTPUT the file to write; POOL the pool's name.
# Reads chart.csv and percentiles.csv: inverse,percentile,theory,sim,sim_low,sim_high,pool.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "response"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"

floor_y = -1e300
above(y) = y < floor_y ? floor_y : y
if (!empty) {
    logarithmic = y_low < 1e300 && y_top > 30 * y_low
    top = y_top > 0 ? (logarithmic ? 1.3 : 1.14) * y_top / y_scale : 1
    set format y big(top)
    set ytics step(top)
    if (logarithmic) {
        floor_y = 0.5 * y_low / y_scale
        set logscale y
        set yrange [floor_y : top]
        unset ytics
        set ytics ("" 1e-200) scale 0.6 out nomirror tc rgb INK
        marks = top / floor_y < 3e3 ? "1 2 5" : "1"
        do for [decade = floor(log10(floor_y)) : ceil(log10(top))] {
            do for [mark in marks] {
                tic = mark * 10. ** decade
                if (tic >= floor_y && tic <= top) { set ytics add (sprintf("%.12g", tic) tic) }
            }
        }
    } else {
        set yrange [0 : top]
    }
    set logscale x
    set xrange [1 : larger(x_last, 130)]
    set xtics ("0 %%" 1, "50 %%" 2, "90 %%" 10, "99 %%" 100, "99.9 %%" 1e3, "99.99 %%" 1e4, \
        "99.999 %%" 1e5, "99.9999 %%" 1e6)
    if (x_last < 5e4) { set xtics add ("80 %%" 5) }
    if (near) { set label at 100, limit "" point pt 6 ps 1.4 * DOT lc rgb LIMIT lw 2 front }
}

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
