# SPDX-License-Identifier: GPL-3.0-or-later
# P99 of the response against the number of workers, over the cells of a sweep: a line for cells that differ in
# their workers alone, each with its 95 % band; the limit of the SLO.
#
# Called in the folder of a sweep:   gnuplot -c .../plots/sweep-workers.gp FORMAT OUTPUT "" CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; CHARTFILE sweep-chart.csv.
# Reads CHARTFILE and sweep-workers.csv.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "sweep-workers"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
DATA = "sweep-workers.csv"; GROUPS = "workers"
load folder."sweep-lines.gp"
Y_KIND = "time"; LOG_Y = 1; slo = number("slo_p99"); SLO_NAME = "P99 limit"; RIGHT = 34
y_name(unused) = "P99 of the response"
load folder."frame.gp"
load folder."sweep-scale.gp"
load folder."sweep-count.gp"
load folder."sweep-plot.gp"
