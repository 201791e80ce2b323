/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_node: the tree of a YAML document, every node's place, what is refused, files that are no
 * scenario, and `--set`.
 *
 * Errors are compared as err_print writes them, whole. Places are counted by hand in the text above
 * each check.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/node.h"

static char folder[200];

/* All of err's lines; fresh memory. err is emptied. */
static char *lines_of(struct err *err) {
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    err_print(err, to);
    fclose(to);
    err_free(err);
    return text;
}

static void expect_lines(struct err *err, const char *wanted) {
    char *lines = lines_of(err);
    bool same = !strcmp(lines, wanted);
    if (!same)
        print_error("found: %swanted: %s", *lines ? lines : "nothing\n",
                    *wanted ? wanted : "nothing\n");
    free(lines);
    assert_true(same);
}

static struct node *parse(const char *text) {
    struct err err = {0};
    struct node *root = node_parse(text, "t", &err);
    expect_lines(&err, "");
    assert_non_null(root);
    return root;
}

/* The text is refused, in these words. */
static void refuse(const char *text, const char *wanted) {
    struct err err = {0};
    node_free(node_parse(text, "t", &err));
    assert_int_equal(err.status, ERR_USER);
    expect_lines(&err, wanted);
}

static void check_place(const struct node *node, int line, int column) {
    assert_non_null(node);
    assert_string_equal(node->at.file, "t");
    assert_int_equal(node->at.line, line);
    assert_int_equal(node->at.column, column);
}

static void check_key(const struct node *map, size_t i, const char *key, int line, int column) {
    assert_string_equal(map->keys[i], key);
    assert_int_equal(map->keys_at[i].line, line);
    assert_int_equal(map->keys_at[i].column, column);
}

static void test_places(void **state) {
    (void)state;
    struct node *root = parse("# a comment\n"
                              "headroom: 1\n"
                              "name: \"a b\"\n"
                              "pool: {workers: 2, queue:\n"
                              "    {capacity: 0}}\n"
                              "classes:\n"
                              "  - name: x\n"
                              "  - [1, 22]\n");
    assert_int_equal(root->kind, NODE_MAP);
    assert_int_equal(root->count, 4);
    check_place(root, 2, 1);
    check_key(root, 0, "headroom", 2, 1);
    check_key(root, 1, "name", 3, 1);
    check_key(root, 3, "classes", 6, 1);
    check_place(node_get(root, "headroom"), 2, 11);
    check_place(node_get(root, "name"), 3, 7);
    const struct node *pool = node_get(root, "pool"), *queue = node_get(pool, "queue");
    check_place(pool, 4, 7);
    check_key(pool, 0, "workers", 4, 8);
    check_place(node_get(pool, "workers"), 4, 17);
    check_key(pool, 1, "queue", 4, 20);
    check_place(queue, 5, 5);
    check_place(node_get(queue, "capacity"), 5, 16);
    const struct node *classes = node_get(root, "classes");
    assert_int_equal(classes->kind, NODE_LIST);
    assert_int_equal(classes->count, 2);
    check_place(classes, 7, 3);
    check_place(classes->items[0], 7, 5);
    check_place(node_get(classes->items[0], "name"), 7, 11);
    check_place(classes->items[1], 8, 5);
    check_place(classes->items[1]->items[1], 8, 9);
    assert_string_equal(classes->items[1]->items[1]->text, "22");
    node_free(root);
}

/* Columns count characters, not bytes; a byte order mark and carriage returns count for nothing. */
static void test_places_of_characters(void **state) {
    (void)state;
    struct node *root = parse("{\xc3\xa9t\xc3\xa9: caf\xc3\xa9, next: 1}\n");
    check_key(root, 1, "next", 1, 13);
    node_free(root);
    root = parse("\xef\xbb\xbfheadroom: 1\r\nname: x\r\n");
    check_key(root, 0, "headroom", 1, 1);
    check_place(node_get(root, "name"), 2, 7);
    assert_string_equal(node_get(root, "name")->text, "x");
    node_free(root);
}

