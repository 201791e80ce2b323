# SPDX-License-Identifier: GPL-3.0-or-later
# What the line charts of a sweep share, loaded after style.gp: a line a group of cells, in one colour each, with
# its 95 % band; theory's beside it, dashed, in the same colour.
#
# The chart gives CHART, DATA (a file: x, then g1,g1_low,g1_high and maybe t1 ... for each group, then `missed`) and GROUPS, the
# prefix of its texts in sweep-chart.csv. It gets frame.gp loaded, and `lines` to plot them.
GROUP_COUNT = number(GROUPS."_groups")
GROUP_COUNT = given(GROUP_COUNT) && GROUP_COUNT >= 1 && GROUP_COUNT <= 5 ? int(GROUP_COUNT) : 0
X = "x"; X_KIND = "count"
CURVES = ""; TALL = ""; LEGEND = ""
do for [k = 1:GROUP_COUNT] {
    CURVES = CURVES.sprintf(" g%d g%d_low g%d_high t%d", k, k, k, k)
    TALL = TALL.sprintf(" g%d", k)
    LEGEND = LEGEND.sprintf(" g%d", k)
}
CURVES = strlen(CURVES) ? CURVES : "g1"
CURVES = CURVES." missed"; LEGEND = LEGEND." missed theory"
file_of(curve) = DATA
column_of(curve) = curve
COLOURS = "#0072B2 #D55E00 #00815E #A0527E #5A5A5A"
FILLS = "#0072B2 #D55E00 #00815E #A0527E #5A5A5A"
do for [k = 1:5] {
    set style line 20 + k lc rgb word(COLOURS, k) lw 2.2 pt 7 ps 0.75 * DOT
    set style line 30 + k lc rgb word(COLOURS, k) lw 1.5 dt (7, 5)
}
group_of(kind) = int(real(kind[2:2]))
set style line 36 lc rgb INK lw 1.6 pt 2 ps 1.25 * DOT # a point that misses the slo
mark_of(kind) = kind eq "missed" ? "points" : "line"
style_of(kind) = kind eq "theory" ? 4 : kind eq "missed" ? 36 : (kind[1:1] eq "t" ? 30 : 20) + group_of(kind)
named(kind) = kind eq "theory" ? "theory (dashed)" : kind eq "missed" ? "misses the slo" : cut_off(text(GROUPS."_label_".kind[2:2]), 60)
says(kind) = named(kind)
shows(kind) = kind eq "theory" ? strstrt(curves, " t") > 0 : n_(kind)
banded(kind) = 0
