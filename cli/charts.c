/* SPDX-License-Identifier: GPL-3.0-or-later */
/* charts: see charts.h. */
#include "cli/charts.h"

#include <assert.h>
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

#include "cli/titles.h"
#include "cli/verdict.h"
#include "model/mem.h"

static const char *const formats[] = {"svg", "png", "pdf"};
enum { FORMATS = sizeof formats / sizeof *formats, NO_PROGRAM = 127, LANES_MOST = 8 };

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

/* Starts gnuplot in `dir`; 0 or less: it could not be. */
static pid_t gnuplot(const char *dir, char *const argv[]) {
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
    return child;
}

/* Its exit status, or NO_PROGRAM. */
static int ended(pid_t child) {
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

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

/* ---- the chart files of a folder ------------------------------------------------------------- */

/* chart.csv or chart-POOL.csv, as it lies in a folder. */
struct chart_file {
    char *name, *suffix; /* of the pictures: "" or "-POOL" */
    char *pool;          /* that it speaks of; NULL: it is no such file */
    bool *has;           /* a title of each chart */
};

struct chart_files {
    struct chart_file *items;
    size_t count;
};

static int is_chart_file(const struct dirent *entry) {
    const char *n = entry->d_name;
    return !strncmp(n, "chart", 5) && (n[5] == '-' || n[5] == '.') && strlen(n) > 8 &&
           !strcmp(n + strlen(n) - 4, ".csv");
}

static void read_line(struct chart_file *s, char *line) {
    if (!s->pool && !strncmp(line, "pool,\"", 6) && strchr(line + 6, '"')) {
        *strchr(line + 6, '"') = 0;
        s->pool = mem_text(line + 6);
    }
    for (size_t i = 0; !strncmp(line, "title_", 6) && i < titles_chart_count; i++) {
        size_t n = strlen(titles_charts[i].name);
        if (!strncmp(line + 6, titles_charts[i].name, n) && line[6 + n] == ',')
            s->has[i] = true;
    }
}

static struct chart_file read_file(const char *dir, const char *name) {
    struct chart_file s = {.name = mem_text(name),
                           .suffix = mem_text_part(name + 5, strlen(name) - 9),
                           .has = mem_new(titles_chart_count, sizeof *s.has)};
    char *path = mem_format("%s/%s", dir, name), *line = NULL;
    size_t room = 0;
    FILE *f = fopen(path, "re");
    while (f && getline(&line, &room, f) > 0)
        read_line(&s, line);
    if (f)
        fclose(f);
    free(line);
    free(path);
    return s;
}

static struct chart_files files_of(const char *dir) {
    struct dirent **names = NULL;
    int count = scandir(dir, &names, is_chart_file, alphasort);
    struct chart_files all = {mem_new(count > 0 ? (size_t)count : 0, sizeof *all.items), 0};
    for (int i = 0; i < count; i++) {
        all.items[all.count++] = read_file(dir, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return all;
}

static void files_free(struct chart_files *all) {
    for (size_t i = 0; i < all->count; i++) {
        free(all->items[i].name);
        free(all->items[i].suffix);
        free(all->items[i].pool);
        free(all->items[i].has);
    }
    free(all->items);
}

char *charts_data(const struct scenario *sc, size_t pool) {
    return pool == ALL_POOLS || sc->pools.count == 1
               ? mem_text("chart.csv")
               : mem_format("chart-%s.csv", sc->pools.items[pool].name);
}

static bool is_of(const struct scenario *sc, const char *file) {
    bool found = !strcmp(file, "chart.csv");
    for (size_t i = 0; i < sc->pools.count && !found; i++) {
        char *name = charts_data(sc, i);
        found = !strcmp(file, name);
        free(name);
    }
    return found;
}

static void remove_file(const char *dir, const char *name) {
    char *path = mem_format("%s/%s", dir, name);
    unlink(path);
    free(path);
}

static void clear_pictures(const char *dir, const char *suffix) {
    for (size_t i = 0; i < titles_chart_count; i++)
        for (size_t k = 0; k < FORMATS; k++) {
            char *name = mem_format("%s%s.%s", titles_charts[i].name, suffix, formats[k]);
            remove_file(dir, name);
            free(name);
        }
}

void charts_clear(const char *dir, const struct scenario *sc) {
    struct chart_files all = files_of(dir);
    for (size_t i = 0; i < all.count; i++) {
        clear_pictures(dir, all.items[i].suffix);
        if (!is_of(sc, all.items[i].name))
            remove_file(dir, all.items[i].name);
    }
    files_free(&all);
}

/* ---- drawing --------------------------------------------------------------------------------- */

struct picture {
    pid_t child;
    char *from, *to; /* paths: under a temporary name, and where it belongs */
    const char *format;
};

/* Pictures in work, in a ring, the oldest first; `status` is of the first that failed. */
struct studio {
    const char *dir, *scripts;
    struct picture lanes[LANES_MOST];
    size_t width, begun, done;
    int status;
};

/* One picture, whole or not at all. */
static void finish_oldest(struct studio *s) {
    assert(s->width > 0); /* there is at least one thread */
    struct picture *p = &s->lanes[s->done++ % s->width];
    int status = ended(p->child);
    if (status == 0 && (!complete(p->from, p->format) || rename(p->from, p->to)))
        status = 1;
    if (status)
        unlink(p->from);
    if (!s->status)
        s->status = status;
    free(p->from);
    free(p->to);
}

static void begin(struct studio *s, const char *chart, const char *format,
                  const struct chart_file *file) {
    if (s->begun - s->done == s->width)
        finish_oldest(s);
    if (s->status)
        return;
    char *script = mem_format("%s/%s.gp", s->scripts, chart), *word = mem_text(format);
    char *final = mem_format("%s%s.%s", chart, file->suffix, format);
    char *temporary = mem_format(".%s.%ld.tmp", final, (long)getpid());
    char *argv[] = {(char[]){"gnuplot"}, (char[]){"-d"}, (char[]){"-c"}, script, word,
                    temporary,           file->pool,     file->name,     NULL};
    s->lanes[s->begun++ % s->width] =
        (struct picture){.child = gnuplot(s->dir, argv),
                         .from = mem_format("%s/%s", s->dir, temporary),
                         .to = mem_format("%s/%s", s->dir, final),
                         .format = format};
    free(word);
    free(script);
    free(final);
    free(temporary);
}

static void draw_file(struct studio *s, const struct chart_file *file, const char *wanted) {
    for (size_t k = 0; k < FORMATS; k++)
        for (size_t i = 0; strstr(wanted, formats[k]) && i < titles_chart_count; i++)
            if (file->has[i])
                begin(s, titles_charts[i].name, formats[k], file);
}

static int draw_all(const struct options *o, const char *dir, const char *where,
                    const struct chart_files *all) {
    struct studio s = {.dir = dir,
                       .scripts = where,
                       .width = o->threads < LANES_MOST ? o->threads : LANES_MOST,
                       .status = all->count ? 0 : 1};
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].pool)
            draw_file(&s, &all->items[i], o->format);
        else
            s.status = 1;
    while (s.done < s.begun)
        finish_oldest(&s);
    return s.status;
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

/* Has a file of texts a title for the chart? */
static bool titled(const char *dir, const char *file, const char *chart) {
    char *path = mem_format("%s/%s", dir, file), *key = mem_format("title_%s,", chart);
    char *line = NULL;
    size_t room = 0;
    bool found = false;
    FILE *f = fopen(path, "re");
    while (f && !found && getline(&line, &room, f) > 0)
        found = !strncmp(line, key, strlen(key));
    if (f)
        fclose(f);
    free(line);
    free(key);
    free(path);
    return found;
}

/* Those of the charts that have a title in `texts`, in each of the formats. */
static enum charts_status draw_titled(const struct options *o, const char *dir, char *texts,
                                      const char *const *charts, size_t count) {
    struct chart_file file = {.name = texts, .suffix = (char[]){""}, .pool = (char[]){""}};
    char *where = needed_scripts();
    if (!where)
        return CHARTS_FAILED;
    struct studio s = {
        .dir = dir, .scripts = where, .width = o->threads < LANES_MOST ? o->threads : LANES_MOST};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; titled(dir, texts, charts[i]) && k < FORMATS; k++)
            if (strstr(o->format, formats[k]))
                begin(&s, charts[i], formats[k], &file);
    while (s.done < s.begun)
        finish_oldest(&s);
    free(where);
    return told(s.status, dir);
}

/* "charts in out/x: a.svg, b.svg" */
static void list_titled(const struct options *o, const char *dir, const char *texts,
                        const char *const *charts, size_t count) {
    size_t some = 0;
    for (size_t i = 0; i < count; i++)
        if (titled(dir, texts, charts[i])) {
            if (some++ == 0)
                printf("chart%s in %s: ", count > 1 ? "s" : "", dir);
            printf("%s%s.%.*s", some > 1 ? ", " : "", charts[i], (int)strcspn(o->format, ","),
                   o->format);
        }
    if (some)
        putchar('\n');
}

static enum charts_status draw_and_list(const struct options *o, const char *dir, char *texts,
                                        const char *const *charts, size_t count) {
    enum charts_status drawn = draw_titled(o, dir, texts, charts, count);
    if (drawn == CHARTS_DRAWN && !o->quiet && !o->json)
        list_titled(o, dir, texts, charts, count);
    return drawn;
}

enum charts_status charts_draw_usl(const struct options *o, const char *dir) {
    static const char *const charts[] = {"usl"};
    return draw_and_list(o, dir, (char[]){USL_CHART}, charts, 1);
}

/* The charts that are told by a title in a file of texts, of a command each. */
static const char *const compare_charts[] = {"compare", "compare-resizing"};
enum { COMPARE_CHARTS = sizeof compare_charts / sizeof *compare_charts };
static const char *const frontier_charts[] = {"frontier"};
static const char *const sweep_charts[] = {"sweep-knee", "sweep-workers", "sweep-throughput",
                                           "sweep-map"};
enum { SWEEP_CHARTS = sizeof sweep_charts / sizeof *sweep_charts };

static void clear(const char *dir, const char *const *charts, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < FORMATS; k++) {
            char *name = mem_format("%s.%s", charts[i], formats[k]);
            remove_file(dir, name);
            free(name);
        }
}

