/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options: the command line, one table for all commands; and what the commands share. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/trial.h"

enum exit_status {
    EXIT_DONE = 0,
    EXIT_CANNOT = 1,
    EXIT_USAGE = 2,
    EXIT_UNTRUSTED = 98,
    EXIT_NOT_MET = 99,
    EXIT_INTERRUPTED = 130
};

enum { SHARDS_MOST = 100000 };

struct options {
    const char *command;
    char **files; /* what is no option */
    int file_count;
    const char *out; /* NULL: out/NAME */
    bool json, quiet, no_plots, no_headroom, color, help, keep_jobs;
    const char **set, **vary, **where;
    size_t set_count, vary_count, where_count;
    bool resume;
    uint32_t seen;          /* which options were given */
    int64_t seconds;        /* of calibrate; 0: its own */
    uint64_t shard, shards; /* 0: no shard but all */
    unsigned threads;
    enum trial_method method; /* of the simulator */
    const char *format;       /* of charts: svg,png */
    int printed;              /* results on standard output so far */
    const atomic_bool *stop;  /* set by Ctrl-C */
};

/* False after a complaint on standard error. */
bool options_read(struct options *o, int argc, char **argv);
void options_free(struct options *o);

/* Are there only options that mean something to the command? False after a complaint. */
bool options_fit(const struct options *o);

/* The lines of --help that describe options: those of a command; NULL: all. */
void options_help(const char *command);

#endif
