/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * theory: what queueing theory says of a scenario, model by model, and what the rules for sizing
 * say: which hold exactly, which about, which not and why. Two tables a pool, 80 columns wide.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/crew.h"
#include "model/json.h"
#include "model/mem.h"
#include "model/models.h"
#include "model/rules.h"
#include "model/text.h"

enum { P99 = 3, RIGHT = 80, NAME = 25, RULE = 27 };

static const char marks[] = {'-', '=', '~'};

static int cores(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}

/* Words folded at 80 columns from column `left` on; the first line is begun. */
static void folded(const char *text, int left) {
    int at = left;
    while (*text) {
        int word = (int)strcspn(text, " ");
        if (at > left && at + 1 + word > RIGHT) {
            printf("\n%*s", left, "");
            at = left;
        }
        at += printf("%s%.*s", at > left ? " " : "", word, text);
        text += word + (text[word] == ' ');
    }
    putchar('\n');
}

/* ---- the table of models --------------------------------------------------------------------- */

static const char *time_cell(char *out, size_t size, struct theory_figure f) {
    return f.mark ? text_duration(out, size, f.value) : "-";
}

static const char *share_cell(char *out, size_t size, struct theory_figure f) {
    if (!f.mark)
        return "-";
    snprintf(out, size, "%.*f %%", f.value >= 0.0995 || f.value == 0 ? 1 : 2, 100 * f.value);
    return out;
}

static void figures(const struct theory *t) {
    char cell[6][40];
    printf("%7s %9s %9s %9s %7s %6s\n", share_cell(cell[0], sizeof cell[0], t->wait_probability),
           time_cell(cell[1], sizeof cell[1], t->wait_mean),
           time_cell(cell[2], sizeof cell[2], t->wait[P99]),
           time_cell(cell[3], sizeof cell[3], t->response[P99]),
           share_cell(cell[4], sizeof cell[4], t->utilisation),
           share_cell(cell[5], sizeof cell[5], t->rejected_share));
}

static void begin_line(enum theory_mark mark, const struct model *model) {
    char *name = mem_format("%s %s", model->name, model->method);
    printf("%c %-*.*s ", marks[mark], NAME, NAME, name);
    free(name);
}

static void model_line(const struct model *model, const struct facts *f) {
    struct theory t = {0};
    model_answer(&t, model, f);
    begin_line(model_mark(&t), model);
    figures(&t);
    if (t.note) {
        printf("%*s", NAME + 3, "");
        folded(t.note, NAME + 3);
    }
    theory_free(&t);
}

/* Those that hold, then those that do not. */
static void model_table(const struct facts *f) {
    printf("%-*s %7s %9s %9s %9s %7s %6s\n", NAME + 2, "model", "P(wait)", "mean wait", "p99 wait",
           "p99 resp.", "busy", "lost");
    if (f->unknown) {
        fputs("- ", stdout);
        folded(f->unknown, 2);
        return;
    }
    for (size_t i = 0; i < model_count; i++)
        if (!model_refuses(&models[i], f))
            model_line(&models[i], f);
    for (size_t i = 0; i < model_count; i++) {
        const char *refusal = model_refuses(&models[i], f);
        if (refusal) {
            begin_line(THEORY_NONE, &models[i]);
            folded(refusal, NAME + 3);
        }
    }
}

/* ---- the table of sizes ---------------------------------------------------------------------- */

static void size_table(const struct rules *r) {
    char count[40];
    printf("\n%-*s %8s  %s\n", RULE + 2, "rule", "workers", "because");
    for (size_t i = 0; i < r->count; i++) {
        const struct rule *rule = &r->items[i];
        printf("%c %-*s %8s  ", marks[rule->mark], RULE, rule->rule,
               isnan(rule->workers) ? "-" : text_count(count, sizeof count, rule->workers));
        folded(rule->because, RULE + 13);
    }
}

