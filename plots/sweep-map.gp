# SPDX-License-Identifier: GPL-3.0-or-later
# The map of a sweep over two paths: a field a cell, coloured by the P99 of its response (by powers of ten), the
# border between cells that meet the slo and cells that do not, a cross in those that do not, with what they miss where
# that is not P99, and a question mark where it is not sure. Where pools change their size the colour is of the
# reversals a minute instead, from 0, and the small text is P99.
#
# Called in the folder of a sweep:   gnuplot -c .../plots/sweep-map.gp FORMAT OUTPUT "" CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write; CHARTFILE sweep-chart.csv.
# Reads CHARTFILE, sweep-map.csv (x,y,p99,text,why,missed,x_label,y_label,reversals: a row a cell) and sweep-border.csv (x,y,dx,dy).
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "sweep-map"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
reversals = number("map_reversals") > 0
CURVES = reversals ? "reversals" : "p99"; TALL = CURVES; X = "x"; X_KIND = "count"; RIGHT = 110
Y_KIND = reversals ? "count" : "time"; LOG_Y = !reversals
LEGEND = "border missed"
file_of(curve) = "sweep-map.csv"
column_of(curve) = curve
map_wide = number("map_wide"); map_high = number("map_high")
style_of(kind) = kind eq "missed" ? 41 : 40
mark_of(kind) = kind eq "missed" ? "points" : "line"
set style line 40 lc rgb INK lw 3.4
set style line 41 lc rgb "#777777" lw 1 pt 2 ps 1.6 * DOT
set style line 42 lc rgb (reversals ? "#D8222222" : "#A0222222") lw larger(map_wide, map_high) <= 14 ? 1 : 0.6
named(kind) = kind eq "missed" ? "misses the slo" : "border of the cells that meet the slo; ? = not sure"
says(kind) = named(kind)
shows(kind) = number("map_".kind) > 0
banded(kind) = 0
y_name(unused) = ""
load folder."frame.gp"
least = reversals ? 0 : y_low / y_scale; most = larger(y_top / y_scale, 1.1 * least)
if (most <= 0) { most = 1 }
unset grid
characters = number("map_y_characters")
set lmargin at screen across(larger(92, 40 + 9 * (given(characters) ? smaller(24, characters) : 0)))
set border 15 lc rgb "#8C8C8C" lw 1
set xrange [-0.5 : map_wide - 0.5]
set yrange [-0.5 : map_high - 0.5]
set xtics () scale 0
set ytics () scale 0
set label 101 cut_off(text("map_x_name"), 60) at graph 0.5, screen down(HEIGHT - 15) center tc rgb INK noenhanced
set label 102 cut_off(text("map_y_name"), 40) at screen across(18), graph 0.5 center rotate by 90 tc rgb INK noenhanced
set palette defined (0 "#FFFBEA", 0.35 "#F9D98C", 0.7 "#EE9A4D", 1 "#D55E00")
set cbrange [least : most]
if (reversals) { set cbtics step(most) out scale 0.5 tc rgb INK } else {
    set logscale cb
    set cbtics () out scale 0.5 tc rgb INK
}
if (!empty && !reversals) {
    do for [e = int(floor(log10(least))) : int(floor(log10(most)))] {
        do for [m in most < 6 * least ? "1 1.5 2 3 4 5 6 7 8 9" : "1 2 5"] {
            tic = real(m) * 10. ** e
            if (tic >= least && tic <= most) { set cbtics add (sprintf("%g", tic) tic) }
        }
    }
}
set colorbox user origin screen across(WIDTH - 98), graph 0 size screen across(16), graph 1
set label 103 (reversals ? "revers./min" : "P99 (".y_unit.")") at screen across(WIDTH - 90), graph 1 center offset screen 0, screen 14 / HEIGHT tc rgb INK noenhanced
missed = number("map_missed") > 0; borders = number("map_border") > 0
texted = larger(map_wide, map_high) <= 14
over = texted && missed ? 0.18 : 0
small = map_wide <= 8 ? ",10" : map_wide <= 11 ? ",9" : ",8"
marked(v) = given(column("missed")) ? v : NaN
# gnuplot warns of a file without rows
BORDER = borders ? "sweep-border.csv" : "sweep-map.csv"
edge(v) = borders ? v : NaN
if (empty) {
    plot NaN notitle
} else {
    plot "sweep-map.csv" using (column("x")):(column("y")):(at(CURVES) / y_scale):xtic(strcol("x_label")):ytic(strcol("y_label")) with image notitle, \
        "sweep-map.csv" using (marked(column("x") - 0.5)):(column("y") - 0.5):(1):(1) with vectors nohead ls 42 notitle, \
        "sweep-map.csv" using (marked(column("x") - 0.5)):(column("y") + 0.5):(1):(-1) with vectors nohead ls 42 notitle, \
        "sweep-map.csv" using (column("x")):(column("y") + over):(strcol("text")) with labels font ",11" tc rgb INK notitle, \
        "sweep-map.csv" using (column("x")):(column("y") - 0.26):(strcol("why")) with labels font small tc rgb INK notitle, \
        BORDER using (column("x")):(column("y")):(edge(column(3))):(column(4)) with vectors nohead ls 40 notitle
}
set output
