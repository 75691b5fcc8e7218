/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "positioned.h"

#include "checked.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8, "positions beyond 2 GiB");

int ocs_read_at(int descriptor, uint64_t offset, void *buffer, uint64_t count, uint64_t *done_ret)
{
    char *const to = buffer;
    uint64_t done = 0;
    int failure = 0;
    while (done < count) {
        const ssize_t got =
            pread(descriptor, to + done, (size_t)ocs_min_u64(count - done, OCS_TRANSFER_MAX),
                  (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            failure = got < 0 ? errno : 0;
            break;
        }
        done += (uint64_t)got;
    }
    *done_ret = done;
    return failure;
}

int ocs_write_at(int descriptor, uint64_t offset, const void *bytes, uint64_t count,
                 uint64_t *done_ret)
{
    const char *const from = bytes;
    uint64_t done = 0;
    int failure = 0;
    while (done < count && !failure) {
        const ssize_t put =
            pwrite(descriptor, from + done, (size_t)ocs_min_u64(count - done, OCS_TRANSFER_MAX),
                   (off_t)(offset + done));
        if (put > 0)
            done += (uint64_t)put;
        else if (put == 0) /* never for a sane file system; do not spin on one that is not */
            failure = EIO;
        else if (errno != EINTR)
            failure = errno;
    }
    if (done_ret)
        *done_ret = done;
    return failure;
}

void ocs_begin_writing_back(int descriptor, uint64_t offset, uint64_t count)
{
    sync_file_range(descriptor, (off_t)offset, (off_t)count, SYNC_FILE_RANGE_WRITE);
}
