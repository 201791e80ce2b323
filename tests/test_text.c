/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_text: every quantity reader over good and bad spellings, the nearest word, and what is
 * written for people. Expected values are worked out by hand from text.h, not from what the program
 * printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"

typedef const char *reader(const char *text, double *value);

struct good {
    const char *text;
    double value;
};

static const char *count_reader(const char *text, double *value) {
    int64_t count = -7;
    const char *wrong = text_read_count(text, &count);
    *value = (double)count;
    return wrong;
}

static void check_good(reader *read, const struct good *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double value = NAN;
        const char *wrong = read(cases[i].text, &value);
        if (wrong)
            fail_msg("'%s' %s", cases[i].text, wrong);
        if (!(fabs(value - cases[i].value) <= 1e-15 * fabs(cases[i].value)))
            fail_msg("'%s' is %.17g, not %.17g", cases[i].text, cases[i].value, value);
    }
}

/* Each must be refused, in words. */
static void check_bad(reader *read, const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double value = 0;
        const char *wrong = read(texts[i], &value);
        if (!wrong)
            fail_msg("'%s' was read as %.17g", texts[i], value);
        assert_true(strlen(wrong) > 5);
    }
}

/* What no reader takes: no number, not decimal, not finite, white space around or too much inside.
 */
static void check_never(reader *read, const char *unit) {
    static const char *const numbers[] = {
        "",      " ",    "-",    "+",    ".",     "e5",    "nan",    "NaN",      ".nan", "inf",
        "Inf",   ".inf", "-inf", "0x10", "0x1p3", "1e999", "-1e999", "1:30",     "1,5",  "1_000",
        "1 000", "--1",  "+-1",  "1-",   "1e",    "1e+",   "1.2.3",  "infinity", "ten",  "\xd9\xa1",
        " 5",    "1e 3", "5\n",  "(5)",  "5-6",   "~",     "no"};
    char text[80];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        strcpy(text, numbers[i]);
        const char *const one[] = {strcat(text, unit)};
        check_bad(read, one, 1);
    }
    strcpy(text, "5");
    strcat(text, unit);
    const char *const after[] = {strcat(text, " "), strcat(text, "\n"), strcat(text, "x")};
    check_bad(read, after, 3);
}

#define CHECK_GOOD(read, cases) check_good(read, cases, sizeof(cases) / sizeof *(cases))
#define CHECK_BAD(read, texts) check_bad(read, texts, sizeof(texts) / sizeof *(texts))

static void test_duration(void **state) {
    (void)state;
    static const struct good good[] = {
        {"200ms", 2e8}, {"1.5us", 1500},  {"5s", 5e9},    {"2min", 1.2e11},  {"1h", 3.6e12},
        {"7ns", 7},     {"0.25ns", 0.25}, {"5 s", 5e9},   {"1e3ms", 1e9},    {"1E3ms", 1e9},
        {"1e-3s", 1e6}, {"1e+2s", 1e11},  {"+5s", 5e9},   {".5s", 5e8},      {"5.s", 5e9},
        {"0s", 0},      {"-0s", 0},       {"010ms", 1e7}, {"00.5h", 1.8e12}, {"100000000s", 1e17}};
    CHECK_GOOD(text_read_duration, good);
    static const char *const bad[] = {"ms",   "200",  "0",          "200  ms", "200MS",      "200m",
                                      "2sec", "1d",   "5 minutes",  "1h30min", "1 h 30 min", "5s5s",
                                      "5%",   "5/s",  "1es",        "5\ts",    "5mss",       "5 ",
                                      "-5s",  "-1ns", "100000001s", "1e9s",    "30000h"};
    CHECK_BAD(text_read_duration, bad);
    check_never(text_read_duration, "s");
    check_never(text_read_duration, "");
}

