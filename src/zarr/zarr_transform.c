/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_image.h"

#include <math.h>

enum { AXES = 3 };

/* The last three of a list of numbers. */
static bool read_numbers(const json_t *list, unsigned leading, double numbers_ret[AXES])
{
    if (json_array_size(list) != leading + AXES)
        return false;
    for (unsigned i = 0; i < AXES; ++i) {
        const json_t *const number = json_array_get(list, leading + i);
        if (!json_is_number(number))
            return false;
        numbers_ret[i] = json_number_value(number);
    }
    return true;
}

static bool is_positive(const double scale[AXES])
{
    return scale[0] > 0 && scale[1] > 0 && scale[2] > 0;
}

/* One scale, then at most one translation. */
struct seen {
    bool scale, translation;
};

static bool take(const json_t *item, unsigned leading, struct seen *seen,
                 struct ocs_zarr_transform *transform)
{
    const json_t *const type = json_object_get(item, "type");
    if (ocs_zarr_is(type, "identity"))
        return true;
    if (ocs_zarr_is(type, "scale") && !seen->scale && !seen->translation) {
        seen->scale = true;
        return read_numbers(json_object_get(item, "scale"), leading, transform->scale) &&
               is_positive(transform->scale);
    }
    if (ocs_zarr_is(type, "translation") && !seen->translation) {
        seen->translation = true;
        return read_numbers(json_object_get(item, "translation"), leading, transform->translation);
    }
    return false;
}

enum ocs_status ocs_zarr_read_transform(const struct ocs_zarr_reader *reader, const json_t *list,
                                        unsigned leading, struct ocs_zarr_transform *transform_ret)
{
    struct seen seen = {false, false};
    *transform_ret = (struct ocs_zarr_transform){.scale = {1, 1, 1}};
    for (size_t i = 0; i < json_array_size(list); ++i)
        if (!take(json_array_get(list, i), leading, &seen, transform_ret))
            return ocs_zarr_refuse(reader,
                                   "a coordinate transformation of its image is not a scale "
                                   "and a translation that can be read");
    return OCS_OK;
}
