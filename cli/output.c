/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output: see output.h. */
#include "cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/mem.h"

static bool make_folders(char *path) {
    for (char *p = path + 1; *p; p++)
        if (*p == '/') {
            *p = 0;
            bool ok = mkdir(path, 0777) == 0 || errno == EEXIST;
            *p = '/';
            if (!ok)
                return false;
        }
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

bool output_folder(const char *dir, struct err *err) {
    char *path = mem_text(dir);
    struct stat info;
    bool ok = *dir && make_folders(path) && stat(dir, &info) == 0;
    int error = errno;
    if (ok && !S_ISDIR(info.st_mode)) {
        ok = false;
        error = ENOTDIR;
    }
    if (ok && access(dir, W_OK | X_OK)) {
        ok = false;
        error = errno;
    }
    free(path);
    return ok || err_fail(err, "--out %s: %s", dir, *dir ? strerror(error) : "is empty");
}

bool output_begin(struct output *o, const char *dir, const char *name, struct err *err) {
    o->final = mem_format("%s/%s", dir, name);
    o->temporary = mem_format("%s/.%s.%ld.tmp", dir, name, (long)getpid());
    o->to = fopen(o->temporary, "we");
    if (o->to)
        return true;
    err_fail(err, "%s cannot be written: %s", o->final, strerror(errno));
    free(o->final);
    free(o->temporary);
    return false;
}

bool output_close(struct output *o, struct err *err) {
    bool ok = !ferror(o->to) && fflush(o->to) == 0;
    int error = errno ? errno : EIO; /* of the write that failed, if it was not this one */
    if (fclose(o->to) && ok) {
        ok = false;
        error = errno;
    }
    return ok || err_fail(err, "%s could not be written: %s", o->final, strerror(error));
}

bool output_end(struct output *o, bool keep, struct err *err) {
    bool ok = true;
    if (keep && rename(o->temporary, o->final))
        ok = err_fail(err, "%s could not be written: %s", o->final, strerror(errno));
    if (!keep || !ok)
        unlink(o->temporary);
    free(o->final);
    free(o->temporary);
    return ok;
}

bool output_all(const char *dir, const struct output_file *files, int count, const void *from,
                struct err *err) {
    struct output *out = mem_new((size_t)count, sizeof *out);
    int begun = 0;
    bool ok = true;
    for (int i = 0; ok && i < count; i++) {
        ok = output_begin(&out[i], dir, files[i].name, err);
        begun += ok;
        if (ok) {
            files[i].write(from, out[i].to);
            ok = output_close(&out[i], err);
        }
    }
    bool keep = ok;
    for (int i = 0; i < begun; i++)
        ok = output_end(&out[i], keep, err) && ok;
    free(out);
    return ok;
}
