# SPDX-License-Identifier: GPL-3.0-or-later
# Draws the lines of sweep-lines.gp, once all axes are set.
curve_g(k) = sprintf("g%d", k)
curve_t(k) = sprintf("t%d", k)
low_of(k) = at(curve_g(k)."_low") / y_scale
high_of(k) = at(curve_g(k)."_high") / y_scale
bands = 0
do for [k = 1:GROUP_COUNT] { bands = bands + (n_(curve_g(k)."_low") ? 1 : 0) }
if (empty) {
    plot NaN notitle
} else {
    plot NaN notitle, \
        for [k = 1:GROUP_COUNT] data(curve_g(k)) using (at_x(0)):(low_of(k)):(high_of(k)) with filledcurves \
            lc rgb word(FILLS, k) fs transparent solid 0.18 noborder notitle, \
        for [i = 1:near] limit with lines ls 6 notitle, \
        for [k = 1:GROUP_COUNT] data(curve_t(k)) using (at_x(0)):(at(curve_t(k)) / y_scale) with lines ls 30 + k notitle, \
        for [k = 1:GROUP_COUNT] data(curve_g(k)) using (at_x(0)):(at(curve_g(k)) / y_scale) with linespoints ls 20 + k notitle, \
        data("missed") using (at_x(0)):(at("missed") / y_scale) with points ls 36 notitle
}
set output
