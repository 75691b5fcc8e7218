/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_LOOP_H
#define OCS_LOOP_H

/* One libuv loop on a thread of its own: all asynchronous I/O of a run happens there. Other threads
 * hand it tasks; it never computes. */

#include "occustream/error.h"

struct ocs_loop;

OCS_MUST_USE enum ocs_status ocs_loop_create(struct ocs_loop **loop_ret, struct ocs_error *error);

/* Waits for everything under way, then ends the thread. All streams and writers must be closed.
 * NULL is fine. */
void ocs_loop_destroy(struct ocs_loop *loop);

#endif
