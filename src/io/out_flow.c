/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "out_flow.h"

#include "checked.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char writing[] = "writing", path[] = "standard output";

enum { WAIT_MILLISECONDS = 50, LARGEST_WRITE = 1 << 20 };

struct ocs_out_flow {
    int descriptor;
    uint64_t piece; /* the most that one write takes                                       */
    atomic_bool interrupted;
};

enum ocs_status ocs_out_flow_check(struct ocs_error *error)
{
    if (!isatty(STDOUT_FILENO))
        return OCS_OK;
    ocs_fail(error, OCS_USAGE, writing, path, "it is a terminal, and a map is no text");
    ocs_advise(error, "send it to a file or a program, or name a folder with --output");
    return OCS_USAGE;
}

/* A pipe that has room takes PIPE_BUF bytes without making us wait, and waiting there could not be
 * interrupted. Not to wait at all would need a flag that everyone who has the same pipe shares. */
enum ocs_status ocs_out_flow_open(struct ocs_out_flow **flow_ret, struct ocs_error *error)
{
    struct ocs_out_flow *const flow = calloc(1, sizeof *flow);
    if (!flow)
        return ocs_fail(error, OCS_LIMIT, writing, path, "no memory");
    struct stat about;
    flow->descriptor = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (flow->descriptor < 0 || fstat(flow->descriptor, &about) != 0) {
        const int failure = errno;
        ocs_out_flow_close(flow);
        return ocs_fail_system(error, writing, path, failure);
    }
    flow->piece = S_ISREG(about.st_mode) ? LARGEST_WRITE : PIPE_BUF;
    *flow_ret = flow;
    return OCS_OK;
}

/* Until something can be written or it is interrupted. Whatever else is the matter, writing will
 * tell. */
static enum ocs_status wait_for_room(struct ocs_out_flow *flow, struct ocs_error *error)
{
    struct pollfd ready = {.fd = flow->descriptor, .events = POLLOUT};
    while (!flow->interrupted) {
        const int count = poll(&ready, 1, WAIT_MILLISECONDS);
        if (count > 0 || (count < 0 && errno != EINTR))
            return OCS_OK;
    }
    return ocs_fail(error, OCS_CANCELLED, writing, path, "interrupted");
}

enum ocs_status ocs_out_flow_write(struct ocs_out_flow *flow, const void *bytes, uint64_t count,
                                   struct ocs_error *error)
{
    const unsigned char *from = bytes;
    while (count > 0) {
        const enum ocs_status status = wait_for_room(flow, error);
        if (status != OCS_OK)
            return status;
        const ssize_t put = write(flow->descriptor, from, ocs_min_u64(count, flow->piece));
        if (put < 0 && errno != EINTR && errno != EAGAIN)
            return ocs_fail_system(error, writing, path, errno);
        if (put > 0) {
            from += put;
            count -= (uint64_t)put;
        }
    }
    return OCS_OK;
}

void ocs_out_flow_interrupt(struct ocs_out_flow *flow)
{
    flow->interrupted = true;
}

void ocs_out_flow_close(struct ocs_out_flow *flow)
{
    if (!flow)
        return;
    if (flow->descriptor >= 0)
        close(flow->descriptor);
    free(flow);
}
