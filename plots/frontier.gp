# SPDX-License-Identifier: GPL-3.0-or-later
# What results spend and what they give: P99 against worker-seconds, a labelled point each with its 95 % interval; those
# of a fixed size joined by a line. Filled: no other result has less of one and no more of the other,
# and it loses no jobs that others serve.
#
# Called in a folder that `headroom plot A B ...` wrote:   gnuplot -c .../plots/frontier.gp FORMAT OUTPUT "" CHARTFILE
# with FORMAT svg, png or pdf; OUTPUT the file to write.
# Reads CHARTFILE (frontier-chart.csv) and frontier.csv: name,label,fixed,on,loses,x,x_low,x_high,y,y_low,y_high.
FORMAT = ARG1; OUTPUT = ARG2; POOL = ARG3; CHARTFILE = ARG4; CHART = "frontier"
folder = ARG0
while (strlen(folder) && folder[strlen(folder) : *] ne "/") { folder = folder[1 : strlen(folder) - 1] }
load folder."style.gp"
HEIGHT = 600.
CURVES = "y"; TALL = CURVES; BANDS = ""; band = 0
X = "x"; X_KIND = "count"; Y_KIND = "time"; LOG_Y = 1
slo = number("slo_p99"); SLO_NAME = "P99 limit"
file_of(curve) = "frontier.csv"
column_of(curve) = curve
LEGEND = "fixed resizing on off"
set style line 13 lc rgb BLUE lw 1.6 pt 7 ps 1.1 * DOT
set style line 14 lc rgb ORANGE lw 1.6 pt 7 ps 1.3 * DOT
set style line 15 lc rgb GREY lw 1.6 pt 7 ps 1.1 * DOT
set style line 16 lc rgb GREY lw 1.6 pt 6 ps 1.1 * DOT
style_of(kind) = kind eq "fixed" ? 13 : kind eq "resizing" ? 14 : kind eq "on" ? 15 : 16
mark_of(kind) = kind eq "fixed" ? "line" : "points"
says(kind) = kind eq "fixed" ? "fixed pools" : kind eq "resizing" ? "pools that change their size" \
    : kind eq "on" ? "on the frontier" : "beaten in both, or loses jobs"
named(kind) = says(kind)
shows(kind) = kind eq "fixed" || kind eq "resizing" ? number(kind) > 0 : 1
banded(kind) = 0
y_name(unused) = "P99 of the response"
load folder."frame.gp"
set label 101 (number("by_second") > 0 ? "workers paid for, on average (worker-seconds a second)" : "worker-seconds spent") \
    at graph 0.5, screen down(HEIGHT - 15) center tc rgb INK noenhanced

# ---- points, and how far they and their intervals go
MOST = 200
array px[MOST]; array py[MOST]; array names[MOST]; array joined[MOST]
array x_lows[MOST]; array x_highs[MOST]; array y_lows[MOST]; array y_highs[MOST]
points = 0; x_from = 1e300; x_to = 0; y_from = 1e300; y_to = 0
known_or(v, other) = given(v) ? v : other
low_of(a) = known_or(column(a."_low"), column(a))
high_of(a) = known_or(column(a."_high"), column(a))
joins(unused) = column("fixed") == 1 && column("loses") == 0
take_point(unused) = points >= MOST ? 0 : (points = points + 1, px[points] = column("x"), py[points] = column("y"), \
    names[points] = cut_off(strcol("label"), 30), joined[points] = joins(0), x_lows[points] = low_of("x"), \
    x_highs[points] = high_of("x"), y_lows[points] = low_of("y"), y_highs[points] = high_of("y"), 1)
