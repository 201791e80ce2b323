/* SPDX-License-Identifier: GPL-3.0-or-later */
/* node_write: see node_write.h. */
#include "model/node_write.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"

/* The character at *text, valid UTF-8, which is moved behind it. */
static uint32_t character(const char **text) {
    const unsigned char *p = (const unsigned char *)*text;
    int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
    uint32_t c = more ? *p & (0x3fU >> more) : *p;
    for (p++; more > 0 && *p; more--)
        c = c << 6 | (*p++ & 0x3f);
    *text = (const char *)p;
    return c;
}

static void write_quoted(FILE *to, const char *text) {
    putc('"', to);
    while (*text) {
        uint32_t c = character(&text);
        if (c == '"' || c == '\\')
            fprintf(to, "\\%c", (int)c);
        else if (c >= 0x20 && c < 0x7f)
            putc((int)c, to);
        else
            fprintf(to, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
    }
    putc('"', to);
}

static void write_text(FILE *to, const char *text, enum node_style style) {
    if (style == NODE_TO_READ)
        write_quoted(to, text);
    else
        fputs(text, to);
}

static void write_node(FILE *to, const struct node *node, enum node_style style) {
    if (node->kind == NODE_SCALAR) {
        write_text(to, node->text, style);
        return;
    }
    putc(node->kind == NODE_MAP ? '{' : '[', to);
    for (size_t i = 0; i < node->count; i++) {
        fputs(i ? ", " : "", to);
        if (node->kind == NODE_MAP) {
            fputs(style == NODE_TO_READ ? "? " : "", to); /* however long the key */
            write_text(to, node->keys[i], style);
            fputs(style == NODE_TO_READ ? " : " : ": ", to);
        }
        write_node(to, node->items[i], style);
    }
    putc(node->kind == NODE_MAP ? '}' : ']', to);
}

char *node_write(const struct node *node, enum node_style style) {
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return mem_text("");
    write_node(to, node, style);
    fclose(to);
    return text ? text : mem_text("");
}
