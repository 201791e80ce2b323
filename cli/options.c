/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options: see options.h. */
#include "cli/options.h"

#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/mem.h"
#include "model/text.h"

enum option_id {
    OPT_OUT = 256,
    OPT_JSON,
    OPT_QUIET,
    OPT_SEED,
    OPT_SET,
    OPT_THREADS,
    OPT_ENGINE,
    OPT_NO_PLOTS,
    OPT_NO_HEADROOM,
    OPT_NO_COLOR,
    OPT_FORMAT,
    OPT_KEEP_JOBS,
    OPT_VARY,
    OPT_WHERE,
    OPT_SECONDS,
    OPT_SHARD,
    OPT_RESUME,
    OPT_HELP
};

struct option_row {
    const char *name;
    const char *value; /* NULL: takes none */
    enum option_id id;
    const char *help;
};

static const struct option_row rows[] = {
    {"out", "DIR", OPT_OUT,
     "where results go (default out/NAME); of calibrate a file (out/host.yaml)"},
    {"json", NULL, OPT_JSON, "the result on standard output, nothing else there"},
    {"quiet", NULL, OPT_QUIET, "no table, no progress"},
    {"seed", "N", OPT_SEED, "the master seed, instead of the scenario's"},
    {"set", "PATH=VALUE", OPT_SET, "override one scenario value, e.g. --set pool.workers=40"},
    {"threads", "N", OPT_THREADS, "for the simulator (default: the cores)"},
    {"engine", "WORD", OPT_ENGINE, "of the simulator: auto (default), calendar, recursion"},
    {"no-plots", NULL, OPT_NO_PLOTS, "draw no charts"},
    {"no-headroom", NULL, OPT_NO_HEADROOM, "do not search how far rate and workers could go"},
    {"no-color", NULL, OPT_NO_COLOR, "no colour (also NO_COLOR)"},
    {"format", "LIST", OPT_FORMAT, "of charts: svg,png (default) or pdf"},
    {"keep-jobs", NULL, OPT_KEEP_JOBS, "write jobs.csv, a row for every job of replication 1"},
    {"vary", "PATH=VALUES", OPT_VARY, "sweep: the values of a path: 8,16,32 or 100/s:900/s:50/s"},
    {"where", "PATH=VALUE", OPT_WHERE, "usl: of a sweep the rows with this value alone"},
    {"shard", "I/N", OPT_SHARD, "sweep: the I-th of N parts alone; merge puts them together"},
    {"resume", NULL, OPT_RESUME, "sweep: go on with what is there, skip what is whole"},
    {"seconds", "N", OPT_SECONDS, "calibrate: measure for so long (default 15)"},
    {"help", NULL, OPT_HELP, "this text"},
};

enum { ROWS = sizeof rows / sizeof *rows };

/* Options of one command alone, and what others are told besides. */
static const struct {
    enum option_id id;
    const char *command, *more;
} alone[] = {
    {OPT_VARY, "sweep", "; for one value use --set"},
    {OPT_SHARD, "sweep", ""},
    {OPT_RESUME, "sweep", ""},
    {OPT_WHERE, "usl", ""},
    {OPT_SECONDS, "calibrate", ""},
};

/* Of `alone`, where the option means nothing to the command; -1: it does. */
static int alien(enum option_id id, const char *command) {
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        if (alone[i].id == id && strcmp(alone[i].command, command) != 0)
            return (int)i;
    return -1;
}

void options_help(const char *command) {
    puts("Options:");
    for (int i = 0; i < ROWS; i++) {
        if (command && alien(rows[i].id, command) >= 0)
            continue;
        char left[40];
        snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].value ? " " : "",
                 rows[i].value ? rows[i].value : "");
        printf("  %-19s %s\n", left, rows[i].help);
    }
}

static unsigned cores(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) ? 1 : (unsigned)CPU_COUNT(&set);
}

static void add(const char ***list, size_t *count, const char *assignment) {
    *list = mem_resize(*list, *count + 1, sizeof **list);
    (*list)[(*count)++] = assignment;
}

static void add_set(struct options *o, const char *assignment) {
    add(&o->set, &o->set_count, assignment);
}

static bool number(const char *option, const char *text, int64_t least, int64_t most,
                   int64_t *value) {
    const char *wrong = text_read_count(text, value);
    if (!wrong && *value >= least && *value <= most)
        return true;
    if (wrong)
        fprintf(stderr, "headroom: --%s: '%s' %s\n", option, text, wrong);
    else
        fprintf(stderr, "headroom: --%s: '%s' does not lie between %lld and %lld\n", option, text,
                (long long)least, (long long)most);
    return false;
}

/* I/N, 1 <= I <= N. */
static bool read_shard(struct options *o, const char *text) {
    const char *slash = strchr(text, '/');
    char *first = mem_text_part(text, slash ? (size_t)(slash - text) : 0);
    int64_t shard = 0, shards = 0;
    bool ok = slash && !text_read_count(first, &shard) && !text_read_count(slash + 1, &shards) &&
              shard >= 1 && shard <= shards && shards <= SHARDS_MOST;
    free(first);
    if (!ok)
        fprintf(stderr,
                "headroom: --shard: '%s' is not I/N, such as 2/8: the second of eight parts, at "
                "most %d\n",
                text, SHARDS_MOST);
    o->shard = (uint64_t)shard;
    o->shards = (uint64_t)shards;
    return ok;
}

