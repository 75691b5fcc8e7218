/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_GROUP_H
#define OCS_ZARR_GROUP_H

/* An OME-Zarr image: a group whose attributes name the levels of a pyramid and their geometry.
 * OME-Zarr 0.4 in Zarr version 2 (`.zattrs`), 0.5 in version 3 (`zarr.json`). Along z, y, x. Pure;
 * any thread. Limits of text and memory as for arrays (zarr_array.h). */

#include "zarr_array.h"

enum { OCS_ZARR_HEADER_BYTES = 1024 };

struct ocs_zarr_level {
    char path[OCS_ZARR_PATH_BYTES]; /* of the array below the group. Parts are letters, digits and
                                       "._-+ " only, joined by '/'; none is empty, "." or ".." */
    double scale[3];                /* distance of voxels, above 0 */
    double translation[3];          /* place of the centre of the first voxel */
};

struct ocs_zarr_group {
    unsigned version;     /* of Zarr: 2 or 3 */
    char name[128];       /* printable; may be empty */
    bool has_unit;        /* scales and translations are in angstrom; else in what is not said */
    unsigned leading;     /* axes before z, y, x */
    unsigned level_count; /* 1 .. OCS_ZARR_LEVELS_MAX, fine to coarse */
    struct ocs_zarr_level level[OCS_ZARR_LEVELS_MAX];
    bool has_header; /* the attributes carry the header that an MRC file of level 0 has */
    unsigned char header[OCS_ZARR_HEADER_BYTES];
};

/* What a zarr.json is about. */
enum ocs_zarr_node { OCS_ZARR_IS_ARRAY, OCS_ZARR_IS_GROUP };
OCS_MUST_USE enum ocs_status ocs_zarr_node_read(const char *text, uint64_t bytes, const char *path,
                                                enum ocs_zarr_node *node_ret,
                                                struct ocs_error *error);

/* Reads `.zattrs` or `zarr.json`. OCS_BAD_INPUT, naming `path`, when it describes no image that
 * this program can use: with the reason. The levels' arrays are still to be read. */
OCS_MUST_USE enum ocs_status ocs_zarr_group_read(const char *text, uint64_t bytes, unsigned version,
                                                 const char *path, struct ocs_zarr_group *group_ret,
                                                 struct ocs_error *error);

/* The text of `.zattrs` or `zarr.json` for a group with leading 0 and has_unit. `report` is the
 * text of a JSON object that becomes an attribute, or NULL; one so long that it could not be read
 * again is left out. To be freed with free(). OCS_LIMIT when there is no memory. */
OCS_MUST_USE enum ocs_status ocs_zarr_group_write(const struct ocs_zarr_group *group,
                                                  const char *report, char **text_ret,
                                                  struct ocs_error *error);

/* The whole `.zgroup` that goes with a `.zattrs`. */
const char *ocs_zarr_zgroup(void);

#endif
