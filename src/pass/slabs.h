/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SLABS_H
#define OCS_SLABS_H

/* Cutting the sections of a box into slabs: slab s holds planes [s * planes, (s + 1) * planes), the
 * last one the rest. */

#include "checked.h"
#include "reader.h"

struct ocs_slabs {
    struct ocs_box box;
    uint64_t planes;
};

static inline uint64_t ocs_slab_count(const struct ocs_slabs *slabs)
{
    return ocs_div_up_u64(slabs->box.z, slabs->planes);
}

/* Slab `index`, all rows. */
static inline struct ocs_part ocs_slab_part(const struct ocs_slabs *slabs, uint64_t index)
{
    const uint64_t z0 = index * slabs->planes;
    return (struct ocs_part){z0, ocs_min_u64(z0 + slabs->planes, slabs->box.z), 0, slabs->box.y};
}

#endif
