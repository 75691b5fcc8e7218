/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BLOSC_LIBRARY_H
#define OCS_BLOSC_LIBRARY_H

/* libblosc, loaded only when it is needed: it brings the C++ library and others along, which would
 * cost every run 1.5 MiB of memory and several milliseconds. Its functions are called with one
 * thread and keep nothing between calls.
 *
 * The library does not look whether it was given the memory for its blocks, and ends in a fault
 * where it was not; for what it takes beside them it says nothing, or something wrong. So whoever
 * calls it sees first that there is as much (ocs_heap_is_short), and looks for ENOMEM in errno
 * afterwards, which has to be 0 before. */

#include "occustream/error.h"

#include <blosc.h>

/* The functions that are used, each as in libblosc with "blosc_" before its name. */
#define OCS_BLOSC_FUNCTIONS(X)                                                                     \
    X(compress_ctx)                                                                                \
    X(decompress_ctx)                                                                              \
    X(get_version_string)

struct ocs_blosc {
    void *library;
#define OCS_BLOSC_POINTER(name) __typeof__(blosc_##name) *name;
    OCS_BLOSC_FUNCTIONS(OCS_BLOSC_POINTER)
#undef OCS_BLOSC_POINTER
};

/* What the library has freed goes back to the system, when a thread has done with it: otherwise the
 * thread's heap would keep it, and the next thread may get another heap. */
void ocs_blosc_let_go(void);

/* OCS_IO when there is no such library here. Never unloaded, so that loading it again opens no
 * file. */
OCS_MUST_USE enum ocs_status ocs_blosc_load(struct ocs_blosc *blosc_ret, struct ocs_error *error);

#endif
