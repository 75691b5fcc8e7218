/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BUS_GUARD_H
#define OCS_BUS_GUARD_H

/* Turns the signal that ends a process whose mapped file was cut (SIGBUS) into a flag.
 *
 * While at least one mapping is guarded, a SIGBUS handler is installed. When a thread touches a
 * page of a guarded mapping that the file no longer backs, the handler puts a page of zeros there,
 * marks the mapping as broken and lets the thread go on; whoever used the bytes must look at the
 * mark before believing them. Every other SIGBUS goes to the handler that was there before, or ends
 * the process as it always did.
 *
 * A signal's handler belongs to the whole process, so this is the one place of the library with
 * state of its own. All functions may be called from any thread, but not from a signal handler.
 * Threads that touch guarded mappings must not block SIGBUS: the system ends a process whose thread
 * does. */

#include <stdbool.h>
#include <stdint.h>

enum { OCS_BUS_GUARD_MAX = 64 };

/* Guards [start, start + bytes), which must stay mapped until it is removed. Returns 0 and the
 * place given to it, EMFILE when OCS_BUS_GUARD_MAX are guarded already, or another positive errno.
 */
int ocs_bus_guard_add(const void *start, uint64_t bytes, unsigned *place_ret);

/* Whether a page of it was missing at any time. */
bool ocs_bus_guard_is_broken(unsigned place);

/* No thread may touch the mapping any more. */
void ocs_bus_guard_remove(unsigned place);

#endif
