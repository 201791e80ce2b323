# SPDX-License-Identifier: GPL-3.0-or-later
# What the four charts share: reads the texts and numbers of chart.csv, looks which curves there are in
# the data files, opens the terminal, draws heading and legend, and sets colours, grid and tics.
#
# The chart gives FORMAT (svg, png or pdf), OUTPUT, POOL, CHARTFILE and CHART (workers, queue, response, p99, or
# compare: two results on the scale of response, its curves "a b a_low a_high b_low b_high" from compare.csv).
# It gets text(key) and number(key); for each curve of "pool paired sim low high theory" (paired: the
# simulator on the same jobs as the real pool) n_(curve), whether
# there is a point of it, and data(curve), at_x(0), at(curve) for plot; x_last, y_top, y_low over all.
# Words of the user are strings read byte by byte: no command, format or markup is ever made of them.
reset
set encoding utf8
set datafile commentschars ""

# ---- chart.csv: key,value as in RFC 4180, kept as RS key US value RS key US value ... RS
texts = "\036"; field = ""; length = 0; valued = 0; quoted = 0; before = 0; before2 = 0
# "]]>" gets a space inside: SVG may not hold it.
gap(b) = b == 62 && before == 93 && before2 == 93 ? " " : ""
put(b) = length >= 4000 || b < 32 || b == 127 ? 0 \
    : (field = field.gap(b).sprintf("%c", b), length = length + 1)
start(unused) = (field = "", length = 0)
finish(unused) = (valued ? (texts = texts.field."\036") : 0, valued = 0, start(0))
take(b) = (b == 34 ? (!quoted && before == 34 ? put(b) : 0, quoted = !quoted) \
    : b == 44 && !quoted && !valued ? (texts = texts.field."\037", valued = 1, start(0)) \
    : b == 10 && !quoted ? finish(0) \
    : put(b), before2 = before, before = b, 1)
stats (strlen(CHARTFILE) ? CHARTFILE : 'chart.csv') binary format='%uchar' using (take($1)) nooutput
last = finish(0)

from(key) = strstrt(texts, "\036".key."\037")
rest(key) = texts[from(key) + strlen(key) + 2 : *]
text(key) = from(key) ? rest(key)[1 : strstrt(rest(key), "\036") - 1] : ""
one_of(set, c) = strlen(c) && strstrt(set, c) > 0
fits(c, before, after) = one_of("0123456789", c) \
    || (one_of("+-", c) && (!strlen(before) || one_of("eE", before)) && one_of("0123456789", after)) \
    || (one_of(".", c) && one_of("0123456789", before) && one_of("0123456789", after)) \
    || (one_of("eE", c) && one_of("0123456789", before) && one_of("+-", after))
exponent(s) = strstrt(s, "e") + strstrt(s, "E")
numeric(s) = strlen(s) && strlen(s) < 40 \
    && strlen(s) == (sum [i = 1:strlen(s)] fits(s[i:i], i > 1 ? s[i - 1:i - 1] : "", s[i + 1:i + 1])) \
    && strlen(s) - exponent(s) <= (exponent(s) ? 3 : 40) \
    && 1 >= (sum [i = 1:strlen(s)] one_of("eE", s[i:i])) && 1 >= (sum [i = 1:strlen(s)] s[i:i] eq ".")
number(key) = numeric(text(key)) ? real(text(key)) : NaN
given(v) = v == v && abs(v) < 1e300
larger(a, b) = a > b ? a : b
smaller(a, b) = a > b ? b : a

by_percentile = CHART eq "response" || CHART eq "compare"
workers = number("workers")
capacity = number("capacity")
slo = by_percentile || CHART eq "p99" ? number("slo_p99") : NaN

# ---- where each curve is; only these names are ever opened
known(name) = name eq "series.csv" || name eq "series-sim.csv" ? name : ""
series(curve) = curve eq "paired" ? (number("has_paired") > 0 ? "series-paired.csv" : "") : curve eq "pool" ? (number("has_pool") > 0 ? known(text("pool_file")) : "") \
    : curve eq "theory" ? "" : (number("has_sim") > 0 ? known(text("sim_file")) : "")
