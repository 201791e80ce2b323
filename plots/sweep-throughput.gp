# SPDX-License-Identifier: GPL-3.0-or-later
# Throughput against the number of workers, over the cells of a sweep: a line for cells that differ in their workers
# alone, each with its 95 % band.
#
# Called in the folder of a sweep:   gnuplot -c .../plots/sweep-throughput.gp FORMAT OUTPUT "" CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; CHARTFILE sweep-chart.csv.
# Reads CHARTFILE and sweep-throughput.csv.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "sweep-throughput"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
DATA = "sweep-throughput.csv"; GROUPS = "throughput"
load folder."sweep-lines.gp"
Y_KIND = "count"; RIGHT = 34
y_name(unused) = "throughput (jobs/s)"
load folder."frame.gp"
load folder."sweep-count.gp"
load folder."sweep-plot.gp"
