# SPDX-License-Identifier: GPL-3.0-or-later
# What all charts share, first half: reads the texts and numbers of chart.csv; units, colours, line styles;
# and what a chart may set of its own before it loads the second half, frame.gp.
#
# The chart gives FORMAT (svg, png or pdf), OUTPUT, POOL, CHARTFILE and CHART, its name. It gets text(key)
# and number(key). A curve is a name; file_of(curve) and column_of(curve) say where it stands. Curves by
# name: pool; paired (the simulator on the same jobs as the real pool); sim, low, high; theory.
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
# gnuplot reads no exponent without a point before it.
pointed(s) = !exponent(s) || strstrt(s, ".") ? s : s[1 : exponent(s) - 1].".0".s[exponent(s) : *]
number(key) = numeric(text(key)) ? real(pointed(text(key))) : NaN
given(v) = v == v && abs(v) < 1e300
larger(a, b) = a > b ? a : b
smaller(a, b) = a > b ? b : a

workers = number("workers")
capacity = number("capacity")

has(curve) = number("has_".(curve eq "low" || curve eq "high" ? "sim" : curve)) > 0

# ---- the curves of the series; only these names of files are ever opened
known(name) = name eq "series.csv" || name eq "series-sim.csv" ? name : ""
series(curve) = !has(curve) ? "" : curve eq "paired" ? "series-paired.csv" \
    : curve eq "pool" ? known(text("pool_file")) : known(text("sim_file"))
suffix(curve) = curve eq "low" || curve eq "high" ? "_".curve : ""

# ---- what a chart may set before it loads frame.gp, and what it is if not
CURVES = "pool paired sim low high"   # looked for in the data
TALL = CURVES                         # of them, whose values y_top has to hold
BANDS = "sim low high"                # a curve, and the two that bound its band
LEGEND = "pool paired sim theory"     # in this order, those that are there
X = "t"; X_KIND = "time"; X_FROM = -1e300 # y_low is of the points from X_FROM on
Y_KIND = "count"                      # or time, share: of its unit
y_least = 0                           # the axis goes so far at least
LOG_Y = 0                             # 1: by powers of ten, where values differ by more than ten times
slo = NaN; SLO_NAME = "limit"
theory = NaN                          # one number; or a curve of this name
NOTE = ""                             # after the name of the x axis
RIGHT = 24                            # of the plot, in pixels
HEIGHT = 520.                         # of the chart, in pixels
file_of(curve) = series(curve)
column_of(curve) = POOL.".".CHART.suffix(curve)
style_of(kind) = kind eq "pool" ? 1 : kind eq "paired" ? 7 : kind eq "sim" ? 2 : 4
mark_of(kind) = "line"                # or points, tick
label(kind) = kind eq "pool" ? "measured" : kind eq "paired" ? "simulated, the same jobs" \
    : kind eq "sim" ? "simulated" : "theory"
named(kind) = cut_off(strlen(text(kind."_label")) ? text(kind."_label") : label(kind), 60)
says(kind) = named(kind).(kind eq "theory" ? theory_value : "")
banded(kind) = kind eq "sim" && band
shows(kind) = kind eq "theory" ? theorised : n_(kind)
y_name(unused) = CHART

# ---- units
as_time(v) = v < 1e-3 ? sprintf("%.3g µs", v * 1e6) : v < 1 ? sprintf("%.3g ms", v * 1e3) \
    : v < 100 ? sprintf("%.3g s", v) : sprintf("%.0f s", v)
as_span(v) = v >= 3600 && v - 3600 * floor(v / 3600) == 0 ? sprintf("%.0f h", v / 3600) \
    : v >= 120 && v - 60 * floor(v / 60) == 0 ? sprintf("%.0f min", v / 60) : as_time(v)
as_count(v) = v > 0 && v < 0.001 ? "under 0.001" : v < 1e4 ? sprintf("%.3g", v) : sprintf("%.0f", v)
as_share(v) = v > 0 && v < 1e-5 ? "under 0.001 %" : sprintf("%.3g %%", 100 * v)
as_value(v) = Y_KIND eq "time" ? as_time(v) : Y_KIND eq "share" ? as_share(v) : as_count(v)
time_unit(v) = v < 1e-3 ? "µs" : v < 1 ? "ms" : "s"
time_scale(unit) = unit eq "µs" ? 1e-6 : unit eq "ms" ? 1e-3 : unit eq "min" ? 60. : unit eq "h" ? 3600. \
    : unit eq "days" ? 86400. : 1.
# tics at 1, 2 or 5 times a power of ten, some five of them up to v
power(v) = 10. ** floor(log10(v / 3.5))
step(v) = power(v) * (v / 3.5 >= 5 * power(v) ? 5 : v / 3.5 >= 2 * power(v) ? 2 : 1)
big(v) = v >= 1e5 ? "%.1s %c" : v >= 1e4 ? "%.0f" : "%g"

# ---- colours (Okabe-Ito) and line styles
DOT = FORMAT eq "png" ? 1.6 : FORMAT eq "pdf" ? 0.7 : 0.8 # terminals differ in how large a point is
INK = "#222222"; GREY = "#5A5A5A"; PALE = "#DADADA"; LIMIT = "#A0527E"
ORANGE = "#D55E00"; BLUE = "#0072B2"; GREEN = "#00815E"
band_colour(style) = style == 8 ? "#C5E8DA" : "#B4DCF4"
set style line 1 lc rgb ORANGE lw 1.5 pt 7 ps 0.28 * DOT      # the real pool
set style line 2 lc rgb BLUE lw 2.8 pt 7 ps 0.7 * DOT         # the simulation, under it
set style line 3 lc rgb band_colour(2) lw 1                   # its band
set style line 4 lc rgb INK lw 1.7 dt (7, 5)                  # theory
set style line 5 lc rgb GREY lw 1.4                           # workers, capacity, batches
set style line 6 lc rgb LIMIT lw 1.6                          # the limit of the SLO
set style line 7 lc rgb "#F9C8A3" lw 5.5                      # the simulation of the same jobs, under the pool
set style line 8 lc rgb GREEN lw 2.8                          # the open twin
set style line 9 lc rgb band_colour(8) lw 1                   # its band
set style line 10 lc rgb ORANGE lw 1.5 pt 6 ps 0.9 * DOT      # what is compared with a line of its colour
set style line 11 lc rgb BLUE lw 1.5 pt 4 ps 0.9 * DOT
set style line 12 lc rgb GREY lw 1.5 dt (2, 3)                # theory of a second thing
