/* SPDX-License-Identifier: GPL-3.0-or-later */
/* charts: see charts.h. */
#include "cli/charts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/mem.h"

static const char *const charts[] = {"workers", "queue", "response", "p99-over-time"};
enum { CHARTS = sizeof charts / sizeof *charts, NO_PROGRAM = 127 };

/* The folder of the scripts: HEADROOM_PLOTS, beside the build, or where `make install` put it. */
static char *scripts(void) {
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = 0;
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = 0;
    const char *given = getenv("HEADROOM_PLOTS");
    char *places[] = {given ? mem_text(given) : mem_text(""), mem_format("%s/../../plots", self),
                      mem_format("%s/../share/headroom/plots", self),
                      mem_text(HEADROOM_DATA "/plots")};
    char *found = NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *probe = mem_format("%s/style.gp", places[i]);
        if (!found && access(probe, R_OK) == 0)
            found = realpath(places[i], NULL);
        free(probe);
        free(places[i]);
    }
    return found;
}

/* Runs gnuplot in `dir`; its exit status, or NO_PROGRAM. */
static int gnuplot(const char *dir, char *const argv[]) {
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_RDONLY);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || chdir(dir))
            _exit(1);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        signal(SIGINT, SIG_DFL);
        setenv("LC_ALL", "C.UTF-8", 1);
        execvp("gnuplot", argv);
        _exit(errno == ENOENT ? NO_PROGRAM : 1);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

struct drawing {
    const struct options *options;
    const char *dir, *scripts;
};

/* gnuplot does not notice a full disk: a picture without its end is none. */
static bool complete(const char *file, const char *format) {
    const char *end = !strcmp(format, "svg") ? "</svg>" : !strcmp(format, "png") ? "IEND" : "%%EOF";
    char tail[64] = "";
    FILE *f = fopen(file, "re");
    bool ok = f && fseek(f, -32, SEEK_END) == 0 && fread(tail, 1, 32, f) == 32;
    if (f)
        fclose(f);
    return ok && memmem(tail, 32, end, strlen(end)) != NULL;
}

/* One chart in one format, whole or not at all. `data` is chart.csv or chart-POOL.csv. */
static int draw(const struct drawing *d, const char *chart, const char *format, const char *data,
                const char *pool, bool several) {
    char *script = mem_format("%s/%s.gp", d->scripts, chart);
    char *final =
        several ? mem_format("%s-%s.%s", chart, pool, format) : mem_format("%s.%s", chart, format);
    char *temporary = mem_format(".%s.%ld.tmp", final, (long)getpid());
    char *argv[] = {(char[]){"gnuplot"}, (char[]){"-d"}, (char[]){"-c"}, script, mem_text(format),
                    temporary,           mem_text(pool), mem_text(data), NULL};
    int status = gnuplot(d->dir, argv);
    char *from = mem_format("%s/%s", d->dir, temporary), *to = mem_format("%s/%s", d->dir, final);
    if (status == 0 && (!complete(from, format) || rename(from, to)))
        status = 1;
    if (status)
        unlink(from);
    for (int i = 4; i < 8; i++)
        free(argv[i]);
    free(script);
    free(final);
    free(from);
    free(to);
    return status;
}

/* The pool that a chart.csv speaks of; fresh memory, or NULL. */
static char *pool_of(const char *dir, const char *data) {
    char *path = mem_format("%s/%s", dir, data), line[256], *pool = NULL;
    FILE *f = fopen(path, "re");
    while (f && !pool && fgets(line, sizeof line, f))
        if (!strncmp(line, "pool,\"", 6) && strchr(line + 6, '"')) {
            *strchr(line + 6, '"') = 0;
            pool = mem_text(line + 6);
        }
    if (f)
        fclose(f);
    free(path);
    return pool;
}

static int each_format(const struct drawing *d, const char *data, const char *pool, bool several) {
    char *formats = mem_text(d->options->format), *save = NULL;
    int status = 0;
    for (char *format = strtok_r(formats, ",", &save); format && !status;
         format = strtok_r(NULL, ",", &save))
        for (int i = 0; i < CHARTS && !status; i++)
            status = draw(d, charts[i], format, data, pool, several);
    free(formats);
    return status;
}

static int chart_file(const struct dirent *entry) {
    const char *n = entry->d_name;
    return !strncmp(n, "chart", 5) && (n[5] == '-' || n[5] == '.') && strlen(n) > 8 &&
           !strcmp(n + strlen(n) - 4, ".csv");
}

/* Says what went wrong, where something did. */
static enum charts_status told(int status, const char *dir) {
    if (status == NO_PROGRAM)
        fputs("headroom: gnuplot is not installed, so no charts are drawn; everything else is "
              "there\n",
              stderr);
    else if (status)
        fprintf(stderr, "headroom: gnuplot could not draw the charts in %s\n", dir);
    return status == NO_PROGRAM ? CHARTS_NO_GNUPLOT : status ? CHARTS_FAILED : CHARTS_DRAWN;
}

static char *needed_scripts(void) {
    char *where = scripts();
    if (!where)
        fputs("headroom: the chart scripts (plots/*.gp) are not found; set HEADROOM_PLOTS\n",
              stderr);
    return where;
}

enum charts_status charts_draw_compared(const struct options *o, const char *dir) {
    char *where = needed_scripts(), *formats = mem_text(o->format), *save = NULL;
    struct drawing d = {o, dir, where};
    int status = 0;
    for (char *format = strtok_r(formats, ",", &save); where && format && !status;
         format = strtok_r(NULL, ",", &save))
        status = draw(&d, "compare", format, COMPARE_CHART, "", false);
    free(formats);
    bool found = where != NULL;
    free(where);
    enum charts_status drawn = found ? told(status, dir) : CHARTS_FAILED;
    if (drawn == CHARTS_DRAWN && !o->quiet && !o->json)
        printf("chart in %s: compare.%.*s\n", dir, (int)strcspn(o->format, ","), o->format);
    return drawn;
}

enum charts_status charts_draw(const struct options *o, const char *dir) {
    char *where = needed_scripts();
    if (!where)
        return CHARTS_FAILED;
    struct dirent **names = NULL;
    int count = scandir(dir, &names, chart_file, alphasort), status = count > 0 ? 0 : 1;
    if (count <= 0)
        fprintf(stderr, "headroom: %s: no result with charts lies here\n", dir);
    struct drawing d = {o, dir, where};
    for (int i = 0; i < count; i++) {
        char *pool = pool_of(dir, names[i]->d_name);
        if (!pool)
            status = 1;
        if (status == 0)
            status = each_format(&d, names[i]->d_name, pool, count > 1);
        free(pool);
        free(names[i]);
    }
    free(names);
    free(where);
    return count > 0 ? told(status, dir) : CHARTS_FAILED;
}

void charts_list(const struct options *o, const char *dir) {
    size_t length = strcspn(o->format, ",");
    struct dirent **names = NULL;
    int count = scandir(dir, &names, chart_file, alphasort);
    printf("charts in %s:", dir);
    for (int i = 0; i < CHARTS; i++)
        printf("%s %s%s.%.*s", i ? "," : "", charts[i], count > 1 ? "-POOL" : "", (int)length,
               o->format);
    for (int k = 0; k < count; k++) {
        char *pool = count > 1 ? pool_of(dir, names[k]->d_name) : NULL;
        if (pool)
            printf("%s%s", k ? ", " : "\n  for POOL ", pool);
        free(pool);
        free(names[k]);
    }
    free(names);
    putchar('\n');
}