file_(curve) = CHART eq "compare" ? "compare.csv" : CHART ne "response" ? series(curve) \
    : number("has_".(curve eq "low" || curve eq "high" ? "sim" : curve)) > 0 ? "percentiles.csv" : ""
suffix(curve) = curve eq "low" || curve eq "high" ? "_".curve : ""
level = CHART eq "workers" ? "busy" : CHART
column_(curve) = CHART eq "compare" ? curve : CHART ne "response" ? POOL.".".level.suffix(curve) \
    : strlen(suffix(curve)) ? "sim".suffix(curve) : curve
x_column = by_percentile ? "inverse" : "t"
x_from = by_percentile ? 2 : -1e300 # y_low is of the points from here on

# ---- which curves have points, and how far they go
curves = ""; some_file = ""; x_last = 0; y_top = 0; y_low = 1e300; most_points = 0
counts_up = CHART eq "workers" ? "pool paired sim" : "pool paired sim low high theory a b a_low a_high b_low b_high" # whose values y_top has to hold
seen(x, y) = !given(x) || !given(y) || x > x_limit ? 0 \
    : (points = points + 1, x_high = larger(x_high, x), \
       y_top = strstrt(counts_up, curve) ? larger(y_top, y) : y_top, \
       y_low = x >= x_from && y > 0 ? smaller(y_low, y) : y_low)
all_curves = CHART eq "compare" ? "a b a_low a_high b_low b_high" : "pool paired sim low high theory"
do for [curve in all_curves] {
    file = file_(curve); name = column_(curve); points = 0; rows = 0; header = ""; x_high = x_last
    x_limit = curve eq "theory" && x_last > 0 ? larger(x_last, 100) : 1e300
    if (strlen(file)) {
        set datafile separator "\001"
        stats file using (rows == 0 ? (header = ",".strcol(1).",") : 0, rows = rows + 1, 1) nooutput
    }
    if (rows > 1 && strstrt(header, ",".name.",") && strstrt(header, ",".x_column.",")) {
        set datafile separator comma columnheaders
        stats file using (seen(column(x_column), column(name)), 1) nooutput
        set datafile nocolumnheaders
    }
    most_points = larger(most_points, points)
    if (points) { curves = curves." ".curve." "; some_file = file; x_last = x_high }
}
set datafile separator comma columnheaders
n_(curve) = strstrt(curves, " ".curve." ") > 0
band = n_("low") && n_("high")
# A cell without a value breaks the line.
at(curve) = !n_(curve) ? NaN : (value = column(column_(curve)), given(value) ? value : NaN)
# gnuplot opens the file of a curve that it then leaves out: it gets one that is there
data(curve) = n_(curve) ? file_(curve) : some_file

# The one number of the theory; in the response chart it is a curve instead.
theory = number("has_theory") != 1 ? NaN \
    : CHART eq "workers" ? smaller(number("utilisation_theory"), 1) * workers \
    : CHART eq "queue" ? number("queue_theory") : CHART eq "p99" ? number("p99_theory") : NaN
slope = CHART eq "queue" ? number("fluid_slope") : NaN
offset = number("fluid_start"); start_at = given(offset) ? offset : 0
fluid = given(slope) && slope > 0 && !given(theory)
theorised = given(theory) || fluid || n_("theory")
empty = CHART eq "compare" ? !(n_("a") || n_("b")) : CHART eq "response" ? !(n_("pool") || n_("sim") || n_("theory")) : !(n_("pool") || n_("sim"))
if (given(theory) && theory < 2 * y_top) { y_top = larger(y_top, theory) }
near = given(slo) && slo <= 2 * y_top # else the limit is named with an arrow
if (near) { y_top = larger(y_top, slo) }

# ---- units
as_time(v) = v < 1e-3 ? sprintf("%.3g µs", v * 1e6) : v < 1 ? sprintf("%.3g ms", v * 1e3) \
    : v < 100 ? sprintf("%.3g s", v) : sprintf("%.0f s", v)
as_span(v) = v >= 3600 && v - 3600 * floor(v / 3600) == 0 ? sprintf("%.0f h", v / 3600) \
    : v >= 120 && v - 60 * floor(v / 60) == 0 ? sprintf("%.0f min", v / 60) : as_time(v)
