/* SPDX-License-Identifier: GPL-3.0-or-later */
/* manual: see manual.h. */
#include "model/manual.h"

#include <stdlib.h>
#include <string.h>

#include "model/format.h"
#include "model/mem.h"

static const char *const type_names[] = {
    [KEY_COUNT] = "count",
    [KEY_NUMBER] = "number",
    [KEY_FACTOR] = "factor (x2)",
    [KEY_SHARE] = "share",
    [KEY_DURATION] = "duration",
    [KEY_RATE] = "rate",
    [KEY_TEXT] = "text",
    [KEY_NAME] = "name",
    [KEY_WORD] = "word",
    [KEY_QUANTITY] = "duration",
    [KEY_MAP] = "map",
    [KEY_MAPS] = "list of maps",
    [KEY_CHOICE] = "map",
    [KEY_OTHER] = "map",
    [KEY_LIST] = "list",
    [KEY_ROWS] = "list of lists",
    [KEY_BY_TIME] = "map of times",
};

static void print_key(FILE *to, const struct key *key) {
    fprintf(to, "| `%s` | ", key->name);
    if (key->type != KEY_OTHER || key->of)
        fputs(type_names[key->type], to);
    if (key->type == KEY_LIST)
        fprintf(to, " of %ss", type_names[key->each]);
    if (key->words) {
        char *words = mem_text(key->words), *save = NULL;
        const char *between = key->type == KEY_WORD || key->type == KEY_OTHER ? ": " : ", or ";
        for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
            fprintf(to, "%s`%s`", between, w);
            between = ", ";
        }
        free(words);
    }
    bool needed = format_needed(key);
    bool quoted = key->otherwise && !needed && *key->otherwise && strcmp(key->otherwise, "{}");
    fprintf(to, " | %s%s%s | %s%s%s |\n", quoted ? "`" : "",
            needed   ? "needed"
            : quoted ? key->otherwise
                     : "",
            quoted ? "`" : "", key->later ? "*not supported yet*" : "",
            key->later && *key->help ? ": " : "", key->help);
}

void manual_print(FILE *to) {
    for (int s = 0; s < FORMAT_SECTIONS; s++) {
        fprintf(to, "%s#### %s\n\n| key | value | default | |\n| --- | --- | --- | --- |\n",
                s ? "\n" : "", format_sections[s].help);
        for (size_t i = 0; i < format_key_count; i++)
            if (format_keys[i].in == (enum section)s)
                print_key(to, &format_keys[i]);
    }
}
