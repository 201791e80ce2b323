/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mem: allocation of things whose size the scenario's text bounds (names, tables, results).
 *
 * They either succeed or end the program with a message and status 1, in the one place mem.c:
 * nobody can do anything sensible without 40 bytes for a class. What grows with the load (jobs,
 * samples, threads) is allocated with malloc and its failure is handled where it happens.
 */
#ifndef MODEL_MEM_H
#define MODEL_MEM_H

#include <stddef.h>

/* Zeroed memory for `count` things of `size` bytes; never NULL, also for 0. */
void *mem_new(size_t count, size_t size);

/* `old` (or NULL) grown or cut to `count` things of `size` bytes; new bytes are undefined. */
void *mem_resize(void *old, size_t count, size_t size);

/* A copy of a string, or of its first `length` bytes; NULL gives NULL. */
char *mem_text(const char *text);
char *mem_text_part(const char *text, size_t length);

/* printf into fresh memory. */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* There is none: the message, and the end. */
_Noreturn void mem_none(void);

#endif
