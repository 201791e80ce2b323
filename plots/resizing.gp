# SPDX-License-Identifier: GPL-3.0-or-later
# A pool that changes its size, three panels on one time axis: workers that serve as steps, the busy ones beneath, and
# each decision to grow or to shrink (a triangle; of many a tick, up or down, above the steps); jobs that wait; P99 with the
# limit of the SLO. The simulator's replication 1, which has the same jobs as the real pool, and the real pool.
#
# Called in the folder of a result:   gnuplot -c .../plots/resizing.gp FORMAT OUTPUT POOL CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; POOL the pool's name.
# Reads chart.csv; sizes.csv (pool,engine,t,what,serving,size); series-paired.csv and, of the real pool, series.csv.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "resizing"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
HEIGHT = 780.
best = number("best_fixed"); limit_p99 = number("slo_p99"); window = number("p99_window"); changes = number("changes")
ticks = changes > 60
engines = (has("sim") ? " sim" : "").(has("pool") ? " pool" : "")
both = words(engines) == 2
engine_of(curve) = strstrt(curve, "sim") == 1 ? "sim" : "pool"
figure_of(curve) = curve[strlen(engine_of(curve)) + 2 : *]
CURVES = "sim_busy sim_queue sim_p99 pool_busy pool_queue pool_p99"; TALL = "sim_busy pool_busy"; BANDS = ""
band = 0
LEGEND = "sim_busy pool_busy grows shrinks"
file_of(curve) = engine_of(curve) eq "sim" ? (has("sim") ? "series-paired.csv" : "") : has("pool") ? known(text("pool_file")) : ""
column_of(curve) = POOL.".".figure_of(curve)
BUSY_SIM = 13; BUSY_REAL = 14; GROWS = 15; SHRINKS = 16
set style line BUSY_SIM lc rgb "#CFE6F5" lw 1
set style line BUSY_REAL lc rgb (both ? ORANGE : "#F8DCC6") lw 1 dt (2, 2)
set style line GROWS lc rgb GREY lw 1.4 pt 9 ps 0.9 * DOT
set style line SHRINKS lc rgb GREY lw 1.4 pt 11 ps 0.9 * DOT
set style line 17 lc rgb BLUE lw 1.6
set style line 18 lc rgb ORANGE lw 1.6
style_of(kind) = kind eq "sim_busy" ? 17 : kind eq "pool_busy" ? 18 : kind eq "grows" ? GROWS : SHRINKS
mark_of(kind) = kind eq "grows" || kind eq "shrinks" ? (ticks ? "tick" : "points") : "line"
shows(kind) = kind eq "shrinks" && ticks ? 0 : kind eq "grows" || kind eq "shrinks" ? changes > 0 : n_(kind)
named(kind) = kind eq "sim_busy" ? "simulated, ".(both ? "the same jobs" : "replication 1") \
    : kind eq "pool_busy" ? "real pool" : kind eq "shrinks" ? "shrinks" : ticks ? "each tick up: it grows, down: it shrinks" : "grows"
says(kind) = named(kind)
banded(kind) = kind eq "sim_busy" || (kind eq "pool_busy" && !both)
band_colour(style) = style == 17 ? "#CFE6F5" : "#F8DCC6"
load folder."frame.gp"

# ---- how far the panels go
most_size = 0; most_queue = 0; most_p99 = 0; least_p99 = 1e300
is_of(engine) = strcol(1) eq POOL && strcol(2) eq engine
set datafile separator comma columnheaders
do for [engine in engines] {
    stats 'sizes.csv' using (is_of(engine) ? (most_size = larger(most_size, larger(column("serving"), column("size"))), \
        x_last = larger(x_last, column("t"))) : 0, 1) nooutput
}
tall_of(curve) = (v = column(column_of(curve)), given(v) ? v : 0)
do for [engine in engines] {
    queue = engine."_queue"; p99 = engine."_p99"
    if (n_(queue)) { stats data(queue) using (most_queue = larger(most_queue, tall_of(queue)), 1) nooutput }
    if (n_(p99)) { stats data(p99) using (v = tall_of(p99), most_p99 = larger(most_p99, v), \
        least_p99 = v > 0 ? smaller(least_p99, v) : least_p99, 1) nooutput }
}
most_size = larger(most_size, y_top)
best_near = given(best) && best <= 2 * most_size
if (best_near) { most_size = larger(most_size, best) }
limit_near = given(limit_p99) && limit_p99 <= 2 * most_p99
if (limit_near) { most_p99 = larger(most_p99, limit_p99); least_p99 = smaller(least_p99, limit_p99) }

