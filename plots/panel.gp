# SPDX-License-Identifier: GPL-3.0-or-later
# Of a chart of several panels, one above the other on one x axis: the place and the axes of panel PANEL, before its
# plot. Loaded after frame.gp and `set multiplot`, once for each.
#
# The chart gives WEIGHTS, the heights of all panels in any unit; PANEL, its number from 1; PANEL_NAME, what is shown;
# PANEL_KIND, count or time; PANEL_TOP, the largest value; PANEL_LOW, the least over 0, where the axis may go by powers of
# ten, or 0. It gets p_scale, the unit of the panel's axis, and p_top.
GAP = 28
panel_room = HEIGHT - 64 - y + 8 - GAP * words(WEIGHTS)
panel_unit = panel_room / (sum [i = 1:words(WEIGHTS)] real(word(WEIGHTS, i)))
panel_high = panel_unit * real(word(WEIGHTS, PANEL))
panel_from = y - 8 + GAP * PANEL + (PANEL > 1 ? panel_unit * (sum [i = 1:PANEL - 1] real(word(WEIGHTS, i))) : 0)
if (PANEL > 1) { unset label; unset arrow; unset object }
p_log = PANEL_LOW > 0 && PANEL_TOP > 12 * PANEL_LOW
p_unit = PANEL_KIND eq "time" && PANEL_TOP > 0 ? time_unit(p_log ? sqrt(PANEL_LOW * PANEL_TOP) : PANEL_TOP) : ""
p_scale = PANEL_KIND eq "time" ? time_scale(p_unit) : 1.
p_top = PANEL_TOP > 0 ? 1.14 * PANEL_TOP / p_scale : 1
set tmargin at screen down(panel_from)
set bmargin at screen down(panel_from + panel_high)
set rmargin at screen across(WIDTH - 112)
set yrange [0 : p_top]
p_step = step(p_top); if (PANEL_KIND eq "count" && p_step < 1) { p_step = 1 }
p_step = panel_high < 130 ? 2 * p_step : p_step
unset logscale y
set ytics p_step
set format y big(p_top)
if (p_log) {
    p_low = 0.8 * PANEL_LOW / p_scale
    p_top = 1.3 * PANEL_TOP / p_scale
    set logscale y
    set yrange [p_low : p_top]
    set ytics ("" 1e-200)
    do for [e = int(floor(log10(p_low))) : int(ceil(log10(p_top)))] {
        do for [m in p_top < 300 * p_low ? "1 2 5" : "1"] {
            p_tic = real(m) * 10. ** e
            if (p_tic >= p_low && p_tic <= p_top) { set ytics add (sprintf("%.12g", p_tic) p_tic) }
        }
    }
}
unset label 101; unset label 102
set format x PANEL == words(WEIGHTS) ? "%g" : ""
if (PANEL == words(WEIGHTS)) {
    set label 101 x_name at graph 0.5, screen down(HEIGHT - 15) center tc rgb INK noenhanced
}
set label 103 PANEL_NAME.(strlen(p_unit) ? ", in ".p_unit : "") at graph 0, screen down(panel_from - 12) left \
    offset screen across(-4), screen 0 tc rgb GREY font ",14" noenhanced
if (PANEL_TOP <= 0) { unset ytics }
