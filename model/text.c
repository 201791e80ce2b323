/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text: words and quantities; see text.h. The distance is Damerau's, restricted (Wagner-Fischer
 * with swaps of neighbours): text_nearest("lognromal", "exponential lognormal") is "lognormal". */
#include "model/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"

struct unit {
    const char *name;
    double factor;
};

static const struct unit time_units[] = {{"ns", 1},     {"us", 1e3},   {"ms", 1e6}, {"s", 1e9},
                                         {"min", 6e10}, {"h", 3.6e12}, {NULL, 0}};

static const struct unit rate_units[] = {{"/s", 1},    {"/min", 1.0 / 60}, {"/h", 1.0 / 3600},
                                         {"/ms", 1e3}, {"/us", 1e6},       {NULL, 0}};

static const char too_large[] = "is too large";
static const char no_number[] = "is not a number";
static const char comma[] = "has a comma; a decimal has a point, a thousand nothing";

/* The decimal number at *text, which is moved behind it; NULL or the complaint. */
static const char *number_at(const char **text, double *number) {
    const char *p = *text;
    p += *p == '-' || *p == '+';
    size_t whole = strspn(p, "0123456789");
    p += whole;
    size_t part = 0;
    if (*p == '.') {
        part = strspn(p + 1, "0123456789");
        p += 1 + part;
    }
    if (whole + part == 0)
        return no_number;
    if (*p == ',')
        return comma;
    if (*p == 'e' || *p == 'E') {
        const char *digits = p + 1 + (p[1] == '-' || p[1] == '+');
        size_t n = strspn(digits, "0123456789");
        p = n ? digits + n : p;
    }
    *number = strtod(*text, NULL);
    *text = p;
    return isfinite(*number) ? NULL : too_large;
}

static const char *unit_at(const char *text, const struct unit *units, double *factor) {
    text += *text == ' ';
    for (const struct unit *u = units; u->name; u++)
        if (!strcmp(text, u->name)) {
            *factor = u->factor;
            return NULL;
        }
    return "";
}

const char *text_read_duration(const char *text, double *ns) {
    double value, factor;
    const char *wrong = number_at(&text, &value);
    if (wrong == too_large)
        return "is longer than three years";
    if (wrong)
        return wrong == comma ? comma : "is not a duration (such as 200ms, 1.5us, 5s, 2min, 1h)";
    if (!*text)
        return "needs a unit (ns, us, ms, s, min or h), such as 200ms";
    if (!strcmp(text + (*text == ' '), "%"))
        return "is a share; wanted is a duration (such as 200ms, 1.5us, 5s, 2min, 1h)";
    if (unit_at(text, time_units, &factor))
        return "has an unknown unit of time; ns, us, ms, s, min and h are known";
    *ns = value * factor;
    if (value < 0)
        return "must not be negative";
    return *ns <= (double)NSEC_LONGEST ? NULL : "is longer than three years";
}

const char *text_read_rate(const char *text, double *per_second) {
    double value, factor;
    const char *wrong = number_at(&text, &value);
    if (wrong)
        return wrong != no_number ? wrong : "is not a rate (such as 1000/s or 30/min)";
    if (!*text)
        return "needs a unit (/s, /min or /h), such as 1000/s";
    if (unit_at(text, rate_units, &factor))
        return "has an unknown unit of rate; /s, /min and /h are known";
    *per_second = value * factor;
    if (value < 0)
        return "must not be negative";
    return isfinite(*per_second) ? NULL : "is too large";
}

const char *text_read_number(const char *text, double *number) {
    const char *wrong = number_at(&text, number);
    return wrong ? wrong : *text ? no_number : NULL;
}

const char *text_read_share(const char *text, double *share) {
    const char *wrong = number_at(&text, share);
    if (wrong)
        return wrong != no_number ? wrong : "is not a share (such as 80% or 0.8)";
    text += *text == ' ' && text[1] == '%';
    if (*text == '%') {
        *share /= 100;
        text++;
    }
    return *text ? "is not a share (such as 80% or 0.8)" : NULL;
}

const char *text_read_count(const char *text, int64_t *count) {
    double value;
    const char *wrong = number_at(&text, &value);
    if (wrong && wrong != no_number)
        return wrong;
    if (wrong || *text)
        return "is not a count (such as 200 or 1e6)";
    if (value < 0)
        return "must not be negative";
    if (value != floor(value))
        return "must be a whole number";
    if (value > 9e15)
        return "is too large";
    *count = (int64_t)value;
    return NULL;
}

static char *names_of(const struct unit *units, const char *between) {
    char *all = mem_text("");
    for (const struct unit *u = units; u->name; u++) {
        char *longer = mem_format("%s%s%s", all, *all ? between : "", u->name);
        free(all);
        all = longer;
    }
    return all;
}

char *text_time_units(const char *between) {
    return names_of(time_units, between);
}

char *text_rate_units(const char *between) {
    return names_of(rate_units, between);
}

enum { WORD_MOST = 64 };

