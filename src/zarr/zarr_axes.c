/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_image.h"

#include <string.h>

enum { AXES = 3 };

/* 0 for a unit that is not known. */
static double angstrom(const json_t *unit)
{
    static const struct {
        const char *name;
        double angstrom;
    } known[] = {{"angstrom", 1},     {"picometer", 1e-2}, {"nanometer", 10}, {"micrometer", 1e4},
                 {"millimeter", 1e7}, {"centimeter", 1e8}, {"meter", 1e10}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i)
        if (ocs_zarr_is(unit, known[i].name))
            return known[i].angstrom;
    return 0;
}

/* In OME-Zarr 0.3 an axis was its name. */
static bool is_axis(const json_t *axis, const char *name)
{
    if (json_is_string(axis))
        return ocs_zarr_is(axis, name);
    const json_t *const type = json_object_get(axis, "type");
    return ocs_zarr_is(json_object_get(axis, "name"), name) &&
           (!type || ocs_zarr_is(type, "space"));
}

enum ocs_status ocs_zarr_read_axes(const struct ocs_zarr_reader *reader, const json_t *axes,
                                   struct ocs_zarr_group *group, double unit_ret[3])
{
    static const char *const names[AXES] = {"z", "y", "x"};
    const size_t rank = json_array_size(axes);
    if (rank < AXES || rank > AXES + OCS_ZARR_LEADING_MAX)
        return ocs_zarr_refuse(reader, "its image has %zu axes; a map has 3", rank);
    group->leading = (unsigned)rank - AXES;
    group->has_unit = true;
    for (unsigned i = 0; i < AXES; ++i) {
        const json_t *const axis = json_array_get(axes, group->leading + i);
        if (!is_axis(axis, names[i]))
            return ocs_zarr_refuse(reader, "the last three axes of its image are not z, y, x");
        unit_ret[i] = angstrom(json_object_get(axis, "unit"));
        group->has_unit = group->has_unit && unit_ret[i] > 0;
    }
    for (unsigned i = 0; i < AXES && !group->has_unit; ++i)
        unit_ret[i] = 1;
    return OCS_OK;
}

bool ocs_zarr_path_is_right(const char *path)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "._-+ ";
    for (;;) {
        const size_t part = strspn(path, allowed);
        const bool moves = strncmp(path, "..", part) == 0 && part <= 2; /* "", ".", ".." */
        if (moves || (path[part] != '/' && path[part] != '\0'))
            return false;
        if (path[part] == '\0')
            return true;
        path += part + 1;
    }
}
