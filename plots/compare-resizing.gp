# SPDX-License-Identifier: GPL-3.0-or-later
# Two results of a pool that changes its size (or one of them of a fixed one), on one time axis: A's workers that serve as
# steps, the busy ones beneath, with each decision to grow or to shrink (of many a tick, up or down); B's below them on the
# same scale; P99 of both with the limit of the SLO.
#
# Called in a folder that `headroom compare` wrote:   gnuplot -c .../plots/compare-resizing.gp FORMAT OUTPUT "" CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write.
# Reads CHARTFILE (compare-chart.csv), compare-sizes.csv (side,t,what,serving,size), compare-series.csv (side,t,busy,p99).
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "compare-resizing"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
HEIGHT = 780.
limit_p99 = number("slo_p99"); changes = number("changes")
ticks = changes > 60
CURVES = "busy p99"; TALL = "busy"; BANDS = ""; band = 0
LEGEND = "a b grows shrinks"
file_of(curve) = "compare-series.csv"
column_of(curve) = curve
set style line 13 lc rgb BLUE lw 2
set style line 14 lc rgb ORANGE lw 2
set style line 15 lc rgb GREY lw 1.4 pt 9 ps 0.9 * DOT
set style line 16 lc rgb GREY lw 1.4 pt 11 ps 0.9 * DOT
style_of(kind) = kind eq "a" ? 13 : kind eq "b" ? 14 : kind eq "grows" ? 15 : 16
mark_of(kind) = kind eq "grows" || kind eq "shrinks" ? (ticks ? "tick" : "points") : "line"
shows(kind) = kind eq "shrinks" && ticks ? 0 : kind eq "grows" || kind eq "shrinks" ? changes > 0 : 1
says(kind) = kind eq "a" || kind eq "b" ? cut_off(text(kind."_label"), 44) : kind eq "shrinks" ? "shrinks" \
    : ticks ? "tick up: grows, down: shrinks" : "grows"
banded(kind) = kind eq "a" || kind eq "b"
pale(side) = side eq "a" ? "#CFE6F5" : "#F8DCC6"
band_colour(style) = style == 13 ? pale("a") : pale("b")
colour(side) = side eq "a" ? BLUE : ORANGE
load folder."frame.gp"

# ---- how far the panels go
most_size = 0; most_p99 = 0; least_p99 = 1e300
set datafile separator comma columnheaders
stats 'compare-sizes.csv' using (most_size = larger(most_size, larger(column("serving"), column("size"))), \
    x_last = larger(x_last, column("t")), 1) nooutput
known_of(name) = (v = column(name), given(v) && v > 0 ? v : 0)
if (n_("p99")) {
    stats 'compare-series.csv' using (v = known_of("p99"), most_p99 = larger(most_p99, v), \
        least_p99 = v > 0 ? smaller(least_p99, v) : least_p99, 1) nooutput
}
most_size = larger(most_size, y_top)
limit_near = given(limit_p99) && limit_p99 <= 2 * most_p99
if (limit_near) { most_p99 = larger(most_p99, limit_p99); least_p99 = smaller(least_p99, limit_p99) }

set multiplot
set xrange [0 : x_last > 0 ? x_last / x_scale : 1]
WEIGHTS = "36 36 28"
when(side) = strcol(1) eq side ? column("t") / x_scale : NaN
decided(side, what) = strcol(1) eq side && strcol(3) eq what ? column("t") / x_scale : NaN
reach(what) = p_top * (what eq "grow" ? 0.06 : -0.06)
mark_style(what) = what eq "grow" ? 9 : 11
PANEL_KIND = "count"; PANEL_LOW = 0; PANEL_TOP = most_size * (ticks ? 1.2 : 1)
do for [k = 1:2] {
    side = word("a b", k)
    PANEL = k; of_pool = text(side."_pool")
    PANEL_NAME = (k == 1 ? "A" : "B").": workers that serve".(strlen(of_pool) ? ", pool ".cut_off(of_pool, 40) : "") \
        ."; beneath them the busy ones, at instants"
    load folder."panel.gp"
    set ytics 0, p_step, most_size
    plot NaN notitle, \
        for [i = 1:n_("busy")] 'compare-series.csv' using (when(side)):(column("busy")) with filledcurves y1=0 \
            lc rgb pale(side) notitle, \
        'compare-sizes.csv' using (when(side)):(column("serving")) with steps lc rgb colour(side) lw 2 notitle, \
        for [i = 1:ticks] for [what in "grow shrink"] 'compare-sizes.csv' using (decided(side, what)):(0.92 * p_top):(0):(reach(what)) \
            with vectors nohead lc rgb colour(side) lw 0.9 notitle, \
        for [i = 1:!ticks] for [what in "grow shrink"] 'compare-sizes.csv' using (decided(side, what)):(column("size")) \
            with points pt mark_style(what) ps 0.9 * DOT lc rgb colour(side) notitle
}
PANEL = 3; PANEL_KIND = "time"; PANEL_TOP = most_p99; PANEL_LOW = least_p99
PANEL_NAME = most_p99 > 0 ? "P99 of the response, of the last jobs at each instant" : "P99 of the response: too few jobs"
load folder."panel.gp"
if (limit_near) {
    set label "P99 limit" at graph 1, first limit_p99 / p_scale left offset screen across(8), screen 8 / HEIGHT tc rgb LIMIT
    set label as_time(limit_p99) at graph 1, first limit_p99 / p_scale left offset screen across(8), screen -9 / HEIGHT tc rgb LIMIT
} else { if (given(limit_p99) && most_p99 > 0) {
    set label "P99 limit" at graph 1, graph 1 left offset screen across(8), screen -8 / HEIGHT tc rgb LIMIT
    set label as_time(limit_p99)." ↑" at graph 1, graph 1 left offset screen across(8), screen -26 / HEIGHT tc rgb LIMIT
} }
plot NaN notitle, \
    for [i = 1:limit_near] limit_p99 / p_scale with lines ls 6 notitle, \
    for [side in "a b"] for [i = 1:n_("p99")] 'compare-series.csv' using (when(side)):(column("p99") / p_scale) \
        with lines lc rgb colour(side) lw 2 notitle
unset multiplot
set output
