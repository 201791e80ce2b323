/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibrate: this host's overheads, as a table and as a profile for `host: {profile: FILE}`. */
#include "pool/calibrate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "model/json.h"
#include "model/mem.h"
#include "model/text.h"

#define DEFAULT_FILE "out/host.yaml"
enum { DEFAULT_SECONDS = 15, REASONS_MOST = 16 };

struct noise {
    char *reasons[REASONS_MOST];
    size_t count;
};

static void note(void *noise, char *reason) {
    struct noise *n = noise;
    if (n->count < REASONS_MOST)
        n->reasons[n->count++] = reason;
    else
        free(reason);
}

static void table_line(const struct profile *p, enum profile_what what) {
    char p50[40], p90[40], p99[40];
    if (p->tables[what].count == 0)
        return;
    printf("%-9s %-33s %9s %9s %9s %6llu\n", profile_word(what), profile_says(what),
           text_duration(p50, sizeof p50, nsec_seconds(profile_at(p, what, 0.5))),
           text_duration(p90, sizeof p90, nsec_seconds(profile_at(p, what, 0.9))),
           text_duration(p99, sizeof p99, nsec_seconds(profile_at(p, what, 0.99))),
           (unsigned long long)p->tables[what].count);
}

static void print_table(const struct profile *p, const struct noise *noise, const char *file) {
    printf("%s, %lld core%s, load %.2f\n\n%-43s %9s %9s %9s %6s\n", p->system, (long long)p->cores,
           p->cores == 1 ? "" : "s", p->load, "", "p50", "p90", "p99", "n");
    for (int t = 0; t < PROFILE_TABLES; t++)
        table_line(p, (enum profile_what)t);
    printf("\nprofile in %s; a scenario takes it with host: {profile: FILE}\n", file);
    for (size_t i = 0; i < noise->count; i++)
        printf("%-12s %s\n", i ? "" : "NOT QUIET", noise->reasons[i]);
}

static void print_json(const struct profile *p, const struct noise *noise) {
    struct json j = {.to = stdout};
    json_open(&j, NULL, '{');
    json_text(&j, "schema", "headroom.profile/1");
    json_text(&j, "system", p->system);
    json_count(&j, "cores", (uint64_t)p->cores);
    json_number(&j, "load", p->load);
    json_open(&j, "overheads", '{');
    for (int t = 0; t < PROFILE_TABLES; t++) {
        enum profile_what what = (enum profile_what)t;
        if (p->tables[t].count == 0)
            continue;
        json_open(&j, profile_word(what), '{');
        json_count(&j, "count", p->tables[t].count);
        json_number(&j, "p50", nsec_seconds(profile_at(p, what, 0.5)));
        json_number(&j, "p90", nsec_seconds(profile_at(p, what, 0.9)));
        json_number(&j, "p99", nsec_seconds(profile_at(p, what, 0.99)));
        json_close(&j, '}');
    }
    json_close(&j, '}');
    json_open(&j, "trust", '{');
    json_bool(&j, "ok", p->trusted);
    json_open(&j, "reasons", '[');
    for (size_t i = 0; i < noise->count; i++)
        json_text(&j, NULL, noise->reasons[i]);
    json_close(&j, ']');
    json_close(&j, '}');
    json_close(&j, '}');
    putchar('\n');
}

/* Opens FILE in its folder, which is made where it is missing: what cannot be written is said
 * before anything is measured. */
static bool open_file(struct output *out, const char *file, struct err *err) {
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    char *dir = slash == file ? mem_text("/")
                : slash       ? mem_text_part(file, (size_t)(slash - file))
                              : mem_text(".");
    bool ok = false;
    if (*name)
        ok = output_folder(dir, err) && output_begin(out, dir, name, err);
    else
        err_fail(err, "--out %s: calibrate writes a file, this is a folder", file);
    free(dir);
    return ok;
}

static int leave(const struct options *o, const struct profile *p, const struct noise *noise,
                 const char *file, struct output *out, struct err *err) {
    profile_write(p, out->to);
    bool ok = output_close(out, err);
    ok = output_end(out, ok, err) && ok;
    if (!ok)
        return EXIT_CANNOT;
    if (o->json)
        print_json(p, noise);
    else if (!o->quiet)
        print_table(p, noise, file);
    if (!p->trusted && (o->json || o->quiet))
        fprintf(stderr, "headroom: this host is too noisy to calibrate: %s\n", noise->reasons[0]);
    return p->trusted ? EXIT_DONE : EXIT_UNTRUSTED;
}

static int calibrate(const struct options *o, const char *file, struct output *out,
                     struct err *err) {
    struct profile p = {0};
    struct noise noise = {0};
    int status = EXIT_CANNOT;
    int64_t seconds = o->seconds ? o->seconds : DEFAULT_SECONDS;
    enum calibrate_end end = calibrate_run(&p, seconds * NSEC_PER_SEC, o->stop, note, &noise);
    if (end == CALIBRATE_FAILED)
        err_fail(err, "this host cannot be calibrated: %s", strerror(errno));
    if (end == CALIBRATE_STOPPED)
        fputs("headroom: interrupted: nothing is written\n", stderr);
    if (end == CALIBRATE_DONE)
        status = leave(o, &p, &noise, file, out, err);
    else {
        output_close(out, err);
        output_end(out, false, err);
        status = end == CALIBRATE_STOPPED ? EXIT_INTERRUPTED : EXIT_CANNOT;
    }
    for (size_t i = 0; i < noise.count; i++)
        free(noise.reasons[i]);
    profile_free(&p);
    return status;
}

int command_calibrate(struct options *o) {
    const char *file = o->out ? o->out : DEFAULT_FILE;
    struct err err = {0};
    struct output out;
    if (o->file_count) {
        fputs("headroom: calibrate takes no scenario; --out FILE says where the profile goes\n",
              stderr);
        return EXIT_USAGE;
    }
    int status = open_file(&out, file, &err) ? calibrate(o, file, &out, &err) : EXIT_CANNOT;
    err_print(&err, stderr);
    err_free(&err);
    return status;
}
