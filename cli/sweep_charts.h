/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_charts: the files that the charts of a sweep are drawn from, those charts that make sense
 * of it: P99 against utilisation, throughput and P99 against workers, a map of two paths. */
#ifndef CLI_SWEEP_CHARTS_H
#define CLI_SWEEP_CHARTS_H

#include "cli/options.h"
#include "cli/sweep_rows.h"

bool sweep_charts_write(const struct sweep_rows *rows, bool interrupted, const char *dir,
                        struct err *err);

#endif