static void head(const struct scenario *sc, size_t pool, const struct facts *f) {
    char rate[40], mean[40], load[40];
    const struct pool_spec *p = &sc->pools.items[pool];
    char *service = f->service.count ? mem_format("; service %s, mean %s", law_name(&f->service),
                                                  text_duration(mean, sizeof mean, f->mean))
                                     : mem_text("");
    char *crew = crew_words(p);
    char *first = mem_format("%s, pool %s: %s%s", sc->name, p->name, crew, service);
    folded(first, 0);
    free(crew);
    free(service);
    free(first);
    if (f->closed)
        printf("%.0f clients\n", f->clients);
    else if (f->service.count && scenario_endless(p))
        printf("%s jobs/s x %s = %s threads at once\n", text_short(rate, sizeof rate, f->rate),
               mean, text_short(load, sizeof load, f->load));
    else if (f->service.count)
        printf("%s jobs/s x %s = %s workers' worth (%.1f %%)\n",
               text_short(rate, sizeof rate, f->rate), mean, text_short(load, sizeof load, f->load),
               100 * f->load / f->workers);
    putchar('\n');
}

static void show(const struct scenario *sc) {
    for (size_t i = 0; i < sc->pools.count; i++) {
        struct facts f;
        struct rules r;
        facts_of(&f, sc, i);
        rules_of(&r, sc, i, cores());
        if (i > 0)
            putchar('\n');
        head(sc, i, &f);
        model_table(&f);
        size_table(&r);
        rules_free(&r);
        facts_free(&f);
    }
    puts("\n= holds exactly   ~ about   - does not hold");
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void model_json(struct json *j, const char *pool, const struct model *model,
                       const struct facts *f) {
    struct theory t = {.fluid_slope = NAN};
    const char *refusal = model_refuses(model, f);
    if (refusal)
        t.reason = mem_text(refusal);
    else
        model_answer(&t, model, f);
    json_open(j, NULL, '{');
    json_text(j, "pool", pool);
    json_text(j, "family", model->name);
    json_text(j, "by", model->method);
    json_text(j, "holds", theory_word(refusal ? THEORY_NONE : model_mark(&t)));
    theory_json(&t, j);
    json_close(j, '}');
    theory_free(&t);
}

static void size_json(struct json *j, const char *pool, const struct rule *rule) {
    json_open(j, NULL, '{');
    json_text(j, "pool", pool);
    json_text(j, "rule", rule->rule);
    json_number(j, "workers", rule->workers);
    json_text(j, "holds", theory_word(rule->mark));
    json_text(j, "because", rule->because);
    json_close(j, '}');
}

static void models_json(struct json *j, const struct scenario *sc) {
    json_open(j, "models", '[');
    for (size_t i = 0; i < sc->pools.count; i++) {
        struct facts f;
        facts_of(&f, sc, i);
        for (size_t k = 0; k < model_count; k++)
            model_json(j, sc->pools.items[i].name, &models[k], &f);
        facts_free(&f);
    }
    json_close(j, ']');
}

static void sizes_json(struct json *j, const struct scenario *sc) {
    json_open(j, "sizes", '[');
    for (size_t i = 0; i < sc->pools.count; i++) {
        struct rules r;
        rules_of(&r, sc, i, cores());
        for (size_t k = 0; k < r.count; k++)
            size_json(j, sc->pools.items[i].name, &r.items[k]);
        rules_free(&r);
    }
    json_close(j, ']');
}

static void show_json(const struct scenario *sc) {
    struct json j = {.to = stdout};
    json_open(&j, NULL, '{');
    json_text(&j, "scenario", sc->name);
    models_json(&j, sc);
    sizes_json(&j, sc);
    json_close(&j, '}');
}

int command_theory(struct options *o) {
    if (o->file_count != 1) {
        fputs("headroom: theory takes one scenario\n", stderr);
        return EXIT_USAGE;
    }
    struct scenario *sc = shared_load(o, o->files[0]);
    if (!sc)
        return EXIT_USAGE;
    if (o->json)
        show_json(sc);
    else if (!o->quiet)
        show(sc);
    scenario_free(sc);
    return EXIT_DONE;
}
