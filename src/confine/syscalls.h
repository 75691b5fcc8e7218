/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SYSCALLS_H
#define OCS_SYSCALLS_H

#include <stdbool.h>

/* From now on, for good and for every thread of the process: no other program is started and no
 * other process looked into, sockets come up only with `network`, without it no memory becomes
 * code, and what only those need who run a machine is refused too. What is refused answers EPERM.
 * Returns 0 or a positive errno: ENOSYS where the kernel has no such filters. */
int ocs_syscalls_restrict(bool network);

#endif
