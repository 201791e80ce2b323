# SPDX-License-Identifier: GPL-3.0-or-later
# The y axis of a sweep's times: by powers of ten where they differ by more than ten times (LOG_Y), else from 0.
if (logarithmic) {
    y_begin = 0.8 * smaller(y_low, near ? slo : y_low) / y_scale
    y_end = 1.35 * y_top / y_scale
    set logscale y
    set yrange [y_begin : y_end]
    set ytics ()
    do for [e = int(floor(log10(y_begin))) : int(floor(log10(y_end)))] {
        do for [m in "1 2 5"] {
            tic = real(m) * 10. ** e
            if (tic >= y_begin && tic <= y_end) { set ytics add (sprintf("%g", tic) tic) }
        }
    }
}
