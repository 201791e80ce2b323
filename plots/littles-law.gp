# SPDX-License-Identifier: GPL-3.0-or-later
# Little's Law by window of time: L, the jobs in the system on average, as steps; lambda W, the arrival rate
# times the mean stay of the jobs that came in the window, as a point in each. The points lie on the steps but
# for the work that the window's ends cut through.
#
# Called in the folder of a result:   gnuplot -c .../plots/littles-law.gp FORMAT OUTPUT POOL CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; POOL the pool's name.
# Reads chart.csv and little.csv.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "littles-law"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
window = number("little_window")
CURVES = "pool sim low high pool_product product"; TALL = CURVES; LEGEND = "pool pool_product sim product"
file_of(curve) = "little.csv"
column_of(curve) = curve eq "pool" ? "pool_in_system" : curve eq "pool_product" ? "pool_rate_times_stay" \
    : curve eq "product" ? "sim_rate_times_stay" : "sim_in_system".suffix(curve)
style_of(kind) = kind eq "pool" ? 1 : kind eq "pool_product" ? 10 : kind eq "product" ? 11 : 2
mark_of(kind) = kind eq "product" || kind eq "pool_product" ? "points" : "line"
shows(kind) = n_(kind)
says(kind) = kind eq "pool" ? "L, ".text("pool_label") : kind eq "sim" ? "L, ".text("sim_label") \
    : kind eq "product" ? "λW, simulated" : "λW, real pool"
y_name(unused) = "jobs in the system"
NOTE = window > 0 ? ", in windows of ".as_span(window) : ""
load folder."frame.gp"

half = window > 0 ? 0.5 * window / x_scale : 0
if (empty) {
    plot NaN notitle
} else {
    set xrange [0 : x_last / x_scale + half]
    plot NaN notitle, \
        for [i = 1:band] data("sim") using (at_x(0)):(at("sim")):(at_x(0) - half):(at_x(0) + half):(at("low")):(at("high")) \
            with boxxyerror fs solid 1 noborder fc rgb band_colour(2) notitle, \
        for [i = 1:n_("sim")] data("sim") using (at_x(0) - half):(at("sim")) with steps ls 2 notitle, \
        for [i = 1:n_("sim")] data("sim") using (at_x(0) - half):(at("sim")):(2 * half):(0) with vectors nohead ls 2 notitle, \
        for [i = 1:n_("pool")] data("pool") using (at_x(0) - half):(at("pool")) with steps ls 1 notitle, \
        for [i = 1:n_("pool")] data("pool") using (at_x(0) - half):(at("pool")):(2 * half):(0) with vectors nohead ls 1 notitle, \
        for [i = 1:n_("product")] data("product") using (at_x(0)):(at("product")) with points ls 11 notitle, \
        for [i = 1:n_("pool_product")] data("pool_product") using (at_x(0)):(at("pool_product")) \
            with points ls 10 notitle
}
set output
