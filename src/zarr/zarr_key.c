/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_key.h"

#include "checked.h"

#include <inttypes.h>
#include <stdio.h>

void ocs_zarr_grid(const struct ocs_zarr_array *array, uint64_t grid_ret[3])
{
    for (unsigned axis = 0; axis < 3; ++axis)
        grid_ret[axis] = ocs_div_up_u64(array->shape[axis], array->shard[axis]);
}

void ocs_zarr_key(const struct ocs_zarr_array *array, const uint64_t index[3],
                  char key_ret[OCS_ZARR_KEY_BYTES])
{
    const char s = array->separator;
    char start[8] = "";
    size_t used = 0;
    if (array->prefixed) {
        start[used++] = 'c';
        start[used++] = s;
    }
    for (unsigned axis = 0; axis < array->leading; ++axis) {
        start[used++] = '0';
        start[used++] = s;
    }
    snprintf(key_ret, OCS_ZARR_KEY_BYTES, "%s%" PRIu64 "%c%" PRIu64 "%c%" PRIu64, start, index[0],
             s, index[1], s, index[2]);
}
