# SPDX-License-Identifier: GPL-3.0-or-later
# Jobs waiting over time: the real pool, the simulation with its band, the mean that theory gives; where
# more work arrives than the workers can do, the fluid line (offered rate - capacity rate) * t instead.
# The capacity of the queue is a line where the data come near it.
#
# Called in the folder of a result:   gnuplot -c .../plots/queue.gp FORMAT OUTPUT POOL CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; POOL the pool's name.
# Reads chart.csv, series.csv and, in a comparison, series-sim.csv, series-paired.csv: t, POOL.queue, POOL.queue_low, _high.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "queue"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
capacity = number("capacity"); theory = number("queue_theory"); slope = number("fluid_slope")
offset = number("fluid_start"); start_at = given(offset) ? offset : 0
fluid = given(slope) && slope > 0 && !given(theory)
limited = given(capacity) && capacity > 0
risen(t) = start_at + slope * t
line(t) = limited ? smaller(risen(t), capacity) : risen(t)
named(kind) = kind eq "theory" && fluid ? sprintf("fluid limit, +%.4g jobs/s", slope) : text(kind."_label")
shows(kind) = kind eq "theory" ? theorised || fluid : n_(kind)
y_name(unused) = "jobs waiting"
load folder."frame.gp"

if (!empty) {
    tall = y_top
    if (fluid) { tall = larger(tall, smaller(line(x_last), 2 * tall)) }
    close = limited && capacity <= 2 * tall
    if (close) { tall = larger(tall, capacity) }
    top = tall > 1 ? 1.14 * tall : 1.14
    set yrange [0 : top]
    set format y big(top)
    set ytics top <= 1.14 && y_top < 0.1 ? 1 : step(top)
    if (close) {
        set label sprintf("capacity %.0f", capacity) at graph 0, first capacity left \
            offset screen across(8), screen 11 / HEIGHT tc rgb GREY
    }
}

if (empty) {
    plot NaN notitle
} else {
    plot NaN notitle, \
        for [i = 1:band] data("sim") using (at_x(0)):(at("low")):(at("high")) \
            with filledcurves ls 3 notitle, \
        for [i = 1:close] capacity with lines ls 5 notitle, \
        for [i = 1:n_("sim")] data("sim") using (at_x(0)):(at("sim")) with lines ls 2 notitle, \
        for [i = 1:n_("paired")] data("paired") using (at_x(0)):(at("paired")) with lines ls 7 notitle, \
        for [i = 1:n_("pool")] data("pool") using (at_x(0)):(at("pool")) with lines ls 1 notitle, \
        for [i = 1:given(theory)] theory with lines ls 4 notitle, \
        for [i = 1:fluid] line(x * x_scale) with lines ls 4 notitle
}
set output
