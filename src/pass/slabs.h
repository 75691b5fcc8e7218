/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SLABS_H
#define OCS_SLABS_H

/* Cutting a box into units of a sweep: slabs of `planes` sections, and of those bands of `rows`
 * rows, the last ones what is left. Bands of one slab are neighbours in the order of units, so that
 * readers stay close together. */

#include "checked.h"
#include "reader.h"

struct ocs_slabs {
    struct ocs_box box;
    uint64_t planes;
    uint64_t rows; /* of a band; 0: whole sections                                          */
};

static inline uint64_t ocs_slab_bands(const struct ocs_slabs *slabs)
{
    return slabs->rows == 0 ? 1 : ocs_div_up_u64(slabs->box.y, slabs->rows);
}

static inline uint64_t ocs_slab_count(const struct ocs_slabs *slabs)
{
    return ocs_div_up_u64(slabs->box.z, slabs->planes) * ocs_slab_bands(slabs);
}

static inline struct ocs_part ocs_slab_part(const struct ocs_slabs *slabs, uint64_t index)
{
    const uint64_t bands = ocs_slab_bands(slabs);
    const uint64_t rows = slabs->rows == 0 ? slabs->box.y : slabs->rows;
    const uint64_t z0 = index / bands * slabs->planes, y0 = index % bands * rows;
    return (struct ocs_part){z0, ocs_min_u64(z0 + slabs->planes, slabs->box.z), y0,
                             ocs_min_u64(y0 + rows, slabs->box.y)};
}

#endif