static bool formats_known(const char *formats) {
    char *copy = mem_text(formats), *save = NULL;
    bool ok = *formats;
    for (char *f = strtok_r(copy, ",", &save); f; f = strtok_r(NULL, ",", &save))
        ok = ok && text_index(f, "svg png pdf") >= 0;
    free(copy);
    if (!ok)
        fprintf(stderr, "headroom: --format %s: known are svg, png and pdf, such as svg,png\n",
                formats);
    return ok;
}

static bool take(struct options *o, int id, const char *value) {
    int64_t n = 0;
    switch ((enum option_id)id) {
    case OPT_OUT:
        o->out = value;
        break;
    case OPT_JSON:
        o->json = true;
        break;
    case OPT_QUIET:
        o->quiet = true;
        break;
    case OPT_SEED:
        add_set(o, mem_format("seed=%s", value));
        return number("seed", value, 0, INT64_C(9000000000000000), &n);
    case OPT_SET:
        add_set(o, mem_text(value));
        break;
    case OPT_THREADS:
        if (!number("threads", value, 1, 1024, &n))
            return false;
        o->threads = (unsigned)n;
        break;
    case OPT_ENGINE: {
        int method = text_index(value, "auto calendar recursion");
        if (method < 0)
            fprintf(stderr, "headroom: --engine %s: known are auto, calendar and recursion\n",
                    value);
        o->method = method < 0 ? TRIAL_FITTING : (enum trial_method)method;
        return method >= 0;
    }
    case OPT_NO_PLOTS:
        o->no_plots = true;
        break;
    case OPT_NO_HEADROOM:
        o->no_headroom = true;
        break;
    case OPT_NO_COLOR:
        o->color = false;
        break;
    case OPT_FORMAT:
        o->format = value;
        return formats_known(value);
    case OPT_KEEP_JOBS:
        o->keep_jobs = true;
        break;
    case OPT_VARY:
        add(&o->vary, &o->vary_count, mem_text(value));
        break;
    case OPT_WHERE:
        add(&o->where, &o->where_count, mem_text(value));
        break;
    case OPT_SECONDS:
        return number("seconds", value, 1, 3600, &o->seconds);
    case OPT_SHARD:
        return read_shard(o, value);
    case OPT_RESUME:
        o->resume = true;
        break;
    case OPT_HELP:
        o->help = true;
        break;
    }
    return true;
}

static void unknown(const char *word) {
    char names[512] = "";
    for (int i = 0; i < ROWS; i++) {
        strcat(names, i ? " " : "");
        strcat(names, rows[i].name);
    }
    char *shown = text_plain(word);
    char *bare = mem_text_part(word + strspn(word, "-"), strcspn(word + strspn(word, "-"), "="));
    char *near = text_nearest(bare, names);
    const char *set = "; values of the scenario are set so: --set pool.workers=40";
    fprintf(stderr, "headroom: unknown option '%s'%s%s%s; see headroom --help\n", shown,
            near ? "; did you mean '--" : set, near ? near : "", near ? "'?" : "");
    free(near);
    free(bare);
    free(shown);
}

bool options_read(struct options *o, int argc, char **argv) {
    struct option table[ROWS + 1] = {{0}};
    for (int i = 0; i < ROWS; i++)
        table[i] = (struct option){rows[i].name, rows[i].value ? required_argument : no_argument,
                                   NULL, (int)rows[i].id};
    o->threads = cores();
    o->format = "svg,png";
    const char *no_color = getenv("NO_COLOR");
    o->color = isatty(STDOUT_FILENO) && !(no_color && *no_color);
    opterr = 0;
    for (;;) {
        int id = getopt_long(argc, argv, ":h", table, NULL);
        if (id == -1)
            break;
        if (id == ':') {
            fprintf(stderr, "headroom: %s needs a value; see headroom --help\n", argv[optind - 1]);
            return false;
        }
        if (id == '?') {
            unknown(argv[optind - 1]);
            return false;
        }
        if (!take(o, id == 'h' ? OPT_HELP : id, optarg))
            return false;
        o->seen |= id == 'h' ? 0 : UINT32_C(1) << (id - OPT_OUT);
    }
    o->files = argv + optind;
    o->file_count = argc - optind;
    return true;
}

bool options_fit(const struct options *o) {
    for (int i = 0; i < ROWS; i++) {
        bool seen = o->seen >> (rows[i].id - OPT_OUT) & 1;
        int k = seen ? alien(rows[i].id, o->command) : -1;
        if (k < 0)
            continue;
        fprintf(stderr, "headroom: --%s is for %s%s\n", rows[i].name, alone[k].command,
                alone[k].more);
        return false;
    }
    return true;
}

void options_free(struct options *o) {
    for (size_t i = 0; i < o->set_count; i++)
        free((void *)(size_t)o->set[i]);
    for (size_t i = 0; i < o->vary_count; i++)
        free((void *)(size_t)o->vary[i]);
    for (size_t i = 0; i < o->where_count; i++)
        free((void *)(size_t)o->where[i]);
    free(o->set);
    free(o->vary);
    free(o->where);
    *o = (struct options){0};
}