static void test_rate(void **state) {
    (void)state;
    static const struct good good[] = {{"1000/s", 1000}, {"30/min", 0.5},  {"7200/h", 2},
                                       {"1e6/s", 1e6},   {"1.5/s", 1.5},   {"5 /s", 5},
                                       {"0/s", 0},       {"-0/s", 0},      {".5/s", 0.5},
                                       {"+2/s", 2},      {"1e-9/s", 1e-9}, {"007/s", 7}};
    CHECK_GOOD(text_read_rate, good);
    static const char *const bad[] = {
        "1000",   "1000s",      "/s", "1000/", "1000/sec", "1000/m", "1000/d",   "5 / s",
        "1000/S", "1000 per s", "5%", "5/s/s", "1000Hz",   "-5/s",   "-0.1/min", "1e308/us"};
    CHECK_BAD(text_read_rate, bad);
    check_never(text_read_rate, "/s");
    check_never(text_read_rate, "");
}

static void test_share(void **state) {
    (void)state;
    static const struct good good[] = {
        {"80%", 0.8}, {"0.8", 0.8},  {"0.1%", 0.001}, {"100%", 1},     {"0", 0},
        {"0%", 0},    {"1", 1},      {"80 %", 0.8},   {"1e-3", 0.001}, {"5e1%", 0.5},
        {".5", 0.5},  {"+20%", 0.2}, {"99.9%", 0.999}};
    CHECK_GOOD(text_read_share, good);
    static const char *const bad[] = {"%",    "80%%", "80  %", "80 percent", "80pct", "80 ",
                                      "% 80", "8 0%", "5ms",   "1/2",        "80%x"};
    CHECK_BAD(text_read_share, bad);
    check_never(text_read_share, "%");
    check_never(text_read_share, "");
}

static void test_number(void **state) {
    (void)state;
    static const struct good good[] = {
        {"1e6", 1e6},   {"-3", -3},
        {"+.5", 0.5},   {"0", 0},
        {"1E-9", 1e-9}, {"0.25", 0.25},
        {"-25", -25},   {"010", 10},
        {"3.", 3},      {"1.7976931348623157e308", 1.7976931348623157e308}};
    CHECK_GOOD(text_read_number, good);
    static const char *const bad[] = {"5s", "5%", "5/s", "1e5x", "x2", "1e309", "-1e309"};
    CHECK_BAD(text_read_number, bad);
    check_never(text_read_number, "");
}

static void test_count(void **state) {
    (void)state;
    static const struct good good[] = {{"200", 200},
                                       {"1e6", 1e6},
                                       {"0", 0},
                                       {"-0", 0},
                                       {"+7", 7},
                                       {"1.0", 1},
                                       {"2.5e1", 25},
                                       {"1E3", 1000},
                                       {"010", 10},
                                       {"9e15", 9e15},
                                       {"4294967297", 4294967297.0}};
    CHECK_GOOD(count_reader, good);
    static const char *const bad[] = {
        "-1",  "-3.5", "1.5", "0.1",       "1e-1",  "9.1e15", "1e30", "18446744073709551617",
        "50%", "5s",   "5/s", "unbounded", "1,000", "two"};
    CHECK_BAD(count_reader, bad);
    check_never(count_reader, "");
}

/* The complaint fits the mistake. */
static void test_complaints(void **state) {
    (void)state;
    double value;
    int64_t count;
    assert_non_null(strstr(text_read_duration("200", &value), "needs a unit"));
    assert_non_null(strstr(text_read_duration("200msec", &value), "unknown unit"));
    assert_non_null(strstr(text_read_duration("-5s", &value), "negative"));
    assert_non_null(strstr(text_read_duration("4e8s", &value), "longer than three years"));
    assert_non_null(strstr(text_read_duration("soon", &value), "is not a duration"));
    assert_non_null(strstr(text_read_rate("1000", &value), "needs a unit"));
    assert_non_null(strstr(text_read_rate("1000/d", &value), "unknown unit"));
    assert_non_null(strstr(text_read_rate("-5/s", &value), "negative"));
    assert_non_null(strstr(text_read_rate("often", &value), "is not a rate"));
    assert_non_null(strstr(text_read_share("most", &value), "is not a share"));
    assert_non_null(strstr(text_read_number("many", &value), "is not a number"));
    assert_non_null(strstr(text_read_count("2.5", &count), "whole"));
    assert_non_null(strstr(text_read_count("-1", &count), "negative"));
    assert_non_null(strstr(text_read_count("many", &count), "is not a count"));
    assert_non_null(strstr(text_read_count("1e30", &count), "too large"));
}

