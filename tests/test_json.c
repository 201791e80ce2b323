/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_json: what the writer writes, byte by byte, against RFC 8259.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/json.h"
#include "model/node.h"

struct page {
    struct json json;
    char *text;
    size_t size;
};

static void open_page(struct page *p) {
    *p = (struct page){0};
    p->json.to = open_memstream(&p->text, &p->size);
    assert_non_null(p->json.to);
}

/* What was written, without spaces and line ends outside of strings. */
static char *closed(struct page *p) {
    size_t n = 0;
    bool inside = false;
    fclose(p->json.to);
    for (char *c = p->text; *c; c++) {
        if (*c == '"' && (c == p->text || c[-1] != '\\'))
            inside = !inside;
        if (inside || (*c != ' ' && *c != '\n'))
            p->text[n++] = *c;
    }
    p->text[n] = '\0';
    return p->text;
}

static void check(struct page *p, const char *wanted) {
    assert_string_equal(closed(p), wanted);
    free(p->text);
}

static void test_nesting(void **state) {
    (void)state;
    struct page p;
    open_page(&p);
    json_open(&p.json, NULL, '{');
    json_count(&p.json, "n", 2385);
    json_open(&p.json, "list", '[');
    json_number(&p.json, NULL, 1.5);
    json_open(&p.json, NULL, '{');
    json_bool(&p.json, "yes", true);
    json_bool(&p.json, "no", false);
    json_open(&p.json, "deep", '{');
    json_open(&p.json, "deeper", '[');
    json_text(&p.json, NULL, "a");
    json_text(&p.json, NULL, "b");
    json_close(&p.json, ']');
    json_number(&p.json, "after", 2);
    json_close(&p.json, '}');
    json_close(&p.json, '}');
    json_open(&p.json, NULL, '[');
    json_close(&p.json, ']');
    json_close(&p.json, ']');
    json_open(&p.json, "empty", '{');
    json_close(&p.json, '}');
    json_raw(&p.json, "raw", "{\"x\":1}");
    json_text(&p.json, "last", "z");
    json_close(&p.json, '}');
    check(&p,
          "{\"n\":2385,\"list\":[1.5,{\"yes\":true,\"no\":false,\"deep\":{\"deeper\":[\"a\",\"b\"],"
          "\"after\":2}},[]],\"empty\":{},\"raw\":{\"x\":1},\"last\":\"z\"}");
}

static void test_empty(void **state) {
    (void)state;
    struct page p;
    open_page(&p);
    json_open(&p.json, NULL, '{');
    json_close(&p.json, '}');
    check(&p, "{}");
}

/* A line for each key of the outer maps, and a line end after the last bracket. */
static void test_layout(void **state) {
    (void)state;
    struct page p;
    open_page(&p);
    json_open(&p.json, NULL, '{');
    json_open(&p.json, "a", '{');
    json_open(&p.json, "b", '{');
    json_number(&p.json, "c", 1);
    json_number(&p.json, "d", 2);
    json_close(&p.json, '}');
    json_close(&p.json, '}');
    json_close(&p.json, '}');
    fclose(p.json.to);
    assert_int_equal(p.text[p.size - 1], '\n');
    assert_non_null(strstr(p.text, "\n  \"a\": {\n    \"b\": {"));
    free(p.text);
}

