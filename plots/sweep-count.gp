# SPDX-License-Identifier: GPL-3.0-or-later
# The x axis of a sweep's charts over workers: from a little below the fewest to a little above the most.
if (!empty) {
    edge = larger(0.5, 0.03 * (x_last - x_first))
    set xrange [x_first - edge : x_last + edge]
    set xtics larger(1, step(larger(1, x_last - x_first)))
    set label 101 "workers" at graph 0.5, screen down(HEIGHT - 15) center tc rgb INK noenhanced
}
