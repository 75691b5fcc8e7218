/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_WATCH_H
#define OCS_WATCH_H

/* Checksums (place_sum.h) of what is written to some places of a file, gathered while it is
 * written. Any thread may note; each byte of a place is to be written once. */

#include <stdatomic.h>
#include <stdint.h>

enum { OCS_WATCHES = 16 };

struct ocs_watch {
    uint64_t offset, bytes;
    _Atomic uint64_t sum;
};

/* All zeros: nothing is watched. Places do not overlap. */
struct ocs_watches {
    unsigned count;
    struct ocs_watch watch[OCS_WATCHES];
};

/* The write lies within one place, or in none. */
void ocs_watches_note(struct ocs_watches *watches, uint64_t offset, const void *bytes,
                      uint64_t count);

#endif
