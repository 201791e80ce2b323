# SPDX-License-Identifier: GPL-3.0-or-later
# What all charts share, second half: looks which curves there are in the data files, opens the terminal,
# draws heading and legend, and sets plot area, grid and axes by what the chart has set (see style.gp).
#
# The chart gets n_(curve), whether there is a point of it, and data(curve), at_x(0), at(curve) for plot;
# x_first (over 0), x_last, y_top, y_low over all; x_scale and y_scale, the units of the axes in seconds or shares.

# ---- which curves have points, and how far they go
curves = ""; some_file = ""; x_first = 1e300; x_last = 0; y_top = 0; y_low = 1e300; most_points = 0
seen(x, y) = !given(x) || !given(y) || x > x_limit ? 0 \
    : (points = points + 1, x_high = larger(x_high, x), x_first = x > 0 ? smaller(x_first, x) : x_first, \
       y_top = strstrt(" ".TALL." ", " ".curve." ") ? larger(y_top, y) : y_top, \
       y_low = x >= X_FROM && y > 0 ? smaller(y_low, y) : y_low)
do for [curve in CURVES] {
    file = file_of(curve); name = column_of(curve); points = 0; rows = 0; header = ""; x_high = x_last
    x_limit = curve eq "theory" && x_last > 0 ? larger(x_last, 100) : 1e300
    if (strlen(file)) {
        set datafile separator "\001"
        stats file using (rows == 0 ? (header = ",".strcol(1).",") : 0, rows = rows + 1, 1) nooutput
    }
    if (rows > 1 && strstrt(header, ",".name.",") && strstrt(header, ",".X.",")) {
        set datafile separator comma columnheaders
        stats file using (seen(column(X), column(name)), 1) nooutput
        set datafile nocolumnheaders
    }
    most_points = larger(most_points, points)
    if (points) { curves = curves." ".curve." "; some_file = file; x_last = x_high }
}
set datafile separator comma columnheaders
n_(curve) = strstrt(curves, " ".curve." ") > 0
band_of(curve, low, high) = n_(curve) && n_(low) && n_(high)
band = band_of(word(BANDS, 1), word(BANDS, 2), word(BANDS, 3))
# A cell without a value breaks the line.
at(curve) = !n_(curve) ? NaN : (value = column(column_of(curve)), given(value) ? value : NaN)
# gnuplot opens the file of a curve that it then leaves out: it gets one that is there
data(curve) = n_(curve) ? file_of(curve) : some_file

theorised = given(theory) || n_("theory")
empty = !strlen(curves)
if (given(theory) && theory < 2 * y_top) { y_top = larger(y_top, theory) }
if (given(y_least)) { y_top = larger(y_top, y_least) }
near = given(slo) && slo <= 2 * y_top # else the limit is named with an arrow
if (near) { y_top = larger(y_top, slo) }

# ---- units of the axes
x_unit = X_KIND eq "duration" ? time_unit(x_last) : X_KIND eq "share" ? "%" : X_KIND ne "time" ? "" \
    : x_last <= 600 ? "s" : x_last <= 7200 ? "min" : x_last <= 172800 ? "h" : "days"
x_scale = X_KIND eq "share" ? 0.01 : time_scale(x_unit)
logarithmic = LOG_Y && !empty && y_top > 10 * y_low
y_unit = Y_KIND eq "share" ? "%" : Y_KIND eq "time" ? time_unit(logarithmic ? y_low : y_top) : ""
y_scale = Y_KIND eq "share" ? 0.01 : time_scale(y_unit)
limit = slo / y_scale
at_x(unused) = column(X) / x_scale

