/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_fields.h"

enum { AXES = 3 };

/* A whole number from 1 on, or 0. */
static uint64_t extent_of(const json_t *value)
{
    const json_int_t extent = json_integer_value(value); /* 0 for what is none */
    return extent > 0 ? (uint64_t)extent : 0;
}

enum ocs_status ocs_zarr_read_shape(const struct ocs_zarr_reader *reader, const json_t *list,
                                    struct ocs_zarr_array *array)
{
    if (!json_is_array(list))
        return ocs_zarr_refuse(reader, "its metadata have no shape");
    const size_t rank = json_array_size(list);
    if (rank < AXES || rank > AXES + OCS_ZARR_LEADING_MAX)
        return ocs_zarr_refuse(reader, "the array has %zu axes; a map has 3", rank);
    array->leading = (unsigned)rank - AXES;
    for (size_t i = 0; i < array->leading; ++i)
        if (extent_of(json_array_get(list, i)) != 1)
            return ocs_zarr_refuse(reader,
                                   "the array has several volumes along its axis %zu, and "
                                   "only one can be read",
                                   i + 1);
    for (unsigned i = 0; i < AXES; ++i) {
        array->shape[i] = extent_of(json_array_get(list, array->leading + i));
        if (array->shape[i] == 0 || array->shape[i] > INT32_MAX)
            return ocs_zarr_refuse(reader, "its shape is no shape of a map");
    }
    return OCS_OK;
}

enum ocs_status ocs_zarr_read_extent(const struct ocs_zarr_reader *reader, const json_t *list,
                                     const char *what, const struct ocs_zarr_array *array,
                                     uint64_t extent_ret[3])
{
    if (!json_is_array(list) || json_array_size(list) != array->leading + AXES)
        return ocs_zarr_refuse(reader, "its %s have not as many axes as its shape", what);
    for (size_t i = 0; i < array->leading; ++i)
        if (extent_of(json_array_get(list, i)) != 1)
            return ocs_zarr_refuse(reader, "its %s hold several volumes, and only one can be read",
                                   what);
    for (unsigned i = 0; i < AXES; ++i) {
        extent_ret[i] = extent_of(json_array_get(list, array->leading + i));
        if (extent_ret[i] == 0 || extent_ret[i] > INT32_MAX)
            return ocs_zarr_refuse(reader, "its %s have no shape that makes sense", what);
    }
    return OCS_OK;
}

enum ocs_status ocs_zarr_refuse_type(const struct ocs_zarr_reader *reader, const char *name)
{
    return ocs_zarr_refuse(reader, "the array is of type %.40s, which no mode of MRC holds",
                           name ? name : "unknown");
}