/* Pictures of an earlier sweep speak of other cells. */
void charts_clear_sweep(const char *dir) {
    clear(dir, sweep_charts, SWEEP_CHARTS);
}

void charts_clear_compared(const char *dir, bool sizes) {
    clear(dir, compare_charts, COMPARE_CHARTS);
    if (sizes)
        return;
    remove_file(dir, "compare-sizes.csv");
    remove_file(dir, "compare-series.csv");
}

void charts_clear_frontier(const char *dir) {
    clear(dir, frontier_charts, 1);
}

enum charts_status charts_draw_frontier(const struct options *o, const char *dir) {
    return draw_and_list(o, dir, (char[]){FRONTIER_CHART}, frontier_charts, 1);
}

enum charts_status charts_draw_compared(const struct options *o, const char *dir) {
    return draw_and_list(o, dir, (char[]){COMPARE_CHART}, compare_charts, COMPARE_CHARTS);
}

enum charts_status charts_draw_sweep(const struct options *o, const char *dir) {
    return draw_and_list(o, dir, (char[]){SWEEP_CHART}, sweep_charts, SWEEP_CHARTS);
}

enum charts_status charts_draw(const struct options *o, const char *dir) {
    char *where = needed_scripts();
    if (!where)
        return CHARTS_FAILED;
    struct chart_files all = files_of(dir);
    int status = draw_all(o, dir, where, &all);
    bool none = all.count == 0;
    if (none)
        fprintf(stderr, "headroom: %s: no result with charts lies here\n", dir);
    files_free(&all);
    free(where);
    return none ? CHARTS_FAILED : told(status, dir);
}