# ---- terminal: 900 by 520, or as high as the chart says, whatever the unit
WIDTH = 900.
if (FORMAT eq "png") {
    set terminal pngcairo size 1800, 2 * HEIGHT font "Arial,15" fontscale 1.5 linewidth 2 dashlength 1.6 \
        pointscale 2 background rgb "white" noenhanced
} else { if (FORMAT eq "pdf") {
    set terminal pdfcairo size 18cm, 0.02 * HEIGHT * 1cm font "Arial,15" fontscale 0.43 linewidth 1 dashlength 1.6 \
        background rgb "white" noenhanced
} else {
    set terminal svg size 900, HEIGHT font "Arial,15" linewidth 1 name "chart" background rgb "white" noenhanced
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
subtitle = text(strlen(text("subtitle_".CHART)) ? "subtitle_".CHART : "subtitle").(strlen(text("note_".CHART)) ? "; ".text("note_".CHART) : "")
if (strlen(subtitle)) {
    set label cut_off(subtitle, 104) at screen across(LEFT), down(y) left font ",14" \
        tc rgb GREY noenhanced
    y = y + 23
}

# ---- legend: a row under the heading, further ones where needed
theory_value = !given(theory) ? "" : Y_KIND eq "count" ? ": mean ".as_count(theory) : ": ".as_value(theory)
x = LEFT; some_kind = 0
do for [kind in LEGEND] {
    if (!empty && shows(kind)) {
        some_kind = 1
        wide = 38 + 8.3 * strlen(says(kind)) # of a wide font
        if (x > LEFT && x + wide > WIDTH - LEFT) { x = LEFT; y = y + 21 }
        if (banded(kind)) {
            set object rectangle from screen across(x), down(y + 7) to screen across(x + 30), down(y - 7) \
                fs solid 1 noborder fc rgb band_colour(style_of(kind)) behind
        }
        if (mark_of(kind) eq "points") {
            set label "" at screen across(x + 15), down(y) point ls style_of(kind)
        } else { if (mark_of(kind) eq "tick") {
            set arrow from screen across(x + 15), down(y + 7) to screen across(x + 15), down(y - 7) nohead \
                ls style_of(kind)
        } else {
            set arrow from screen across(x), down(y) to screen across(x + 30), down(y) nohead ls style_of(kind)
        } }
        set label says(kind) at screen across(x + 38), down(y) left font ",15" tc rgb INK noenhanced
        x = x + wide + 20
    }
}
if (some_kind) { y = y + 21 }

# ---- plot area
unset key
set lmargin at screen across(92)
set rmargin at screen across(WIDTH - RIGHT)
set tmargin at screen down(y + 2)
set bmargin at screen down(HEIGHT - 64)
set border 3 lc rgb "#8C8C8C" lw 1
set grid xtics ytics back lt 1 lc rgb PALE lw 0.7
set tics out nomirror scale 0.6 tc rgb INK
set xtics offset 0, 0.2
set style fill solid 1 noborder
set samples 1000
set xrange [0 : x_last > 0 ? x_last / x_scale : 1]
top = y_top > 0 ? 1.14 * y_top / y_scale : 1
set yrange [0 : top]
if (!empty) {
    set format y big(top)
    set ytics step(top)
}

# Names stand at pixels, since terminals differ in what a character's height is.
x_name = (X_KIND eq "percentile" ? "percentile of the jobs" : X_KIND eq "duration" ? "response time (".x_unit.")" \
    : X_KIND eq "share" ? "utilisation of the workers (%)" : "time since the measurement began (".x_unit.")").NOTE
if (empty) {
    unset xtics; unset ytics; unset grid
    set yrange [0 : 1]
    set label "no data" at graph 0.5, 0.5 center font ",20" tc rgb GREY noenhanced
} else {
    set label 101 x_name at graph 0.5, screen down(HEIGHT - 15) center tc rgb INK noenhanced
    set label 102 y_name(0).(strlen(y_unit) ? " (".y_unit.")" : "") at screen across(18), graph 0.5 center \
        rotate by 90 tc rgb INK noenhanced
}
if (!empty && given(slo)) {
    set rmargin at screen across(WIDTH - 98)
    aside = across(8)
    if (near) {
        set label SLO_NAME at graph 1, first limit left offset screen aside, screen 9 / HEIGHT tc rgb LIMIT
        set label as_value(slo) at graph 1, first limit left offset screen aside, screen -9 / HEIGHT \
            tc rgb LIMIT
    } else {
        set label SLO_NAME at graph 1, graph 1 left offset screen aside, screen -8 / HEIGHT tc rgb LIMIT
        set label as_value(slo)." ↑" at graph 1, graph 1 left offset screen aside, screen -26 / HEIGHT \
            tc rgb LIMIT
    }
}
