/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BUFFER_SET_H
#define OCS_BUFFER_SET_H

/* A fixed number of equal buffers, each 64-byte aligned, in one block from the budget. */

#include "budget.h"

struct ocs_buffer_set {
    unsigned char *data;
    uint64_t stride; /* from one to the next, in bytes */
    unsigned count;
};

/* What it takes from the budget together with a block of `owner_bytes`; UINT64_MAX when that does
 * not fit. */
uint64_t ocs_buffer_set_need(uint64_t owner_bytes, uint64_t buffer_bytes, unsigned count);

OCS_MUST_USE enum ocs_status ocs_buffer_set_open(struct ocs_budget *budget, uint64_t buffer_bytes,
                                                 unsigned count, struct ocs_buffer_set *set_ret,
                                                 struct ocs_error *error);

unsigned char *ocs_buffer_set_at(const struct ocs_buffer_set *set, unsigned index);

/* The index of a buffer as ocs_buffer_set_at gave it. */
unsigned ocs_buffer_set_index(const struct ocs_buffer_set *set, const unsigned char *buffer);

void ocs_buffer_set_close(struct ocs_buffer_set *set, struct ocs_budget *budget);

#endif
