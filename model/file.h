/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * file: a whole text file or pipe, as one text.
 *
 * Reads regular files and pipes (so `-`, /dev/stdin and <(...) work), never more than `most` bytes
 * of a file that grows or never ends. Anything that does not come to a text (a folder, a device, a
 * pipe that nobody writes to, UTF-16, a zero byte) is an error with the file's name and, where
 * there is one, the place. A pipe with a writer is waited for as long as it takes.
 */
#ifndef MODEL_FILE_H
#define MODEL_FILE_H

#include <stddef.h>

#include "model/err.h"

/* The text, fresh memory and ended by a zero byte, or NULL after an error. `-` is standard input.
 * `what` is no such thing when it is larger: "scenario". */
char *file_text(const char *file, size_t most, const char *what, struct err *err);

/* What errors call it: `-` is <stdin>. */
const char *file_shown(const char *file);

/* A file that a scenario names lies beside the scenario; a scenario from a pipe (/dev/stdin,
 * /dev/fd/63) lies nowhere, there it is the current folder. Fresh memory. */
char *file_beside(const char *scenario, const char *file);

/* The place of a byte: its line, and its column in characters. */
struct place file_place(const char *text, const char *file, size_t byte);

#endif