/* What a scalar is, its key decides: none is changed. */
static void test_scalars_stay_text(void **state) {
    (void)state;
    static const char *const texts[] = {"no",         "010",  "1:30", "~",   "0x10",   "1e3",
                                        "null",       "true", ".inf", "80%", "1000/s", "200 ms",
                                        "2026-01-01", "-5",   "=",    "x4"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[80];
        snprintf(text, sizeof text, "a: %s\nb: [\"%s\", '%s']\n", texts[i], texts[i], texts[i]);
        struct node *root = parse(text);
        assert_int_equal(node_get(root, "a")->kind, NODE_SCALAR);
        assert_string_equal(node_get(root, "a")->text, texts[i]);
        assert_string_equal(node_get(root, "b")->items[0]->text, texts[i]);
        assert_string_equal(node_get(root, "b")->items[1]->text, texts[i]);
        node_free(root);
    }
    struct node *root = parse("empty:\nblock: |\n  one\n  two\nfolded: >-\n  one\n  two\n");
    assert_string_equal(node_get(root, "empty")->text, "");
    assert_string_equal(node_get(root, "block")->text, "one\ntwo\n");
    assert_string_equal(node_get(root, "folded")->text, "one two");
    node_free(root);
}

static void test_duplicates(void **state) {
    (void)state;
    refuse("a: 1\nb: 2\na: 3\n", "t:3:1: duplicate key 'a'; it stands in line 1 already\n");
    refuse("a: 1\na: 2\na: 3\n", "t:2:1: duplicate key 'a'; it stands in line 1 already\n"
                                 "t:3:1: duplicate key 'a'; it stands in line 1 already\n");
    refuse("x:\n  - {a: 1, b: 2, \"a\": 3}\n",
           "t:2:18: duplicate key 'a'; it stands in line 2 already\n");
    refuse("x: {a: {b: 1, b: 2}, a: 3}\n",
           "t:1:15: duplicate key 'b'; it stands in line 1 already\n"
           "t:1:22: duplicate key 'a'; it stands in line 1 already\n");
    struct node *root = parse("a: {name: 1}\nb: {name: 1}\nname: 1\nc: [{name: 1}, {name: 1}]\n");
    assert_int_equal(root->count, 4);
    node_free(root);
}

/* Anchors, aliases and tags, wherever they stand: one error, its place, and these words. */
static void test_marks(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int line, column;
    } cases[] = {{"a: *x\n", 1, 4},          {"a: &x 1\n", 1, 4},       {"a: &x {b: 1}\n", 1, 4},
                 {"a: &x [1]\n", 1, 4},      {"a: !!str 1\n", 1, 4},    {"a: !own {b: 1}\n", 1, 4},
                 {"a: !!seq [1]\n", 1, 4},   {"b: 1\n&x a: 1\n", 2, 1}, {"a:\n  <<: *x\n", 2, 7},
                 {"--- !own\na: 1\n", 1, 5}, {"a: [1, *x]\n", 1, 8},    {"*x : 1\n", 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        assert_null(node_parse(cases[i].text, "t", &err));
        char wanted[60], *lines = lines_of(&err);
        snprintf(wanted, sizeof wanted,
                 "t:%d:%d: anchors, aliases and tags are not part of the format", cases[i].line,
                 cases[i].column);
        if (strncmp(lines, wanted, strlen(wanted)) ||
            strchr(lines, '\n') != lines + strlen(lines) - 1)
            fail_msg("%s gives %s", cases[i].text, lines);
        free(lines);
    }
}

static void test_documents(void **state) {
    (void)state;
    refuse("a: 1\n---\nb: 2\n", "t:2:1: a second document begins; a scenario file holds one\n");
    refuse("a: 1\n...\n---\nb: 2\n",
           "t:3:1: a second document begins; a scenario file holds one\n");
    refuse("", "t:1:1: is empty; it begins with 'headroom: 1'\n");
    refuse("# nothing\n\n# at all\n", "t:1:1: is empty; it begins with 'headroom: 1'\n");
    node_free(parse("---\na: 1\n...\n"));
    node_free(parse("%YAML 1.1\n---\na: 1\n"));
}

