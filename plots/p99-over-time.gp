# SPDX-License-Identifier: GPL-3.0-or-later
# P99 of the response time over the last window against time: the real pool, the simulation with its
# band, theory, and the limit of the SLO. Where jobs come in batches, a tick at the foot for each, as high
# as it has jobs.
#
# Called in the folder of a result:   gnuplot -c .../plots/p99-over-time.gp FORMAT OUTPUT POOL CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; POOL the pool's name.
# Reads chart.csv, series.csv and, in a comparison, series-sim.csv, series-paired.csv: t, POOL.p99, POOL.p99_low,
# _high; events.csv.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "p99-over-time"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
Y_KIND = "time"; SLO_NAME = "P99 limit"
slo = number("slo_p99"); theory = number("p99_theory"); window = number("p99_window")
column_of(curve) = POOL.".p99".suffix(curve)
y_name(unused) = window > 0 ? "P99 of the last ".as_span(window) : "P99"

# More ticks than pixels say nothing.
batches = number("batches"); most_jobs = 0
ticks = batches > 0 && batches <= 1000
is_batch(unused) = strcol(2) eq POOL && strcol(3) eq "batch"
if (ticks) {
    LEGEND = LEGEND." batch"
    shows(kind) = kind eq "batch" ? 1 : kind eq "theory" ? theorised : n_(kind)
    style_of(kind) = kind eq "batch" ? 5 : kind eq "pool" ? 1 : kind eq "paired" ? 7 : kind eq "sim" ? 2 : 4
    mark_of(kind) = kind eq "batch" ? "tick" : "line"
    label(kind) = kind eq "batch" ? sprintf("a batch arrives, of up to %.0f jobs", most_jobs) : kind
    set datafile separator comma columnheaders
    stats 'events.csv' using (is_batch(0) ? (most_jobs = larger(most_jobs, column(5))) : 0, 1) nooutput
    set datafile nocolumnheaders
}
load folder."frame.gp"
# gnuplot reads a curve that it then leaves out.
tick_file = ticks ? 'events.csv' : some_file
tick(unused) = !ticks ? 0 : is_batch(0) ? column(1) / x_scale : NaN
height(unused) = !ticks ? 0 : 0.09 * top * column(5) / larger(1, most_jobs)

if (empty) {
    plot NaN notitle
} else {
    plot NaN notitle, \
        for [i = 1:band] data("sim") using (at_x(0)):(at("low") / y_scale):(at("high") / y_scale) \
            with filledcurves ls 3 notitle, \
        for [i = 1:ticks] tick_file using (tick(0)):(0):(0):(height(0)) \
            with vectors nohead ls 5 notitle, \
        for [i = 1:near] limit with lines ls 6 notitle, \
        for [i = 1:n_("sim")] data("sim") using (at_x(0)):(at("sim") / y_scale) \
            with lines ls 2 notitle, \
        for [i = 1:n_("paired")] data("paired") using (at_x(0)):(at("paired") / y_scale) \
            with lines ls 7 notitle, \
        for [i = 1:n_("pool")] data("pool") using (at_x(0)):(at("pool") / y_scale) \
            with lines ls 1 notitle, \
        for [i = 1:given(theory)] theory / y_scale with lines ls 4 notitle
}
set output
