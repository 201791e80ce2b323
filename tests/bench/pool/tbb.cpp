// SPDX-License-Identifier: GPL-3.0-or-later
// oneTBB's task_arena::enqueue, no place in the arena being the caller's. As many threads as asked
// for, however few the cores: global_control. Its workers look for work a while before they park.
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/version.h>

#include "tests/bench/pool/contender.h"

namespace {

struct pool {
    tbb::global_control threads;
    tbb::task_arena arena;
    explicit pool(unsigned workers)
        : threads(tbb::global_control::max_allowed_parallelism, workers + 1),
          arena(static_cast<int>(workers), 0) {
        arena.initialize();
    }
};

void *open_pool(unsigned workers, unsigned) {
    return new pool(workers);
}

int submit(void *context, void (*run)(void *), void *argument, void *) {
    static_cast<pool *>(context)->arena.enqueue([run, argument] { run(argument); });
    return 1;
}

void close_pool(void *context) {
    delete static_cast<pool *>(context);
}

} // namespace

const struct contender contender = {"oneTBB " CONTENDER_VERSION(TBB_VERSION_MAJOR,
                                                                TBB_VERSION_MINOR,
                                                                TBB_VERSION_PATCH) ", task_arena",
                                    0,
                                    open_pool,
                                    submit,
                                    nullptr,
                                    close_pool};
