/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shard: see shard.h. */
#include "model/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/mem.h"
#include "model/rng.h"

static const char MAGIC[] = "headroom sweep tasks, format 1\n";
enum { MAGIC_BYTES = sizeof MAGIC - 1, FRAME_BYTES = 13, PAYLOAD_MOST = 1 << 28 };
enum frame_kind { FRAME_HEAD = 'H', FRAME_TASK = 'T', FRAME_END = 'E' };

char *shard_path(const char *dir, uint64_t shard, uint64_t shards) {
    return mem_format("%s/shard-%llu-of-%llu.headroom", dir, (unsigned long long)shard,
                      (unsigned long long)shards);
}

char *shard_part(const char *dir, uint64_t shard, uint64_t shards) {
    return mem_format("%s/.shard-%llu-of-%llu.part", dir, (unsigned long long)shard,
                      (unsigned long long)shards);
}

/* ---- frames ---------------------------------------------------------------------------------- */

/* Kind and length, and the hash over them and the payload. */
static void frame_mark(unsigned char mark[FRAME_BYTES], enum frame_kind kind,
                       const struct bytes *payload) {
    mark[0] = (unsigned char)kind;
    for (int i = 0; i < 4; i++)
        mark[1 + i] = (unsigned char)(payload->count >> 8 * i);
    uint64_t hash = grid_hash(grid_hash(FNV_BEGIN, mark, 5), payload->items, payload->count);
    for (int i = 0; i < 8; i++)
        mark[5 + i] = (unsigned char)(hash >> 8 * i);
}

static bool frame_write(FILE *to, enum frame_kind kind, const struct bytes *payload) {
    unsigned char mark[FRAME_BYTES];
    if (payload->count > PAYLOAD_MOST)
        return false;
    frame_mark(mark, kind, payload);
    return fwrite(mark, FRAME_BYTES, 1, to) == 1 &&
           fwrite(payload->items, 1, payload->count, to) == payload->count && fflush(to) == 0;
}

/* The frame at the file's place, into `payload`; its kind, or 0: there is no sound one. */
static int frame_read(FILE *from, uint64_t left, struct bytes *payload) {
    unsigned char mark[FRAME_BYTES], wanted[FRAME_BYTES];
    if (left < FRAME_BYTES || fread(mark, FRAME_BYTES, 1, from) != 1)
        return 0;
    size_t size = 0;
    for (int i = 0; i < 4; i++)
        size |= (size_t)mark[1 + i] << 8 * i;
    if (size > PAYLOAD_MOST || size > left - FRAME_BYTES)
        return 0;
    if (payload->room < size || !payload->items)
        payload->items = mem_resize(payload->items, payload->room = size + 1, 1);
    payload->count = size;
    if (fread(payload->items, 1, size, from) != size)
        return 0;
    frame_mark(wanted, mark[0], payload);
    return memcmp(mark, wanted, FRAME_BYTES) ? 0 : mark[0];
}

/* ---- heads ----------------------------------------------------------------------------------- */

static void pack_text(struct bytes *to, const char *text) {
    size_t size = strlen(text);
    pack_word(to, size);
    for (size_t i = 0; i < size; i++)
        pack_word(to, text[i] & 0x7f); /* a grid's text is plain ASCII */
}

static char *unpack_text(const struct bytes *from, size_t *at) {
    nsec_square size, byte;
    if (!unpack_word(from, at, &size) || size > from->count - *at)
        return NULL;
    char *text = mem_new((size_t)size + 1, 1);
    for (size_t i = 0; i < size; i++)
        if (!unpack_word(from, at, &byte) || byte == 0 || byte > 0x7f) {
            free(text);
            return NULL;
        } else
            text[i] = (char)byte;
    return text;
}

static bool unpack_head(struct shard_head *h, const struct bytes *from) {
    size_t at = 0;
    nsec_square words[3];
    for (int i = 0; i < 3; i++)
        if (!unpack_word(from, &at, &words[i]) || words[i] > UINT64_MAX)
            return false;
    h->shard = (uint64_t)words[0];
    h->shards = (uint64_t)words[1];
    h->identity = (uint64_t)words[2];
    h->version = unpack_text(from, &at);
    h->generator = h->version ? unpack_text(from, &at) : NULL;
    h->text = h->generator ? unpack_text(from, &at) : NULL;
    return h->text && at == from->count && h->shard >= 1 && h->shard <= h->shards;
}