set multiplot
set xrange [0 : x_last > 0 ? x_last / x_scale : 1]
WEIGHTS = "46 24 30"

# ---- workers; above them a strip of ticks for each engine
when(engine) = is_of(engine) ? column("t") / x_scale : NaN
decided(engine, what) = is_of(engine) && strcol(4) eq what ? column("t") / x_scale : NaN
PANEL = 1; PANEL_KIND = "count"; PANEL_LOW = 0
sampled = number("sampled_every")
PANEL_NAME = "workers that serve".(empty ? "" : "; beneath them the busy ones".(both ? ", of the real pool dotted" : "") \
    .(given(sampled) ? ", every ".as_time(sampled) : ""))
strips = ticks ? words(engines) : 0
PANEL_TOP = most_size * (1 + 0.16 * strips)
load folder."panel.gp"
set ytics 0, p_step, most_size
strip(engine) = p_top * (1 - 0.075 - 0.13 * (engine eq "sim" ? 0 : words(engines) - 1))
reach(what) = p_top * (what eq "grow" ? 0.05 : -0.05)
if (best_near) {
    set label "best fixed" at graph 1, first best left offset screen across(8), screen 8 / HEIGHT tc rgb GREEN
    set label sprintf("%.0f workers", best) at graph 1, first best left offset screen across(8), screen -9 / HEIGHT tc rgb GREEN
}
mark_style(what) = what eq "grow" ? 9 : 11
colour(engine) = engine eq "sim" ? BLUE : ORANGE
plot NaN notitle, \
    for [i = 1:n_("sim_busy")] data("sim_busy") using (at_x(0)):(at("sim_busy")) with filledcurves y1=0 ls BUSY_SIM notitle, \
    for [i = 1:n_("pool_busy") && !both] data("pool_busy") using (at_x(0)):(at("pool_busy")) with filledcurves y1=0 \
        ls BUSY_REAL notitle, \
    for [i = 1:n_("pool_busy") && both] data("pool_busy") using (at_x(0)):(at("pool_busy")) with lines ls BUSY_REAL notitle, \
    for [i = 1:best_near] best with lines lc rgb GREEN lw 1.2 notitle, \
    for [engine in engines] 'sizes.csv' using (when(engine)):(column("serving")) with steps \
        lc rgb colour(engine) lw (engine eq "sim" ? 2 : 1.5) notitle, \
    for [engine in (ticks ? engines : "")] for [what in "grow shrink"] 'sizes.csv' \
        using (decided(engine, what)):(strip(engine)):(0):(reach(what)) with vectors nohead lc rgb colour(engine) lw 0.9 notitle, \
    for [engine in (ticks ? "" : engines)] for [what in "grow shrink"] 'sizes.csv' \
        using (decided(engine, what)):(column("size")) with points pt mark_style(what) ps 0.9 * DOT lc rgb colour(engine) notitle

# ---- jobs that wait
PANEL = 2; PANEL_NAME = "jobs waiting"; PANEL_TOP = most_queue
load folder."panel.gp"
plot NaN notitle, \
    for [engine in engines] for [i = 1:n_(engine."_queue")] data(engine."_queue") \
        using (at_x(0)):(at(engine."_queue")) with lines lc rgb colour(engine) lw (engine eq "sim" ? 2 : 1.5) notitle

# ---- P99
PANEL = 3; PANEL_KIND = "time"; PANEL_TOP = most_p99; PANEL_LOW = least_p99
PANEL_NAME = most_p99 > 0 && window > 0 ? "P99 of the response over ".as_span(window) : "P99 of the response: too few jobs"
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
    for [engine in engines] for [i = 1:n_(engine."_p99")] data(engine."_p99") \
        using (at_x(0)):(at(engine."_p99") / p_scale) with lines lc rgb colour(engine) lw (engine eq "sim" ? 2 : 1.5) notitle
unset multiplot
set output
