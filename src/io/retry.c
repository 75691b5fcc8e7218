/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "retry.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int ocs_open_at(int folder, const char *path, int flags, mode_t mode)
{
    int descriptor;
    do
        descriptor = openat(folder, path, flags, mode);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

int ocs_sync_data(int descriptor)
{
    int result;
    do
        result = fdatasync(descriptor);
    while (result != 0 && errno == EINTR);
    return result;
}

int ocs_truncate(int descriptor, off_t bytes)
{
    int result;
    do
        result = ftruncate(descriptor, bytes);
    while (result != 0 && errno == EINTR);
    return result;
}

int ocs_sync(int descriptor)
{
    int result;
    do
        result = fsync(descriptor);
    while (result != 0 && errno == EINTR);
    return result;
}
