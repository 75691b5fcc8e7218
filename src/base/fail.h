/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FAIL_H
#define OCS_FAIL_H

/* Filling a struct ocs_error. Each returns the status it stored, so that `return ocs_fail(...)`
 * reads well. `error` is never NULL; the last failure written wins. */

#include "occustream/error.h"

/* The most usual form: what is wrong, in one clause. `path` may be NULL; of a URL, user, password
 * and query are left out (occustream/location.h). */
OCS_PRINTF(5, 6)
enum ocs_status ocs_fail(struct ocs_error *error, enum ocs_status status, const char *operation,
                         const char *path, const char *what, ...);

/* A failed system or libuv call: `system` is a positive errno. ENOSPC, EDQUOT become OCS_NO_SPACE,
 * ENOMEM becomes OCS_LIMIT, anything else OCS_IO; advice is added for the usual ones. */
enum ocs_status ocs_fail_system(struct ocs_error *error, const char *operation, const char *path,
                                int system);

/* Adds what the user can do. */
OCS_PRINTF(2, 3) void ocs_advise(struct ocs_error *error, const char *advice, ...);

#endif
