/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "half.h"
#include "zarr_array.h"
#include "zarr_desk.h"

static uint32_t fill_bits(const struct ocs_zarr_array *array)
{
    switch (array->type) {
    case OCS_ZARR_FLOAT32:
        return ocs_bits_of_float((float)array->fill);
    case OCS_ZARR_FLOAT16:
        return ocs_float_bits_to_half(ocs_bits_of_float((float)array->fill));
    default: /* whole numbers of the type's range */
        return (uint32_t)(int32_t)array->fill;
    }
}

void ocs_zarr_fill_voxel(const struct ocs_zarr_array *array, unsigned char bytes[4])
{
    const unsigned count = ocs_zarr_type_bytes(array->type);
    const uint32_t bits = fill_bits(array);
    for (unsigned i = 0; i < count; ++i)
        bytes[array->big_endian ? count - 1 - i : i] = (unsigned char)(bits >> 8 * i);
}
