/* SPDX-License-Identifier: MIT */
/*
 * service: a small server that shuts down with grace.
 *
 *     ./service SOCKET WORK GRACE
 *
 * Who connects to the UNIX socket is answered "done" after WORK ms, or "busy" at once where 4 are
 * served and 16 wait. On SIGTERM it takes no more, lets what it has taken end for GRACE ms, tells
 * the rest to stop (they are answered "stopped"), and says what became of all.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <headroom/pool.h>

struct request {
    struct headroom_job job; /* the first */
    int socket;
    headroom_ns span;
};

static void work(struct headroom_job *job) {
    headroom_ns until = headroom_now() + ((struct request *)job)->span;
    job->error = headroom_context_wait(headroom_job_context(job), until);
}

static void answer(struct request *request, const char *text) {
    send(request->socket, text, strlen(text), MSG_NOSIGNAL);
    close(request->socket);
    free(request);
}

/* The end of every job, also of one that never ran. */
static void ended(struct headroom_job *job) {
    answer((struct request *)job, job->fate == HEADROOM_COMPLETED ? "done\n" : "stopped\n");
}

static void take(struct headroom_pool *pool, int socket, headroom_ns span) {
    struct request *request = calloc(1, sizeof *request);
    if (socket < 0 || !request)
        abort();
    *request = (struct request){{.run = work, .ended = ended}, socket, span};
    if (headroom_pool_submit_job(pool, &request->job) != 0)
        answer(request, "busy\n");
}

int main(int argc, char **argv) {
    const headroom_ns ms = HEADROOM_SECOND / 1000;
    struct headroom_pool *pool;
    struct headroom_config config = {.workers = 4, .capacity = 16, .when_full = HEADROOM_REJECT};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigprocmask(SIG_BLOCK, &stop, NULL); /* it is read from a file instead */
    int door = socket(AF_UNIX, SOCK_STREAM, 0), bell = signalfd(-1, &stop, 0);
    strncpy(address.sun_path, argc == 4 ? argv[1] : "", sizeof address.sun_path - 1);
    if (argc != 4 || bind(door, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(door, 64) != 0 || headroom_pool_open(&pool, &config) != 0)
        return 1;
    struct pollfd fds[] = {{bell, POLLIN, 0}, {door, POLLIN, 0}};
    while (poll(fds, 2, -1) > 0 && !fds[0].revents)
        take(pool, accept(door, NULL, NULL), strtol(argv[2], NULL, 10) * ms);
    unlink(argv[1]);
    struct headroom_counts c;
    headroom_pool_close(pool, headroom_now() + strtol(argv[3], NULL, 10) * ms, &c);
    printf("done %d, stopped %d, busy %d\n", (int)c.completed, (int)(c.failed + c.cancelled),
           (int)c.rejected);
    return 0;
}
