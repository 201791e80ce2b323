/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main: the table of commands. Ctrl-C asks a run to end; a second one ends the program. */
#include <gsl/gsl_errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/commands.h"
#include "model/manual.h"
#include "model/schema.h"
#include "model/text.h"
#include "model/vectors.h"

struct command {
    const char *name, *arguments, *help;
    command_fn *run; /* NULL: known, not supported yet */
};

static const struct command commands[] = {
    {"run", "SCENARIO", "simulate, drive the real pool with the same jobs, compare, draw",
     command_run},
    {"sim", "SCENARIO...", "the simulator alone", command_sim},
    {"bench", "SCENARIO...", "the real pool alone", command_bench},
    {"check", "SCENARIO...", "read and judge a scenario without running it", command_check},
    {"theory", "SCENARIO", "what queueing theory and rules of thumb say, and which of them hold",
     command_theory},
    {"plot", "RESULT...",
     "the charts of saved results again; with --out DIR of several the frontier", command_plot},
    {"compare", "A B", "two saved results side by side, with the difference and its interval",
     command_compare},
    {"sweep", "SCENARIO",
     "a grid of scenarios in parallel: --vary PATH=VALUES ..., or its `sweep:`", command_sweep},
    {"merge", "DIR", "the parts that sweep --shard I/N left, put together", command_merge},
    {"usl", "SWEEP", "the Universal Scalability Law fitted to a sweep over workers, and its peak",
     command_usl},
    {"calibrate", "", "measures this host's overheads, into a profile for host: {profile: FILE}",
     command_calibrate},
    {"help", "[TOPIC]", "this text; of `format` every key of a scenario, of `schema` for editors",
     command_help},
    {"size", "SCENARIO", "the smallest pool that meets the slo", NULL},
    {"fit", "DATA", "real data to distributions", NULL},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static atomic_bool stop_asked;
static atomic_long asked_at; /* ms of the monotonic clock */

static long milliseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

/* The first asks for an end; one more, half a second later or more, ends at once (a terminal and a
 * supervisor often send two together). */
static void on_interrupt(int signal_number) {
    (void)signal_number;
    if (!atomic_exchange(&stop_asked, true))
        atomic_store(&asked_at, milliseconds());
    else if (milliseconds() - atomic_load(&asked_at) > 500)
        _exit(EXIT_INTERRUPTED);
}

static void catch_interrupts(void) {
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a full file is an error of write, told and cleaned up */
}

static void help(void) {
    puts("headroom " HEADROOM_VERSION
         ": how big should this worker pool be, and what happens if I am wrong?\n");
    puts("usage: headroom COMMAND [OPTIONS] ...\n\nCommands:");
    for (int i = 0; i < COMMANDS; i++)
        if (commands[i].run)
            printf("  %-9s %-12s %s\n", commands[i].name, commands[i].arguments, commands[i].help);
    fputs("  Not supported yet:", stdout);
    for (int i = 0; i < COMMANDS; i++)
        if (!commands[i].run)
            printf(" %s", commands[i].name);
    puts("\n");
    options_help(NULL);
    puts("\nExit: 0 done; 1 it could not be done; 2 bad usage or scenario; 98 done, but the "
         "measurement\n"
         "is not to be trusted; 99 done, and the slo is not met; 130 interrupted.\n"
         "Ctrl-C ends a run early and writes what there is; Ctrl-\\ (SIGQUIT), while a real pool "
         "runs,\n"
         "shows what its workers do, and the run goes on.\n"
         "The format of scenarios: scenarios/README.md, or headroom help format.");
}

static void command_usage(const struct command *command) {
    printf("usage: headroom %s [OPTIONS] %s\n%s\n\n", command->name, command->arguments,
           command->help);
    options_help(command->name);
}

static const struct command *find(const char *word) {
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(word, commands[i].name))
            return &commands[i];
    return NULL;
}

/* `more`: words that are allowed beside the commands. */
static int unknown(const char *word, const char *what, const char *more) {
    char names[256] = "";
    strcat(names, more);
    for (int i = 0; i < COMMANDS; i++) {
        strcat(names, " ");
        strcat(names, commands[i].name);
    }
    char *near = text_nearest(word, names), *shown = text_plain(word);
    fprintf(stderr, "headroom: unknown %s '%s'%s%s%s; see headroom --help\n", what, shown,
            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    free(near);
    free(shown);
    return EXIT_USAGE;
}

int command_help(struct options *o) {
    const char *topic = o->file_count ? o->files[0] : "";
    const struct command *command = find(topic);
    if (!strcmp(topic, "format"))
        manual_print(stdout);
    else if (!strcmp(topic, "schema"))
        schema_print(stdout);
    else if (command && command->run)
        command_usage(command);
    else if (*topic)
        return unknown(topic, "topic", "format schema");
    else
        help();
    return EXIT_DONE;
}

static void not_yet(const char *name) {
    fprintf(stderr, "headroom: '%s' is not supported yet%s\n", name,
            strcmp(name, "size") ? "" : "; sim says in its line HEADROOM how few workers would do");
}

static int dispatch(const struct command *command, int argc, char **argv) {
    struct options o = {.command = command->name, .stop = &stop_asked};
    int status = EXIT_USAGE;
    if (!command->run)
        not_yet(command->name);
    else if (options_read(&o, argc, argv)) {
        if (o.help) {
            command_usage(command);
            status = EXIT_DONE;
        } else if (!options_fit(&o))
            status = EXIT_USAGE;
        else if (command->run != command_help && *command->arguments && o.file_count == 0)
            fprintf(stderr, "headroom: usage: headroom %s %s\n", command->name, command->arguments);
        else
            status = command->run(&o);
    }
    options_free(&o);
    return status;
}

/* A replication's histograms come and go by the hundred kilobytes: asked of the system each time
 * they cost more than the simulation. */
static void keep_memory(void) {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

/* HEADROOM_VECTORS; false: it is no kind of vectors, which is said. */
static bool take_vectors(void) {
    const char *word = getenv("HEADROOM_VECTORS");
    enum vectors kind = VECTORS_AVX512;
    if (word && *word && !vectors_read(word, &kind)) {
        char *plain = text_plain(word);
        fprintf(stderr, "headroom: HEADROOM_VECTORS is '%.40s'; known are none, avx2 and avx512\n",
                plain);
        free(plain);
        return false;
    }
    vectors_limit(kind);
    return true;
}

int main(int argc, char **argv) {
    keep_memory();
    gsl_set_error_handler_off();
    catch_interrupts();
    const char *word = argc > 1 ? argv[1] : "--help";
    int status = EXIT_DONE;
    if (!strcmp(word, "--version")) {
        puts("headroom " HEADROOM_VERSION);
    } else if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
        help();
        status = argc > 1 ? EXIT_DONE : EXIT_USAGE;
    } else if (!take_vectors()) {
        status = EXIT_USAGE;
    } else {
        const struct command *command = find(word);
        status = command ? dispatch(command, argc - 1, argv + 1) : unknown(word, "command", "");
    }
    if (fflush(stdout) || ferror(stdout)) {
        fputs("headroom: standard output could not be written\n", stderr);
        return status ? status : EXIT_CANNOT;
    }
    return status;
}
