/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SPACE_H
#define OCS_SPACE_H

/* Meeting a full disk before the work instead of after it. */

#include "occustream/error.h"

/* OCS_NO_SPACE, naming both figures, when the file system of the open file or folder `descriptor`
 * has less than `needed_bytes` free for an ordinary user. One that does not say counts as large
 * enough. */
OCS_MUST_USE enum ocs_status ocs_space_check(int descriptor, const char *path,
                                             uint64_t needed_bytes, struct ocs_error *error);

#endif
