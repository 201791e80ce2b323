#include "cli/sweep_charts.h"
bool sweep_charts_write(const struct sweep_rows *rows, bool interrupted, const char *dir,
                        struct err *err) {
    (void)rows;
    (void)interrupted;
    (void)dir;
    (void)err;
    return true;
}