#define NO_TOKEN "not YAML: found character that cannot start any token"

#define QUOTE "; put a text that begins with a special character into quotes\n"

static void test_tabs(void **state) {
    (void)state;
    refuse("a:\n\tb: 1\n", "t:2:1: " NO_TOKEN "; YAML is indented with spaces, not with tabs\n");
    node_free(parse("a: 1\t# a tab that does not indent\n"));
}

/* The advice on tabs belongs to tabs alone. */
static void test_reserved_characters(void **state) {
    (void)state;
    refuse("a: @home\n", "t:1:4: " NO_TOKEN QUOTE);
    refuse("a: 1\nb: `x`\n", "t:2:4: " NO_TOKEN QUOTE);
    refuse("a: %50\n", "t:1:4: " NO_TOKEN QUOTE);
}

static void test_not_yaml(void **state) {
    (void)state;
    refuse("a: b: c\n",
           "t:1:5: not YAML: mapping values are not allowed in this context; a second ': ' in one "
           "line (put the text into quotes), no space after the ':' of the line above, or the line "
           "is indented too far\n");
    refuse("a: [1, 2\n",
           "t:2:1: not YAML: did not find expected ',' or ']' (while parsing a flow sequence from "
           "line 1); is the '[' closed, and a comma between its items?\n");
    refuse("a: \"x\n",
           "t:2:1: not YAML: found unexpected end of stream (while scanning a quoted scalar from "
           "line 1); is the quotation mark closed?\n");
    refuse("? [a, b]\n: c\n", "t:1:3: a key must be a word\n");
    refuse("{a: b}: c\n", "t:1:1: a key must be a word\n");
}

/* `levels` lists, one inside the other. */
static bool nested(int levels) {
    char *text = calloc(2 * (size_t)levels + 1, 1);
    assert_non_null(text);
    memset(text, '[', (size_t)levels);
    memset(text + levels, ']', (size_t)levels);
    struct err err = {0};
    struct node *root = node_parse(text, "t", &err);
    free(text);
    if (!root) {
        assert_int_equal(err.count, 1);
        assert_string_equal(err.items[0].text, "nested too deeply");
        assert_string_equal(err.items[0].file, "t");
        assert_int_equal(err.items[0].line, 1);
        assert_int_equal(err.items[0].column, 33);
    }
    err_free(&err);
    node_free(root);
    return root != NULL;
}

static void test_depth(void **state) {
    (void)state;
    assert_true(nested(1));
    assert_true(nested(NODE_DEPTH));
    assert_false(nested(NODE_DEPTH + 1));
    assert_false(nested(100000));
}

static void test_zero_byte_in_text(void **state) {
    (void)state;
    refuse("a: \"x\\0y\"\n", "t:1:4: a zero byte inside a text\n");
    refuse("b: 1\n\"x\\0y\": 1\n", "t:2:1: a zero byte inside a text\n");
}

/* Line and column, as of every error, though libyaml gives a byte. */
static void test_not_utf8(void **state) {
    (void)state;
    refuse("a: 1\nb: caf\xe9 au lait\n",
           "t:2:8: is not plain UTF-8 text (invalid trailing UTF-8 octet)\n");
    refuse("a: 1\nb: x\x07\n",
           "t:2:5: is not plain UTF-8 text (control characters are not allowed)\n");
}

/* ---- files ---------------------------------------------------------------------------------- */