static int smaller(int a, int b) {
    return a < b ? a : b;
}

static int distance(const char *a, size_t n, const char *b, size_t m) {
    int d[WORD_MOST + 1][WORD_MOST + 1];
    for (size_t i = 0; i <= n; i++)
        d[i][0] = (int)i;
    for (size_t k = 0; k <= m; k++)
        d[0][k] = (int)k;
    for (size_t i = 1; i <= n; i++)
        for (size_t k = 1; k <= m; k++) {
            int cost = tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[k - 1]);
            int best = smaller(d[i - 1][k] + 1, d[i][k - 1] + 1);
            best = smaller(best, d[i - 1][k - 1] + cost);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                best = smaller(best, d[i - 2][k - 2] + 1);
            d[i][k] = best;
        }
    return d[n][m];
}

char *text_nearest(const char *word, const char *words) {
    size_t n = strlen(word), best_length = 0;
    if (n == 0 || n > WORD_MOST)
        return NULL;
    const char *best = NULL;
    int least = (int)(n / 3) + 1;
    while (*words) {
        size_t m = strcspn(words, " ");
        int d = m <= WORD_MOST ? distance(word, n, words, m) : least;
        if (d < least) {
            least = d;
            best = words;
            best_length = m;
        }
        words += m + (words[m] == ' ');
    }
    return best ? mem_text_part(best, best_length) : NULL;
}

/* Bytes of the printable character at p; 0: a control character or not UTF-8. */
static size_t printable(const unsigned char *p) {
    if (*p < 0x80)
        return *p >= 0x20 && *p != 0x7f;
    size_t size = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
    uint32_t code = *p & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3f);
    }
    static const uint32_t least[] = {0xa0, 0x800, 0x10000}; /* below 0xa0: control characters */
    bool surrogate = code >= 0xd800 && code < 0xe000;
    return code >= least[size - 2] && code < 0x110000 && !surrogate && *p >= 0xc0 ? size : 0;
}

char *text_plain(const char *text) {
    char *plain = mem_text(text), *out = plain;
    while (*text) {
        size_t size = printable((const unsigned char *)text);
        if (size)
            memcpy(out, text, size);
        else
            *out = '?';
        out += size ? size : 1;
        text += size ? size : 1;
    }
    *out = 0;
    return plain;
}

char *text_word(const char *words, int64_t index) {
    for (; index > 0; index--)
        words = strchr(words, ' ') + 1;
    return mem_format("%.*s", (int)strcspn(words, " "), words);
}

int text_index(const char *word, const char *words) {
    size_t n = strlen(word);
    for (int i = 0; *words; i++) {
        size_t m = strcspn(words, " ");
        if (m == n && !memcmp(word, words, n))
            return i;
        words += m + (words[m] == ' ');
    }
    return -1;
}

double text_time_unit(double seconds, const char **name) {
    double size = fabs(seconds);
    if (size >= 1 || size == 0) {
        *name = "s";
        return 1;
    }
    if (size >= 1e-3) {
        *name = "ms";
        return 1e-3;
    }
    *name = size >= 1e-6 ? "us" : "ns";
    return size >= 1e-6 ? 1e-6 : 1e-9;
}

char *text_short(char *out, size_t size, double value) {
    double a = fabs(value);
    int digits = a == 0 ? 0 : (int)fmin(9, fmax(0, 3 - floor(log10(a * 1.0000501))));
    snprintf(out, size, "%.*f", digits, value);
    char *point = strchr(out, '.');
    for (size_t n = strlen(out); point && n > 0 && (out[n - 1] == '0' || out[n - 1] == '.'); n--) {
        bool done = out[n - 1] == '.';
        out[n - 1] = 0;
        if (done)
            break;
    }
    return out;
}

char *text_duration_in(char *out, size_t size, double seconds, double unit) {
    double value = seconds / unit, a = fabs(value);
    snprintf(out, size, "%.*f", a >= 99.95 || a < 0.005 ? 0 : a >= 9.995 ? 1 : 2, value);
    return out;
}

char *text_duration(char *out, size_t size, double seconds) {
    if (fabs(seconds) >= 120 && seconds == floor(seconds) && fmod(seconds, 60) == 0) {
        snprintf(out, size, "%.0f min", seconds / 60);
        return out;
    }
    const char *name;
    double unit = text_time_unit(seconds, &name);
    char number[40];
    snprintf(out, size, "%s %s", text_short(number, sizeof number, seconds / unit), name);
    return out;
}

char *text_count(char *out, size_t size, double count) {
    char digits[40];
    snprintf(digits, sizeof digits, "%.0f", fabs(count));
    size_t n = strlen(digits), o = 0;
    if (count < 0 && o + 1 < size)
        out[o++] = '-';
    for (size_t i = 0; i < n && o + 2 < size; i++) {
        out[o++] = digits[i];
        if ((n - i - 1) % 3 == 0 && i + 1 < n)
            out[o++] = ',';
    }
    out[o] = 0;
    return out;
}
