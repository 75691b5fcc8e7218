/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FOUND_H
#define OCS_FOUND_H

/* What a pass leaves behind for later ones: its merged state in memory, and what it wrote to
 * scratch and to the outputs. All zeros: nothing. */

#include "watch.h"

#include "occustream/options.h"

#include <stdbool.h>

enum { OCS_FOUND_SPANS = 40 };

/* Files by number: the outputs by theirs, then the scratch. */
enum { OCS_SCRATCH_FILE = OCS_OUTPUT_KINDS, OCS_FILES };

struct ocs_span {
    void *at; /* plain data without pointers                                               */
    uint64_t bytes;
};

/* Written from front to back by planes, each byte once. */
struct ocs_place {
    uint64_t file, offset, bytes;
};

struct ocs_found {
    bool lost; /* something goes where no later run can go on with it                       */
    unsigned span_count, place_count;
    struct ocs_span span[OCS_FOUND_SPANS];
    struct ocs_place place[OCS_WATCHES];
};

/* Nothing for 0 bytes. */
void ocs_found_add(struct ocs_found *found, void *at, uint64_t bytes);
void ocs_found_add_place(struct ocs_found *found, unsigned file, uint64_t offset, uint64_t bytes);

#endif