/* 1e999 is a number; what is wrong is its size. */
static void test_complaints_of_size(void **state) {
    (void)state;
    double value;
    int64_t count;
    assert_non_null(strstr(text_read_count("1e999", &count), "too large"));
    assert_non_null(strstr(text_read_number("1e999", &value), "too large"));
    assert_non_null(strstr(text_read_duration("1e999s", &value), "longer than three years"));
    assert_non_null(strstr(text_read_rate("1e999/s", &value), "too large"));
    assert_non_null(strstr(text_read_share("1e999%", &value), "too large"));
}

static void check_nearest(const char *word, const char *words, const char *near) {
    char *found = text_nearest(word, words), shown[100] = "none";
    if (found)
        snprintf(shown, sizeof shown, "%s", found);
    bool same = found && near ? !strcmp(found, near) : !found && !near;
    free(found);
    if (!same)
        fail_msg("'%s' in '%s': %s, not %s", word, words, shown, near ? near : "none");
}

static void test_nearest(void **state) {
    (void)state;
    check_nearest("lognromal", "exponential lognormal gamma", "lognormal");    /* a swap */
    check_nearest("expnential", "exponential lognormal gamma", "exponential"); /* one left out */
    check_nearest("gammma", "exponential lognormal gamma", "gamma");           /* one too many */
    check_nearest("gemma", "exponential lognormal gamma", "gamma");            /* one replaced */
    check_nearest("GAMMA", "exponential lognormal gamma", "gamma");
    check_nearest("gamma", "exponential lognormal gamma", "gamma");
    check_nearest("expnentail", "exponential", "exponential"); /* two edits for ten letters */
    check_nearest("normal", "lognormal", NULL);                /* three for six letters */
    check_nearest("poison", "constant poisson", "poisson");
    check_nearest("queue", "workers name", NULL);
    check_nearest("pol", "pool", "pool");
    check_nearest("pl", "pool", NULL);
    check_nearest("ms", "ns us ms s", "ms");
    check_nearest("p98", "p50 p90 p95 p99", "p90"); /* the first of equals */
    check_nearest("", "a b c", NULL);
    check_nearest("workers", "", NULL);
    check_nearest("workers", "workers", "workers");
}

/* One letter for another is another word, not a slip. */
static void test_nearest_one_letter(void **state) {
    (void)state;
    check_nearest("k", "mean cv p means", NULL);
    check_nearest("P", "mean cv p means", "p");
}

static void test_nearest_long(void **state) {
    (void)state;
    char word[200];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = 0;
    check_nearest(word, "aaaa bbbb", NULL);
    check_nearest("aaaa", word, NULL);
    word[64] = 0;
    check_nearest(word + 1, word, word);
}

static void test_index(void **state) {
    (void)state;
    assert_int_equal(text_index("fifo", "fifo lifo priority"), 0);
    assert_int_equal(text_index("lifo", "fifo lifo priority"), 1);
    assert_int_equal(text_index("priority", "fifo lifo priority"), 2);
    assert_int_equal(text_index("prior", "fifo lifo priority"), -1);
    assert_int_equal(text_index("Fifo", "fifo lifo priority"), -1);
    assert_int_equal(text_index("fifo lifo", "fifo lifo priority"), -1);
    assert_int_equal(text_index("", "fifo lifo priority"), -1);
    assert_int_equal(text_index("", ""), -1);
    assert_int_equal(text_index("fifo", ""), -1);
}

static void test_write_duration(void **state) {
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {{0, "0 s"},         {5, "5 s"},        {1, "1 s"},          {0.1735, "173.5 ms"},
                 {0.03, "30 ms"},    {0.001, "1 ms"},   {1.5e-6, "1.5 us"},  {2e-9, "2 ns"},
                 {999e-9, "999 ns"}, {90, "90 s"},      {60, "60 s"},        {120, "2 min"},
                 {150, "150 s"},     {3600, "60 min"},  {1.2346, "1.235 s"}, {12.3456, "12.35 s"},
                 {100.04, "100 s"},  {-0.5, "-500 ms"}, {-120, "-2 min"},    {0.25, "250 ms"}};
    char out[40];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(text_duration(out, sizeof out, cases[i].seconds), cases[i].text);
        double ns;
        if (cases[i].seconds >= 0) /* what we write, we read */
            assert_null(text_read_duration(out, &ns));
    }
    assert_string_equal(text_duration(out, 4, 0.1735), "173");
}

