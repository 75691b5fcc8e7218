/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_IMAGE_H
#define OCS_ZARR_IMAGE_H

/* Parts of OME's description of an image, as they become fields of a group. */

#include "zarr_group.h"
#include "zarr_json.h"

/* How coordinates of a level become those of the image, along z, y, x. */
struct ocs_zarr_transform {
    double scale[3], translation[3];
};

/* leading, has_unit: from a list of axes; and what the unit of z, y, x is in angstrom, or 1. */
OCS_MUST_USE enum ocs_status ocs_zarr_read_axes(const struct ocs_zarr_reader *reader,
                                                const json_t *axes, struct ocs_zarr_group *group,
                                                double unit_ret[3]);

/* From a list of coordinate transformations of as many axes; none at all changes nothing. */
OCS_MUST_USE enum ocs_status ocs_zarr_read_transform(const struct ocs_zarr_reader *reader,
                                                     const json_t *list, unsigned leading,
                                                     struct ocs_zarr_transform *transform_ret);

/* Whether the path is one of zarr_group.h. */
bool ocs_zarr_path_is_right(const char *path);

#endif
