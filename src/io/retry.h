/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RETRY_H
#define OCS_RETRY_H

/* System calls that a signal may interrupt before anything was done, as network and user space file
 * systems let it: made again. Errors are as of the calls themselves. */

#include <sys/types.h>

int ocs_open_at(int folder, const char *path, int flags, mode_t mode);
int ocs_sync(int descriptor);
int ocs_sync_data(int descriptor);
int ocs_truncate(int descriptor, off_t bytes);

#endif
