/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mem: allocation that cannot fail; see mem.h for what it is for and what it is not for. */
#include "model/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void mem_none(void) {
    static const char text[] = "headroom: out of memory\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    _exit(1);
}

void *mem_new(size_t count, size_t size) {
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        mem_none();
    return p;
}

void *mem_resize(void *old, size_t count, size_t size) {
    if (size && count > SIZE_MAX / size)
        mem_none();
    size_t bytes = count * size;
    void *p = realloc(old, bytes ? bytes : 1);
    if (!p)
        mem_none();
    return p;
}

char *mem_text_part(const char *text, size_t length) {
    char *copy = mem_new(length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

char *mem_text(const char *text) {
    return text ? mem_text_part(text, strlen(text)) : NULL;
}

char *mem_format(const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        mem_none();
    va_end(args);
    return text;
}