static void test_escaping(void **state) {
    (void)state;
    struct page p;
    open_page(&p);
    json_open(&p.json, NULL, '{');
    json_text(&p.json, "a \"b\" \\ c", "\"\\/");
    json_text(&p.json, "lines", "1\n2\r3\t4\b5\f6");
    json_text(&p.json, "control", "\x01\x1f\x7f\u00a0");
    json_text(&p.json, "not plain in YAML", "\xc2\x85 \u2028 \u2029 \ufeff \xef\xbf\xbe \u2027");
    json_text(&p.json, "utf-8",
              "Wartezeit \xc3\xbc"
              "ber \xe2\x89\xa4 1 \xf0\x9f\x9a\x80");
    json_text(&p.json, "empty", "");
    json_text(&p.json, "none", NULL);
    json_text(&p.json, "shell", "`rm` $(x) %s %n");
    json_close(&p.json, '}');
    check(&p, "{\"a \\\"b\\\" \\\\ c\":\"\\\"\\\\/\","
              "\"lines\":\"1\\u000a2\\u000d3\\u00094\\u00085\\u000c6\","
              "\"control\":\"\\u0001\\u001f\\u007f\u00a0\","
              "\"not plain in YAML\":\"\\u0085 \\u2028 \\u2029 \\ufeff \\ufffe \u2027\","
              "\"utf-8\":\"Wartezeit \xc3\xbc"
              "ber \xe2\x89\xa4 1 \xf0\x9f\x9a\x80\","
              "\"empty\":\"\",\"none\":null,\"shell\":\"`rm` $(x) %s %n\"}");
}

/* 12 significant digits; what is no number is null. */
static void test_numbers(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } known[] = {
        {NAN, "null"},
        {-NAN, "null"},
        {INFINITY, "null"},
        {-INFINITY, "null"},
        {0, "0"},
        {-0.0, "0"},
        {2.385, "2.385"},
        {-2.385, "-2.385"},
        {0.1 + 0.2, "0.3"},
        {1 / 3.0, "0.333333333333"},
        {1e300, "1e+300"},
        {-5e-324, "-4.94065645841e-324"},
        {1e-9, "1e-09"},
        {123456789012, "123456789012"},
        {900.123456789, "900.123456789"},
        {DBL_MAX, "1.79769313486e+308"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct page p;
        open_page(&p);
        json_open(&p.json, NULL, '[');
        json_number(&p.json, NULL, known[i].value);
        json_close(&p.json, ']');
        char wanted[60];
        snprintf(wanted, sizeof wanted, "[%s]", known[i].text);
        check(&p, wanted);
    }
}

static void test_counts(void **state) {
    (void)state;
    struct page p;
    open_page(&p);
    json_open(&p.json, NULL, '[');
    json_count(&p.json, NULL, 0);
    json_count(&p.json, NULL, 9007199254740993); /* beyond a double */
    json_count(&p.json, NULL, UINT64_MAX);
    json_close(&p.json, ']');
    check(&p, "[0,9007199254740993,18446744073709551615]");
}

/* What was escaped is read back by a reader that is not ours (libyaml: JSON is YAML, too). */
static void test_read_back(void **state) {
    (void)state;
    static const char hard[] = "q\" b\\ n\n t\t \x01 : {} [] , # \xe2\x82\xac";
    struct err err = {0};
    struct page p;
    open_page(&p);
    json_open(&p.json, NULL, '{');
    json_text(&p.json, hard, hard);
    json_open(&p.json, "list", '[');
    for (int i = 0; i < 5; i++) {
        json_open(&p.json, NULL, '[');
        json_text(&p.json, NULL, hard);
        json_close(&p.json, ']');
    }
    json_close(&p.json, ']');
    json_close(&p.json, '}');
    fclose(p.json.to);
    struct node *root = node_parse(p.text, "json", &err);
    if (!root)
        err_print(&err, stderr);
    assert_non_null(root);
    assert_string_equal(root->keys[0], hard);
    assert_string_equal(root->items[0]->text, hard);
    assert_true(root->count == 2 && root->items[1]->count == 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(root->items[1]->items[i]->items[0]->text, hard);
    node_free(root);
    err_free(&err);
    free(p.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nesting),   cmocka_unit_test(test_empty),
        cmocka_unit_test(test_layout),    cmocka_unit_test(test_escaping),
        cmocka_unit_test(test_numbers),   cmocka_unit_test(test_counts),
        cmocka_unit_test(test_read_back),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