void shard_head_free(struct shard_head *h) {
    free(h->version);
    free(h->generator);
    free(h->text);
    *h = (struct shard_head){0};
}

const char *shard_differs(const struct shard_head *h, const struct grid *grid) {
    if (strcmp(h->version, HEADROOM_VERSION) != 0)
        return "another version of headroom";
    if (strcmp(h->generator, RNG_GENERATOR) != 0)
        return "another random generator";
    return h->identity != grid->identity ? "another scenario, seed or sweep" : NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct opened {
    FILE *from;
    uint64_t size, at;
    struct bytes payload;
};

static int next_frame(struct opened *o) {
    int kind = frame_read(o->from, o->size - o->at, &o->payload);
    o->at += kind ? FRAME_BYTES + o->payload.count : 0;
    return kind;
}

/* Opened, its head read. */
static bool open_file(struct opened *o, struct shard_head *head, const char *file,
                      struct err *err) {
    char magic[MAGIC_BYTES];
    *o = (struct opened){.from = fopen(file, "re"), .at = MAGIC_BYTES};
    *head = (struct shard_head){0};
    if (!o->from)
        return err_fail(err, "%s cannot be read: %s", file, strerror(errno));
    off_t size = fseeko(o->from, 0, SEEK_END) ? 0 : ftello(o->from);
    o->size = size > 0 ? (uint64_t)size : 0;
    rewind(o->from);
    bool ok = fread(magic, 1, MAGIC_BYTES, o->from) == MAGIC_BYTES &&
              !memcmp(magic, MAGIC, MAGIC_BYTES) && next_frame(o) == FRAME_HEAD &&
              unpack_head(head, &o->payload);
    if (!ok)
        err_add(err, (struct place){file, 0, 0}, NULL,
                "is no part of a sweep, or its beginning is damaged");
    return ok;
}

static void close_file(struct opened *o) {
    if (o->from)
        fclose(o->from);
    bytes_free(&o->payload);
}

bool shard_head_read(struct shard_head *head, const char *file, struct err *err) {
    struct opened o;
    bool ok = open_file(&o, head, file, err);
    close_file(&o);
    return ok;
}

/* Is the frame a task of this shard that lies nowhere else? It is noted then. */
static bool note_task(struct shard_found *f, struct store *s, const struct opened *o) {
    size_t at = 0;
    nsec_square task;
    if (!unpack_word(&o->payload, &at, &task) || task >= s->task_count || f->head.shards == 0 ||
        task % f->head.shards != f->head.shard - 1)
        return false;
    struct stored *stored = &s->tasks[(size_t)task];
    if (stored->offset) {
        f->twice = (size_t)task + 1;
        f->twice_in = s->files[stored->file];
        return false;
    }
    *stored = (struct stored){o->at - FRAME_BYTES - o->payload.count, (uint32_t)s->file_count - 1};
    f->tasks++;
    return true;
}

static bool is_end(const struct shard_found *f, const struct opened *o) {
    size_t at = 0;
    nsec_square tasks;
    return unpack_word(&o->payload, &at, &tasks) && at == o->payload.count && tasks == f->tasks &&
           o->at == o->size;
}

bool shard_scan(struct shard_found *f, struct store *s, const char *file, struct err *err) {
    struct opened o;
    *f = (struct shard_found){0};
    bool ok = open_file(&o, &f->head, file, err);
    if (ok) {
        s->files = mem_resize(s->files, s->file_count + 1, sizeof *s->files);
        s->files[s->file_count++] = mem_text(file);
        f->end = o.at;
        int kind;
        while ((kind = next_frame(&o)) == FRAME_TASK && note_task(f, s, &o))
            f->end = o.at;
        f->whole = kind == FRAME_END && is_end(f, &o);
    }
    close_file(&o);
    return ok;
}

void store_open(struct store *s, size_t tasks) {
    *s = (struct store){.tasks = mem_new(tasks, sizeof *s->tasks), .task_count = tasks};
}

void store_close(struct store *s) {
    for (size_t i = 0; i < s->file_count; i++)
        free(s->files[i]);
    free(s->files);
    free(s->tasks);
    *s = (struct store){0};
}

bool store_record(const struct store *s, size_t task, const struct scenario *sc,
                  struct record *record) {
    const struct stored *stored = &s->tasks[task];
    struct bytes payload = {0};
    FILE *from = fopen(s->files[stored->file], "re");
    size_t at = 0;
    nsec_square found;
    bool ok = from && fseeko(from, (off_t)stored->offset, SEEK_SET) == 0 &&
              frame_read(from, UINT64_MAX, &payload) == FRAME_TASK &&
              unpack_word(&payload, &at, &found) && found == task &&
              unpack_record(record, sc, &payload, at);
    if (from)
        fclose(from);
    bytes_free(&payload);
    return ok;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool write_head(const struct shard_writer *w, const struct grid *grid) {
    struct bytes head = {0};
    pack_word(&head, w->shard);
    pack_word(&head, w->shards);
    pack_word(&head, grid->identity);
    pack_text(&head, HEADROOM_VERSION);
    pack_text(&head, RNG_GENERATOR);
    pack_text(&head, grid->text);
    bool ok = fwrite(MAGIC, MAGIC_BYTES, 1, w->to) == 1 && frame_write(w->to, FRAME_HEAD, &head);
    bytes_free(&head);
    return ok;
}

static bool cannot(const char *file, struct err *err) {
    return err_fail(err, "%s cannot be written: %s", file, strerror(errno ? errno : EIO));
}

static bool is_called(FILE *file, const char *path) {
    struct stat ours, there;
    return fstat(fileno(file), &ours) == 0 && stat(path, &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* Who had it may have put it in place or removed it while we waited: what we hold is no part then,
 * and the next try meets another file. */
bool shard_lock(struct shard_writer *w, const char *dir, uint64_t shard, uint64_t shards,
                struct err *err) {
    *w = (struct shard_writer){.part = shard_part(dir, shard, shards),
                               .path = shard_path(dir, shard, shards),
                               .shard = shard,
                               .shards = shards};
    for (;;) {
        w->to = fopen(w->part, "ae");
        if (!w->to)
            return cannot(w->part, err);
        bool locked = flock(fileno(w->to), LOCK_EX | LOCK_NB) == 0;
        if (locked && is_called(w->to, w->part))
            return true;
        bool busy = !locked && errno == EWOULDBLOCK;
        if (busy)
            err_fail(err, "%s is being written by another sweep", w->part);
        else if (!locked)
            cannot(w->part, err);
        fclose(w->to);
        w->to = NULL;
        if (!locked)
            return false;
    }
}

bool shard_begin(struct shard_writer *w, const struct grid *grid, const struct shard_found *found,
                 struct err *err) {
    w->tasks = found ? found->tasks : 0;
    bool ok = ftruncate(fileno(w->to), found ? (off_t)found->end : 0) == 0 &&
              (found || write_head(w, grid));
    return ok || cannot(w->part, err);
}

void shard_pack(struct bytes *packed, size_t task, const struct record *record) {
    pack_word(packed, task);
    pack_record(packed, record);
}

bool shard_add(struct shard_writer *w, const struct bytes *packed) {
    bool ok = frame_write(w->to, FRAME_TASK, packed);
    w->tasks += ok;
    return ok;
}

static bool is_empty(FILE *file) {
    struct stat info;
    return fstat(fileno(file), &info) == 0 && info.st_size == 0;
}

bool shard_finish(struct shard_writer *w, enum shard_end end, struct err *err) {
    struct bytes last = {0};
    bool ok = true;
    if (w->to && end == SHARD_WHOLE) {
        pack_word(&last, w->tasks);
        ok = (frame_write(w->to, FRAME_END, &last) && rename(w->part, w->path) == 0) ||
             cannot(w->path, err);
    } else if (w->to && (end == SHARD_FORGET || is_empty(w->to)))
        unlink(w->part);
    if (w->to && fclose(w->to) && ok)
        ok = cannot(w->path, err);
    bytes_free(&last);
    free(w->part);
    free(w->path);
    *w = (struct shard_writer){0};
    return ok;
}