/* The path of a file in the test's folder. */
static const char *in_folder(const char *name) {
    static char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *write_file(const char *name, const void *bytes, size_t size) {
    const char *path = in_folder(name);
    FILE *to = fopen(path, "wb");
    assert_non_null(to);
    assert_int_equal(fwrite(bytes, 1, size, to), size);
    fclose(to);
    return path;
}

static void refuse_file(const char *path, const char *words) {
    struct err err = {0};
    assert_null(node_load(path, &err));
    assert_int_equal(err.status, ERR_USER);
    char wanted[500];
    snprintf(wanted, sizeof wanted, "%s%s\n", path, words);
    expect_lines(&err, wanted);
}

static void test_file(void **state) {
    (void)state;
    static const char text[] = "headroom: 1\nname: x\n";
    const char *path = write_file("good.yaml", text, sizeof text - 1);
    struct err err = {0};
    struct node *root = node_load(path, &err);
    expect_lines(&err, "");
    assert_string_equal(node_get(root, "name")->text, "x");
    assert_ptr_equal(node_get(root, "name")->at.file, path);
    node_free(root);
}

static void test_file_missing(void **state) {
    (void)state;
    refuse_file(in_folder("none.yaml"), ": cannot be opened: No such file or directory");
}

static void test_file_not_regular(void **state) {
    (void)state;
    refuse_file(folder, ": is a folder; a scenario is a file or a pipe");
    const char *path = in_folder("pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(5); /* opening a pipe nobody writes must not wait */
    refuse_file(path, ": is a pipe that nothing is written to");
    alarm(0);
    refuse_file("/dev/null", ": is a device or a terminal; a scenario is a file or a pipe");
}

static void test_file_forbidden(void **state) {
    (void)state;
    if (geteuid() == 0)
        skip();
    const char *path = write_file("secret.yaml", "a: 1\n", 5);
    assert_int_equal(chmod(path, 0), 0);
    refuse_file(path, ": cannot be opened: Permission denied");
}

static void test_file_empty(void **state) {
    (void)state;
    refuse_file(write_file("empty.yaml", "", 0), ":1:1: is empty; it begins with 'headroom: 1'");
}

static void test_file_binary(void **state) {
    (void)state;
    refuse_file(write_file("zero.yaml", "a: 1\nb: \0\n", 10),
                ":2:4: is not text: it holds a zero byte");
    refuse_file(write_file("start.yaml", "\0a: 1\n", 6), ":1:1: is not text: it holds a zero byte");
    refuse_file(write_file("end.yaml", "a: 1\n\0", 6), ":2:1: is not text: it holds a zero byte");
    unsigned char bytes[4096];
    uint32_t x = 12345;
    for (size_t i = 0; i < sizeof bytes; i++) {
        x = x * 1664525 + 1013904223;
        bytes[i] = (unsigned char)(x >> 24 | 1); /* anything but zero */
    }
    struct err err = {0};
    assert_null(node_load(write_file("random.yaml", bytes, sizeof bytes), &err));
    assert_int_equal(err.count, 1);
    err_free(&err);
}

static void test_file_size(void **state) {
    (void)state;
    size_t size = 5 << 20;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, ' ', size);
    memcpy(text, "a: 1\n", 5);
    for (size_t i = 99; i < size; i += 100)
        text[i] = '\n';
    refuse_file(write_file("big.yaml", text, size), ": is larger than 4 MB; that is no scenario");
    refuse_file(write_file("one-over.yaml", text, NODE_BYTES + 1),
                ": is larger than 4 MB; that is no scenario");
    struct err err = {0};
    struct node *root = node_load(write_file("most.yaml", text, NODE_BYTES), &err);
    expect_lines(&err, "");
    assert_non_null(root);
    node_free(root);
    free(text);
}

/* ---- the tree's own functions --------------------------------------------------------------- */

static void test_tree(void **state) {
    (void)state;
    struct place at = {"t", 3, 4};
    struct node *map = node_map(at), *list = node_list(at);
    node_append(list, node_scalar("one", at));
    node_append(list, node_map(at));
    node_put(map, "list", at, list);
    node_put(map, "a", at, node_scalar("1", at));
    node_put(map, "b", at, node_scalar("2", at));
    node_put(map, "a", at, node_scalar("3", at)); /* in place of the first */
    assert_int_equal(map->count, 3);
    assert_string_equal(node_get(map, "a")->text, "3");
    assert_null(node_get(map, "c"));
    assert_null(node_get(list, "one"));
    assert_null(node_get(NULL, "one"));
    struct node *taken = node_take(map, "list");
    assert_ptr_equal(taken, list);
    node_free(taken);
    assert_null(node_take(map, "list"));
    assert_int_equal(map->count, 2);
    assert_string_equal(map->keys[1], "b");
    node_free(map);
    node_free(NULL);
}

/* ---- --set ---------------------------------------------------------------------------------- */

static const char tree[] = "pool: {workers: 2, queue: {capacity: 5}}\n"
                           "pools:\n"
                           "  - {name: download, workers: 20}\n"
                           "  - {name: resize, workers: 4}\n"
                           "  - [a, b]\n"
                           "seed: 1\n";

static struct node *set(const char *assignment) {
    struct node *root = parse(tree);
    struct err err = {0};
    bool ok = node_set(root, assignment, &err);
    expect_lines(&err, "");
    assert_true(ok);
    return root;
}

static void test_set_map(void **state) {
    (void)state;
    struct node *root = set("pool.workers=40");
    const struct node *workers = node_get(node_get(root, "pool"), "workers");
    assert_string_equal(workers->text, "40");
    assert_string_equal(workers->at.file, "--set");
    assert_string_equal(node_get(node_get(node_get(root, "pool"), "queue"), "capacity")->text, "5");
    node_free(root);
    root = set("pool={workers: 7}");
    assert_int_equal(node_get(root, "pool")->count, 1);
    node_free(root);
    root = set("pool.queue.capacity=a=b");
    assert_string_equal(node_get(node_get(node_get(root, "pool"), "queue"), "capacity")->text,
                        "a=b");
    node_free(root);
}

static void test_set_creates(void **state) {
    (void)state;
    struct node *root = set("run.precision.within=2%");
    assert_int_equal(root->count, 4);
    assert_string_equal(node_get(node_get(node_get(root, "run"), "precision"), "within")->text,
                        "2%");
    node_free(root);
    root = set("seed=[1, {a: 2}]");
    assert_int_equal(node_get(root, "seed")->kind, NODE_LIST);
    assert_string_equal(node_get(node_get(root, "seed")->items[1], "a")->text, "2");
    node_free(root);
}

static void test_set_list(void **state) {
    (void)state;
    struct node *root = set("pools.resize.workers=9");
    const struct node *pools = node_get(root, "pools");
    assert_string_equal(node_get(pools->items[1], "workers")->text, "9");
    assert_string_equal(node_get(pools->items[0], "workers")->text, "20");
    node_free(root);
    root = set("pools.0.workers=9");
    assert_string_equal(node_get(node_get(root, "pools")->items[0], "workers")->text, "9");
    node_free(root);
    root = set("pools.2.1=z");
    assert_string_equal(node_get(root, "pools")->items[2]->items[1]->text, "z");
    node_free(root);
    root = set("pools.1={name: x}");
    assert_int_equal(node_get(root, "pools")->items[1]->count, 1);
    node_free(root);
}

static void refuse_set(const char *assignment, const char *wanted) {
    struct node *root = parse(tree);
    struct err err = {0};
    bool ok = node_set(root, assignment, &err);
    node_free(root);
    char *lines = lines_of(&err);
    if (ok || strcmp(lines, wanted)) {
        print_error("--set '%s' gives: %s", assignment, *lines ? lines : "nothing\n");
        free(lines);
        fail();
    }
    free(lines);
}

static void test_set_wrong(void **state) {
    (void)state;
    refuse_set("pool.workers", "--set: 'pool.workers' is not PATH=VALUE\n");
    refuse_set("=4", "--set: '=4' is not PATH=VALUE\n");
    refuse_set("", "--set: '' is not PATH=VALUE\n");
    refuse_set("pools.nobody.workers=3",
               "--set: pools.nobody.workers=3: nothing is named 'nobody' there\n");
    refuse_set("pools.3.workers=3", "--set: pools.3.workers=3: nothing is named '3' there\n");
    refuse_set("pools.99999999999999999999999=3", "--set: pools.99999999999999999999999=3: nothing "
                                                  "is named '99999999999999999999999' there\n");
    refuse_set("seed.x=3", "--set: seed.x=3: nothing is named 'x' there\n");
}

/* As in a file, a duplicate is told and reading goes on, so the value may be set all the same. */
static void test_set_duplicate(void **state) {
    (void)state;
    struct node *root = parse(tree);
    struct err err = {0};
    node_set(root, "seed={a: 1, a: 2}", &err);
    node_free(root);
    expect_lines(&err, "--set: duplicate key 'a'; it stands in line 1 already\n");
}

/* An index is digits alone. */
static void test_set_not_an_index(void **state) {
    (void)state;
    refuse_set("pools.1x.workers=3", "--set: pools.1x.workers=3: nothing is named '1x' there\n");
}

/* A path of nothing is refused, not passed over. */
static void test_set_no_path(void **state) {
    (void)state;
    refuse_set(".=4", "--set: '.=4' is not PATH=VALUE\n");
}

/* No value is no empty scenario. */
static void test_set_no_value(void **state) {
    (void)state;
    refuse_set("seed=", "--set: 'seed=' is not PATH=VALUE\n");
}

/* ---- any bytes ------------------------------------------------------------------------------ */

static const char sample[] =
    "# x\nheadroom: 1\nname: \"a\\tb\"\npool: {workers: 2, queue: [1, 'two', {}]}\n"
    "classes:\n  - name: x\n    a: |\n      text\n  - - 1\n    - ? k\n      : v\n";

/* A sample with a few bytes changed is a tree or an error, never both missing; nothing leaks. */
static void test_any_bytes(void **state) {
    (void)state;
    uint32_t x = 1;
    for (int i = 0; i < 20000; i++) {
        char text[sizeof sample];
        memcpy(text, sample, sizeof sample);
        for (int k = 0; k < 3; k++) {
            x = x * 1664525 + 1013904223;
            static const char bytes[] = "{}[]:,-?&*!|>'\"%@` \t\n#ab1\xc3\xa9\x80\x01";
            text[(x >> 16) % (sizeof sample - 1)] = bytes[(x >> 8) % (sizeof bytes - 1)];
        }
        struct err err = {0};
        struct node *root = node_parse(text, "t", &err);
        assert_true(root || err.count);
        err_free(&err);
        node_free(root);
    }
}

static int open_folder(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/headroom-node-XXXXXX", base && *base ? base : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    static const char *const names[] = {"good.yaml", "pipe",          "secret.yaml", "empty.yaml",
                                        "zero.yaml", "start.yaml",    "end.yaml",    "random.yaml",
                                        "big.yaml",  "one-over.yaml", "most.yaml"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_folder(names[i]));
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_places_of_characters),
        cmocka_unit_test(test_scalars_stay_text),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_tabs),
        cmocka_unit_test(test_reserved_characters),
        cmocka_unit_test(test_not_yaml),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_zero_byte_in_text),
        cmocka_unit_test(test_not_utf8),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_file_missing),
        cmocka_unit_test(test_file_not_regular),
        cmocka_unit_test(test_file_forbidden),
        cmocka_unit_test(test_file_empty),
        cmocka_unit_test(test_file_binary),
        cmocka_unit_test(test_file_size),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_set_map),
        cmocka_unit_test(test_set_creates),
        cmocka_unit_test(test_set_list),
        cmocka_unit_test(test_set_wrong),
        cmocka_unit_test(test_set_duplicate),
        cmocka_unit_test(test_set_not_an_index),
        cmocka_unit_test(test_set_no_path),
        cmocka_unit_test(test_set_no_value),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests_name("node", tests, open_folder, remove_folder);
}