if (!empty) {
    stats 'frontier.csv' using (take_point(0), x_from = smaller(x_from, low_of("x")), x_to = larger(x_to, high_of("x")), \
        v = low_of("y"), y_from = v > 0 ? smaller(y_from, v) : y_from, y_to = larger(y_to, high_of("y")), 1) nooutput
    if (near) { y_to = larger(y_to, slo); y_from = smaller(y_from, slo) }
    logarithmic = y_to > 10 * y_from
    y_unit = time_unit(logarithmic ? sqrt(y_from * y_to) : y_to); y_scale = time_scale(y_unit)
    set label 102 y_name(0)." (".y_unit.")"
    limit = slo / y_scale
    # the x axis begins at 0 where that costs little
    pad = 0.08 * (x_to - x_from); if (pad <= 0) { pad = 0.1 * x_to }
    x_left = x_from < 0.45 * x_to ? 0 : x_from - pad
    x_right = x_to + 1.6 * pad
    set xrange [x_left : x_right]
    set xtics step(1.2 * (x_right - x_left))
    set format x big(x_right)
    y_bottom = 0; y_ceiling = 1.14 * y_to / y_scale
    if (logarithmic) {
        y_bottom = 0.7 * y_from / y_scale; y_ceiling = 1.6 * y_to / y_scale
        set logscale y
        unset ytics
        set ytics ("" 1e-200) scale 0.6 out nomirror tc rgb INK
        do for [e = int(floor(log10(y_bottom))) : int(ceil(log10(y_ceiling)))] {
            do for [m in y_ceiling < 1e3 * y_bottom ? "1 2 5" : "1"] {
                tic = real(m) * 10. ** e
                if (tic >= y_bottom && tic <= y_ceiling) { set ytics add (sprintf("%.12g", tic) tic) }
            }
        }
    } else {
        set ytics step(y_ceiling)
    }
    set yrange [y_bottom : y_ceiling]
    set format y logarithmic ? "%g" : big(y_ceiling)

    # ---- labels: each at the side where it covers least of points and of labels before it, in pixels
    wide = WIDTH - 92 - (given(slo) ? 98 : RIGHT); high = HEIGHT - 64 - y - 2
    at_px(v) = wide * (v - x_left) / (x_right - x_left)
    at_py(v) = high * (logarithmic ? log(v / y_scale / y_bottom) / log(y_ceiling / y_bottom) : (v / y_scale) / y_ceiling)
    array bx[MOST]; array by[MOST]; array bw[MOST]
    overlap(a, b, c, d) = larger(0, smaller(b, d) - larger(a, c))
    covers(a, b, c, d) = overlap(left, left + w, a, b) * overlap(bottom, bottom + 16, c, d)
    # the line from point j to the next, in steps (those that lose jobs are not on it)
    on_line(j, k) = covers(at_px(px[j] + (px[j + 1] - px[j]) * k) - 3, at_px(px[j] + (px[j + 1] - px[j]) * k) + 3, \
        at_py(py[j]) + (at_py(py[j + 1]) - at_py(py[j])) * k - 3, at_py(py[j]) + (at_py(py[j + 1]) - at_py(py[j])) * k + 3)
    over_line(j) = j >= points || joined[j] != 1 || joined[j + 1] != 1 ? 0 : (sum [k = 0:24] on_line(j, k / 24.))
    do for [i = 1:points] {
        cx = at_px(px[i]); cy = at_py(py[i]); w = 7.4 * strlen(names[i]); best_cost = 1e300
        do for [k = 1:8] {
            left = k == 1 || k == 5 || k == 6 ? cx + 11 : k == 2 || k == 7 || k == 8 ? cx - 11 - w : cx - w / 2
            bottom = k <= 2 ? cy - 8 : k == 3 || k == 5 || k == 7 ? cy + 9 : cy - 25
            cost = 2 * k + 40 * (overlap(left, left + w, -1e4, 2) + overlap(left, left + w, wide - 2, 1e4) \
                + overlap(bottom, bottom + 16, -1e4, 2) + overlap(bottom, bottom + 16, high - 2, 1e4))
            do for [j = 1:points] {
                ox = at_px(px[j]); oy = at_py(py[j])
                cost = cost + 6 * covers(ox - 7, ox + 7, oy - 7, oy + 7) + over_line(j) \
                    + covers(at_px(x_lows[j]), at_px(x_highs[j]), oy - 3, oy + 3) \
                    + covers(ox - 3, ox + 3, at_py(y_lows[j]), at_py(y_highs[j]))
                if (j < i) { cost = cost + 2 * covers(bx[j] - 5, bx[j] + bw[j] + 5, by[j], by[j] + 16) }
            }
            if (cost < best_cost) { best_cost = cost; bx[i] = left; by[i] = bottom; bw[i] = w }
        }
        set label names[i] at graph (bx[i] + w / 2) / wide, graph (by[i] + 8) / high center font ",13" tc rgb INK front noenhanced
    }
}
x_of(fixed) = column("fixed") == fixed ? column("x") : NaN
mark(fixed, on) = column("fixed") == fixed && column("on") == on ? column("x") : NaN
colour(fixed) = fixed ? BLUE : ORANGE
pale(fixed) = fixed ? "#8CBFDF" : "#EFB48C"
if (empty) {
    plot NaN notitle
} else {
    plot NaN notitle, \
        for [i = 1:near] limit with lines ls 6 notitle, \
        'frontier.csv' using (joins(0) ? column("x") : NaN):(column("y") / y_scale) with lines lc rgb BLUE lw 1.6 notitle, \
        for [f = 0:1] 'frontier.csv' using (x_of(f)):(column("y") / y_scale):(low_of("x")):(high_of("x")) \
            with xerrorbars ps 0 lc rgb pale(f) lw 1.4 notitle, \
        for [f = 0:1] 'frontier.csv' using (x_of(f)):(column("y") / y_scale):(low_of("y") / y_scale):(high_of("y") / y_scale) \
            with yerrorbars ps 0 lc rgb pale(f) lw 1.4 notitle, \
        for [f = 0:1] 'frontier.csv' using (mark(f, 0)):(column("y") / y_scale) with points pt 7 ps (f ? 1.1 : 1.3) * DOT \
            lc rgb "white" notitle, \
        for [f = 0:1] 'frontier.csv' using (mark(f, 0)):(column("y") / y_scale) with points pt 6 ps (f ? 1.1 : 1.3) * DOT \
            lc rgb colour(f) lw 1.6 notitle, \
        for [f = 0:1] 'frontier.csv' using (mark(f, 1)):(column("y") / y_scale) with points pt 7 ps (f ? 1.1 : 1.3) * DOT \
            lc rgb colour(f) notitle
}
set output
