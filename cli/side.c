/* SPDX-License-Identifier: GPL-3.0-or-later */
/* side: see side.h. */
#include "cli/side.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/sweep_rows.h"
#include "model/mem.h"
#include "model/text.h"

static const char *const part_names[RESULT_PARTS] = {"sim", "sim_paired", "pool"};

/* PATH or PATH:PART; a file whose name ends so is meant itself. */
static bool read_argument(struct side *s, const char *argument, struct err *err) {
    const char *colon = strrchr(argument, ':');
    s->path = mem_text(argument);
    if (!colon || access(argument, F_OK) == 0)
        return true;
    s->path[colon - argument] = 0;
    s->part = text_index(colon + 1, result_part_words);
    s->asked = true;
    if (s->part >= 0)
        return true;
    char *near = text_nearest(colon + 1, result_part_words), *shown = text_plain(colon + 1);
    err_add(err, (struct place){s->path, 0, 0}, NULL,
            "unknown part '%s'%s%s%s (allowed: sim, "
            "sim_paired, pool)",
            shown, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    free(near);
    free(shown);
    return false;
}

/* A sweep's folder, or its sweep.json? */
static bool is_sweep(const char *path) {
    const char *slash = strrchr(path, '/');
    char *sweep = mem_format("%s/" SWEEP_JSON, path), *result = mem_format("%s/result.json", path);
    bool file = !strcmp(slash ? slash + 1 : path, SWEEP_JSON) && access(path, F_OK) == 0;
    bool folder = access(sweep, F_OK) == 0 && access(result, F_OK) != 0;
    free(sweep);
    free(result);
    return file || folder;
}

bool side_load(struct side *s, const char *argument, const char *command, struct err *err) {
    if (!read_argument(s, argument, err))
        return false;
    if (is_sweep(s->path)) {
        err_add(err, (struct place){s->path, 0, 0}, NULL,
                "is a sweep; %s takes results of sim, bench, run", command);
        return false;
    }
    if (!result_load(&s->saved, s->path, err))
        return false;
    if (!s->asked || s->saved.has[s->part])
        return true;
    err_add(err, (struct place){s->path, 0, 0}, NULL, "holds no '%s'", part_names[s->part]);
    return false;
}

int side_nearest_part(const struct side *s, int wanted) {
    for (int i = 0; !s->saved.has[wanted]; i++)
        wanted = i;
    return wanted;
}

const char *side_part_name(const struct side *s) {
    return part_names[s->part];
}

char *side_folder(const struct side *s) {
    struct stat info;
    if (stat(s->path, &info) == 0 && S_ISDIR(info.st_mode))
        return mem_text(s->path);
    const char *slash = strrchr(s->path, '/');
    return slash ? mem_text_part(s->path, (size_t)(slash - s->path)) : mem_text(".");
}

char *side_short_name(const struct side *s) {
    char *folder = side_folder(s);
    size_t end = strlen(folder);
    while (end > 1 && folder[end - 1] == '/')
        end--;
    folder[end] = 0;
    const char *slash = strrchr(folder, '/');
    char *name = mem_format("%s%s%s", slash ? slash + 1 : folder, s->asked ? "-" : "",
                            s->asked ? part_names[s->part] : "");
    for (char *p = name; *p; p++)
        if (*p == '/' || (unsigned char)*p < 0x20)
            *p = '-';
    free(folder);
    return name;
}

void side_free(struct side *s) {
    saved_free(&s->saved);
    free(s->path);
}