as_count(v) = v > 0 && v < 0.001 ? "under 0.001" : v < 1e4 ? sprintf("%.3g", v) : sprintf("%.0f", v)
x_unit = by_percentile ? "" \
    : x_last <= 600 ? "s" : x_last <= 7200 ? "min" : x_last <= 172800 ? "h" : "days"
x_scale = x_unit eq "min" ? 60. : x_unit eq "h" ? 3600. : x_unit eq "days" ? 86400. : 1.
y_unit = !by_percentile && CHART ne "p99" ? "" : y_top < 1e-3 ? "µs" : y_top < 1 ? "ms" : "s"
y_scale = y_unit eq "µs" ? 1e-6 : y_unit eq "ms" ? 1e-3 : 1.
limit = slo / y_scale
at_x(unused) = column(x_column) / x_scale

# ---- colours (Okabe-Ito) and line styles
DOT = FORMAT eq "png" ? 1.6 : FORMAT eq "pdf" ? 0.7 : 0.8 # terminals differ in how large a point is
INK = "#222222"; GREY = "#5A5A5A"; PALE = "#DADADA"; LIMIT = "#A0527E"
set style line 1 lc rgb "#D55E00" lw 1.5 pt 7 ps 0.28 * DOT   # the real pool
set style line 2 lc rgb "#0072B2" lw 2.8                      # the simulation, under it
set style line 3 lc rgb "#B4DCF4" lw 1                        # its band
set style line 4 lc rgb "#222222" lw 1.7 dt (7, 5)            # theory
set style line 5 lc rgb GREY lw 1.4                           # workers, capacity
set style line 6 lc rgb LIMIT lw 1.6                          # the limit of the SLO
set style line 7 lc rgb "#F9C8A3" lw 5.5                      # the simulation of the same jobs, under the pool
set style line 8 lc rgb "#0072B2" lw 2.2                      # A; its band is a third of it
set style line 9 lc rgb "#D55E00" lw 2.2 dt (9, 3)            # B, likewise

# ---- terminal: 900 by 520, whatever the unit
WIDTH = 900.; HEIGHT = 520.
if (FORMAT eq "png") {
    set terminal pngcairo size 1800, 1040 font "Arial,15" fontscale 1.5 linewidth 2 dashlength 1.6 \
        pointscale 2 background rgb "white" noenhanced
} else { if (FORMAT eq "pdf") {
    set terminal pdfcairo size 18cm, 10.4cm font "Arial,15" fontscale 0.43 linewidth 1 dashlength 1.6 \
        background rgb "white" noenhanced
} else {
    set terminal svg size 900, 520 font "Arial,15" linewidth 1 name CHART background rgb "white" noenhanced
} }
# A name with a leading | would be a command to gnuplot.
set output (OUTPUT[1:1] eq "|" ? "./" : "").OUTPUT

across(px) = px / WIDTH
down(px) = 1 - px / HEIGHT
LEFT = 16; y = 26.

# ---- heading: at most two lines of title, one of subtitle
cut_off(s, most) = strlen(s) > most ? s[1 : most - 1]."…" : s
heading = text("title_".CHART)
line = 0
while (strlen(heading) && line < 2) {
    cut = strlen(heading)
    if (cut > 72) {
        cut = 72
        while (cut > 40 && heading[cut + 1 : cut + 1] ne " ") { cut = cut - 1 }
        if (cut == 40) { cut = 72 }
    }
    line = line + 1
    piece = heading[1 : cut]
    heading = heading[cut + 1 : *]
    while (heading[1:1] eq " ") { heading = heading[2 : *] }
    if (line == 2 && strlen(heading)) { piece = cut_off(piece." …", 72) }
    set label piece at screen across(LEFT), down(y) left font ",20" tc rgb INK noenhanced
    y = y + 23
}
if (strlen(text("subtitle"))) {
    set label cut_off(text("subtitle"), 104) at screen across(LEFT), down(y) left font ",14" \
        tc rgb GREY noenhanced
    y = y + 23
}

# ---- legend: a row under the heading, a second one where needed
label(kind) = strlen(text(kind."_label")) ? cut_off(text(kind."_label"), 60) \
    : kind eq "pool" ? "measured" : kind eq "paired" ? "simulated, the same jobs" : kind eq "sim" ? "simulated" : "theory"
