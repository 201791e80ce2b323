# SPDX-License-Identifier: GPL-3.0-or-later
# What charts by percentile share, loaded after frame.gp: the scale 1 / (1 - p) that gives each further nine the
# same room, and the response on a log scale where it spreads.
# Logarithmic where it spreads more than 30 fold from the median on.
floor_y = -1e300
above(y) = y < floor_y ? floor_y : y
if (!empty) {
    logarithmic = y_low < 1e300 && y_top > 30 * y_low
    if (logarithmic) {
        floor_y = 0.5 * y_low / y_scale
        top = 1.3 * y_top / y_scale
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
    }
    set logscale x
    set xrange [1 : larger(x_last, 130)]
    set xtics ("0 %%" 1, "50 %%" 2, "90 %%" 10, "99 %%" 100, "99.9 %%" 1e3, "99.99 %%" 1e4, \
        "99.999 %%" 1e5, "99.9999 %%" 1e6)
    if (x_last < 5e4) { set xtics add ("80 %%" 5) }
    if (near) { set label at 100, limit "" point pt 6 ps 1.4 * DOT lc rgb LIMIT lw 2 front }
}