/* Is the chart among them, of the whole run and of pools? */
static bool among(const struct chart_files *all, size_t chart, bool of_pool) {
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].has[chart] && of_pool == (*all->items[i].suffix != 0))
            return true;
    return false;
}

/* Of several pools one name stands for all: workers-POOL.svg. */
void charts_list(const struct options *o, const char *dir) {
    int ending = (int)strcspn(o->format, ",");
    struct chart_files all = files_of(dir);
    const char *before = " ";
    char *list = mem_format("charts in %s:", dir);
    for (size_t i = 0; i < titles_chart_count; i++)
        for (int of_pool = 0; of_pool < 2; of_pool++)
            if (among(&all, i, of_pool)) {
                char *longer = mem_format("%s%s%s%s.%.*s", list, before, titles_charts[i].name,
                                          of_pool ? "-POOL" : "", ending, o->format);
                free(list);
                list = longer;
                before = ", ";
            }
    int columns = verdict_columns(stdout);
    if (columns < 100)
        verdict_folded_at(stdout, columns, NULL, list);
    else
        puts(list); /* one line for who reads it */
    free(list);
    before = "  for POOL ";
    for (size_t k = 0; k < all.count; k++)
        if (all.items[k].pool && *all.items[k].suffix) {
            printf("%s%s", before, all.items[k].pool);
            before = ", ";
        }
    fputs(*before == ',' ? "\n" : "", stdout);
    files_free(&all);
}