theory_value = given(theory) ? (y_unit ne "" ? ": ".as_time(theory) : ": mean ".as_count(theory)) : ""
says(kind) = kind ne "theory" ? label(kind) \
    : fluid ? sprintf("fluid limit, +%.4g jobs/s", slope) : label(kind).theory_value
kinds = empty ? "" : CHART eq "compare" ? (n_("a") ? "a " : "").(n_("b") ? "b" : "") : (n_("pool") ? "pool " : "").(n_("paired") ? "paired " : "").(n_("sim") ? "sim " : "").(theorised ? "theory" : "")
x = LEFT
do for [kind in kinds] {
    style = kind eq "a" ? 8 : kind eq "b" ? 9 : kind eq "pool" ? 1 : kind eq "paired" ? 7 : kind eq "sim" ? 2 : 4
    wide = 38 + 8.3 * strlen(says(kind)) # of a wide font
    if (x > LEFT && x + wide > WIDTH - LEFT) { x = LEFT; y = y + 21 }
    if (kind eq "sim" && band || n_(kind."_low")) {
        set object rectangle from screen across(x), down(y + 7) to screen across(x + 30), down(y - 7) \
            fs solid (kind eq "sim" ? 1 : 0.35) noborder fc rgb (kind eq "b" ? "#D55E00" : kind eq "a" ? "#0072B2" : "#B4DCF4") behind
    }
    set arrow from screen across(x), down(y) to screen across(x + 30), down(y) nohead ls style
    set label says(kind) at screen across(x + 38), down(y) left font ",15" tc rgb INK noenhanced
    x = x + wide + 20
}
if (strlen(kinds)) { y = y + 21 }

# ---- plot area
unset key
set lmargin at screen across(92)
set rmargin at screen across(WIDTH - (by_percentile ? 44 : 24))
set tmargin at screen down(y + 2)
set bmargin at screen down(HEIGHT - 64)
set border 3 lc rgb "#8C8C8C" lw 1
set grid xtics ytics back lt 1 lc rgb PALE lw 0.7
set tics out nomirror scale 0.6 tc rgb INK
set xtics offset 0, 0.2
set style fill solid 1 noborder
set samples 1000
set xrange [0 : x_last > 0 ? x_last / x_scale : 1]
set yrange [0 : 1]
# tics at 1, 2 or 5 times a power of ten, some five of them up to v
power(v) = 10. ** floor(log10(v / 3.5))
step(v) = power(v) * (v / 3.5 >= 5 * power(v) ? 5 : v / 3.5 >= 2 * power(v) ? 2 : 1)
big(v) = v >= 1e5 ? "%.1s %c" : v >= 1e4 ? "%.0f" : "%g"

# Names stand at pixels, since terminals differ in what a character's height is.
window = number("p99_window")
x_name = by_percentile ? "percentile of the jobs" : "time since the measurement began (".x_unit.")"
y_name = CHART eq "workers" ? "busy workers" : CHART eq "queue" ? "jobs waiting" \
    : by_percentile ? "response time (".y_unit.")" \
    : (given(window) ? "P99 of the last ".as_span(window) : "P99")." (".y_unit.")"
if (empty) {
    unset xtics; unset ytics; unset grid
    set label "no data" at graph 0.5, 0.5 center font ",20" tc rgb GREY noenhanced
} else {
    set label 101 x_name at graph 0.5, screen down(HEIGHT - 15) center tc rgb INK noenhanced
    set label 102 y_name at screen across(18), graph 0.5 center rotate by 90 tc rgb INK noenhanced
}
if (!empty && given(slo)) {
    set rmargin at screen across(WIDTH - 98)
    aside = across(8)
    if (near) {
        set label "P99 limit" at graph 1, first limit left offset screen aside, screen 9 / HEIGHT tc rgb LIMIT
        set label as_time(slo) at graph 1, first limit left offset screen aside, screen -9 / HEIGHT \
            tc rgb LIMIT
    } else {
        set label "P99 limit" at graph 1, graph 1 left offset screen aside, screen -8 / HEIGHT tc rgb LIMIT
        set label as_time(slo)." ↑" at graph 1, graph 1 left offset screen aside, screen -26 / HEIGHT \
            tc rgb LIMIT
    }
}
