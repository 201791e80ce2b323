/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file: see file.h. Opened without blocking: whether a pipe has a writer shows only then (read: 0
 * without one, EAGAIN with one), and a device cannot hold the program up. */
#include "model/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/mem.h"

enum { WRITER_MS = 200 }; /* for a writer that is just starting */

static bool await(int fd, int ms) {
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    return poll(&waiting, 1, ms) >= 0;
}

/* Bytes read, at most `most`; -1 with errno. */
static ssize_t read_all(int fd, char *text, size_t most, bool pipe) {
    size_t length = 0;
    for (bool patient = pipe; length < most;) {
        ssize_t n = read(fd, text + length, most - length);
        if (n < 0 && errno == EAGAIN && await(fd, -1))
            continue;
        if (n < 0)
            return -1;
        if (n == 0 && (length > 0 || !patient))
            break;
        if (n == 0 && !await(fd, WRITER_MS))
            return -1;
        length += (size_t)n;
        patient = patient && n > 0;
    }
    return (ssize_t)length;
}

struct place file_place(const char *text, const char *file, size_t byte) {
    struct place at = {file, 1, 1};
    for (size_t i = 0; i < byte; i++) {
        at.column += (text[i] & 0xc0) != 0x80;
        if (text[i] == '\n') {
            at.line++;
            at.column = 1;
        }
    }
    return at;
}

static bool is_text(const char *text, size_t length, const char *file, struct err *err) {
    bool utf16 = length >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2));
    size_t zero = strlen(text);
    if (utf16)
        err_add(err, (struct place){file, 1, 1}, NULL, "is UTF-16; save it as UTF-8");
    else if (zero < length)
        err_add(err, file_place(text, file, zero), NULL, "is not text: it holds a zero byte");
    return !utf16 && zero == length;
}

static char *read_text(int fd, const char *file, size_t most, const char *what, struct err *err) {
    struct stat info;
    struct place at = {file, 0, 0};
    char *text = NULL;
    ssize_t length = -1;
    if (fstat(fd, &info) || (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode)))
        err_add(err, at, NULL, "is %s; a %s is a file or a pipe",
                S_ISDIR(info.st_mode)   ? "a folder"
                : S_ISCHR(info.st_mode) ? "a device or a terminal"
                                        : "no file",
                what);
    else {
        text = mem_new(most + 2, 1);
        length = read_all(fd, text, most + 1, S_ISFIFO(info.st_mode));
        if (length < 0)
            err_add(err, at, NULL, "cannot be read: %s", strerror(errno));
        else if (length == 0 && S_ISFIFO(info.st_mode))
            err_add(err, at, NULL, "is a pipe that nothing is written to");
        else if ((size_t)length > most)
            err_add(err, at, NULL, "is larger than %zu MB; that is no %s", most >> 20, what);
        else if (is_text(text, (size_t)length, file, err))
            return text;
    }
    free(text);
    return NULL;
}

const char *file_shown(const char *file) {
    return strcmp(file, "-") ? file : "<stdin>";
}

char *file_text(const char *file, size_t most, const char *what, struct err *err) {
    const char *name = file_shown(file);
    int fd = open(name == file ? file : "/dev/stdin", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        err_add(err, (struct place){name, 0, 0}, NULL, "cannot be opened: %s", strerror(errno));
        return NULL;
    }
    char *text = read_text(fd, name, most, what, err);
    close(fd);
    return text;
}

char *file_beside(const char *scenario, const char *file) {
    bool nowhere = !strncmp(scenario, "/dev/", 5) || !strncmp(scenario, "/proc/", 6);
    if (*file == '/' || nowhere || !strchr(scenario, '/'))
        return mem_text(file);
    char *copy = mem_text(scenario), *full = mem_format("%s/%s", dirname(copy), file);
    free(copy);
    return full;
}