static void test_write_duration_in(void **state) {
    (void)state;
    char out[40];
    assert_string_equal(text_duration_in(out, sizeof out, 0.6, 1e-3), "600");
    assert_string_equal(text_duration_in(out, sizeof out, 0.0123, 1e-3), "12.3");
    assert_string_equal(text_duration_in(out, sizeof out, 0.001234, 1e-3), "1.23");
    assert_string_equal(text_duration_in(out, sizeof out, -0.0123, 1e-3), "-12.3");
    assert_string_equal(text_duration_in(out, sizeof out, 0, 1e-3), "0");
    assert_string_equal(text_duration_in(out, sizeof out, 2, 1), "2.00");
}

static void test_write_count(void **state) {
    (void)state;
    char out[40];
    assert_string_equal(text_count(out, sizeof out, 0), "0");
    assert_string_equal(text_count(out, sizeof out, 999), "999");
    assert_string_equal(text_count(out, sizeof out, 1000), "1,000");
    assert_string_equal(text_count(out, sizeof out, 10031), "10,031");
    assert_string_equal(text_count(out, sizeof out, 100000), "100,000");
    assert_string_equal(text_count(out, sizeof out, -1234567), "-1,234,567");
    assert_string_equal(text_count(out, sizeof out, 1e15), "1,000,000,000,000,000");
    for (size_t size = 1; size < 10; size++) /* never past the end */
        assert_true(strlen(text_count(out, size, 1234567)) < size);
}

static void test_write_short(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},          {1, "1"},         {10, "10"},          {100, "100"},
                 {12345, "12345"},  {1234.4, "1234"}, {123.46, "123.5"},   {12.346, "12.35"},
                 {1.2346, "1.235"}, {0.5, "0.5"},     {0.12346, "0.1235"}, {-12.346, "-12.35"},
                 {99.996, "100"},   {9.9996, "10"},   {1.50, "1.5"},       {200.04, "200"}};
    char out[40];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(text_short(out, sizeof out, cases[i].value), cases[i].text);
}

/* Four significant digits, as text.h promises, also of small values: 0.012 workers are not 0. */
static void test_write_short_small(void **state) {
    (void)state;
    char out[40];
    assert_string_equal(text_short(out, sizeof out, 0.012346), "0.01235");
    assert_string_equal(text_short(out, sizeof out, 0.0012346), "0.001235");
    assert_string_not_equal(text_short(out, sizeof out, 0.00002), "0");
    assert_string_not_equal(text_short(out, sizeof out, -0.00002), "-0");
}

static void test_time_unit(void **state) {
    (void)state;
    static const struct {
        double seconds, unit;
        const char *name;
    } cases[] = {{0, 1, "s"},         {1, 1, "s"},        {3600, 1, "s"},
                 {0.999, 1e-3, "ms"}, {1e-3, 1e-3, "ms"}, {9e-4, 1e-6, "us"},
                 {1e-6, 1e-6, "us"},  {9e-7, 1e-9, "ns"}, {-0.5, 1e-3, "ms"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *name = NULL;
        double unit = text_time_unit(cases[i].seconds, &name);
        assert_string_equal(name, cases[i].name);
        assert_true(unit >= cases[i].unit && unit <= cases[i].unit);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_duration),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_share),
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_complaints),
        cmocka_unit_test(test_complaints_of_size),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_nearest_one_letter),
        cmocka_unit_test(test_nearest_long),
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_write_duration),
        cmocka_unit_test(test_write_duration_in),
        cmocka_unit_test(test_write_count),
        cmocka_unit_test(test_write_short),
        cmocka_unit_test(test_write_short_small),
        cmocka_unit_test(test_time_unit),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
