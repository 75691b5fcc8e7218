/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_POSITIONED_H
#define OCS_POSITIONED_H

/* Waiting reads and writes at a position, whole whatever the system call does with the count. Each
 * returns 0 or a positive errno. Any thread, any number at once. */

#include <stdint.h>

/* The most one system call or loop request is asked for: Linux moves at most 2 GiB less a page at
 * once. */
#define OCS_TRANSFER_MAX (UINT64_C(1) << 30)

/* *done_ret < count only when the file ended there. */
int ocs_read_at(int descriptor, uint64_t offset, void *buffer, uint64_t count, uint64_t *done_ret);

/* *done_ret: how many were written before the failure. NULL: does not matter. */
int ocs_write_at(int descriptor, uint64_t offset, const void *bytes, uint64_t count,
                 uint64_t *done_ret);

/* Asks the system to put what was written there on the disk, now instead of when it sees fit. It
 * waits for nothing but room in the disk's queue, and says nothing: a failure comes out when the
 * file is synced. */
void ocs_begin_writing_back(int descriptor, uint64_t offset, uint64_t count);

#endif
