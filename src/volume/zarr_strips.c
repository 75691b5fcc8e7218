/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_strips.h"

#include "checked.h"
#include "zarr_input.h"

enum { Z, Y, X };

struct ocs_zarr_strips ocs_zarr_strips_make(const struct ocs_zarr_input *input,
                                            uint64_t strip_bytes)
{
    const struct ocs_zarr_array *const array = &input->array;
    struct ocs_zarr_strips strips = {.input = input};
    for (int axis = 0; axis < 3; ++axis) {
        const uint64_t chunks = ocs_div_up_u64(array->shape[axis], array->chunk[axis]);
        const uint64_t whole = array->sharded ? array->shard[axis] / array->chunk[axis] : chunks;
        strips.parcel[axis] = ocs_min_u64(whole, chunks);
        strips.parcels[axis] = ocs_div_up_u64(chunks, whole);
    }
    const uint64_t wanted = ocs_max_u64(strip_bytes / ocs_zarr_chunk_bytes(array), 1);
    strips.wide = ocs_min_u64(ocs_min_u64(wanted, OCS_ZARR_STRIP_CHUNKS), strips.parcel[X]);
    strips.parcel_strips =
        strips.parcel[Z] * strips.parcel[Y] * ocs_div_up_u64(strips.parcel[X], strips.wide);
    return strips;
}

uint64_t ocs_zarr_strips_count(const struct ocs_zarr_strips *strips)
{
    return strips->parcels[Z] * strips->parcels[Y] * strips->parcels[X] * strips->parcel_strips;
}

static void split(uint64_t index, const uint64_t extent[3], uint64_t at[3])
{
    at[X] = index % extent[X];
    at[Y] = index / extent[X] % extent[Y];
    at[Z] = index / extent[X] / extent[Y];
}

struct ocs_zarr_place ocs_zarr_strips_place(const struct ocs_zarr_strips *strips, uint64_t strip)
{
    const struct ocs_zarr_array *const array = &strips->input->array;
    const uint64_t across = ocs_div_up_u64(strips->parcel[X], strips->wide);
    const uint64_t in_parcel[3] = {strips->parcel[Z], strips->parcel[Y], across};
    struct ocs_zarr_place place = {.count = 1};
    split(strip / strips->parcel_strips, strips->parcels, place.parcel);
    split(strip % strips->parcel_strips, in_parcel, place.inner);
    place.inner[X] *= strips->wide;
    for (int axis = 0; axis < 3; ++axis) {
        const uint64_t whole =
            array->sharded ? array->shard[axis] / array->chunk[axis] : strips->parcel[axis];
        const uint64_t chunks = ocs_div_up_u64(array->shape[axis], array->chunk[axis]);
        place.chunk[axis] = place.parcel[axis] * whole + place.inner[axis];
        const uint64_t left = chunks - ocs_min_u64(chunks, place.chunk[axis]);
        if (axis < X && left == 0)
            place.count = 0;
        else if (axis == X && place.count > 0)
            place.count =
                ocs_min_u64(ocs_min_u64(strips->wide, strips->parcel[X] - place.inner[X]), left);
    }
    return place;
}

struct ocs_zarr_block ocs_zarr_place_block(const struct ocs_zarr_array *array,
                                           const struct ocs_zarr_place *place)
{
    if (place->count == 0)
        return (struct ocs_zarr_block){0};
    const uint64_t *const shape = array->shape, *const chunk = array->chunk;
    struct ocs_zarr_block block = {.z = place->chunk[Z] * chunk[Z],
                                   .y = place->chunk[Y] * chunk[Y],
                                   .x = place->chunk[X] * chunk[X]};
    block.planes = ocs_min_u64(chunk[Z], shape[Z] - block.z);
    block.rows = ocs_min_u64(chunk[Y], shape[Y] - block.y);
    block.columns = ocs_min_u64(place->count * chunk[X], shape[X] - block.x);
    return block;
}
