/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the metadata of a Zarr array to the header of an MRC file. */
#include "fail.h"
#include "findings.h"
#include "geometry.h"
#include "zarr_input.h"

#include <string.h>

static int32_t mode_of(enum ocs_zarr_type type)
{
    switch (type) {
    case OCS_ZARR_INT8:
    case OCS_ZARR_UINT8:
        return OCS_MODE_INT8;
    case OCS_ZARR_INT16:
        return OCS_MODE_INT16;
    case OCS_ZARR_UINT16:
        return OCS_MODE_UINT16;
    case OCS_ZARR_FLOAT16:
        return OCS_MODE_FLOAT16;
    default:
        return OCS_MODE_FLOAT32;
    }
}

/* Statistics that say of themselves that they are not determined. */
static void clear_statistics(struct ocs_mrc_header *header)
{
    header->dmin = 0;
    header->dmax = -1;
    header->dmean = -2;
    header->rms = -1;
}

static void set_box(struct ocs_mrc_header *header, const struct ocs_zarr_array *array)
{
    header->nz = header->mz = (int32_t)array->shape[0];
    header->ny = header->my = (int32_t)array->shape[1];
    header->nx = header->mx = (int32_t)array->shape[2];
    header->mode = mode_of(array->type);
}

static struct ocs_mrc_header plain_header(const struct ocs_zarr_array *array)
{
    struct ocs_mrc_header header = {
        .alpha = 90,
        .beta = 90,
        .gamma = 90,
        .mapc = 1,
        .mapr = 2,
        .maps = 3,
        .ispg = 1,
        .nversion = 20141,
        .map = {'M', 'A', 'P', ' '},
    };
    clear_statistics(&header);
    set_box(&header, array);
    return header;
}

/* Scales and places are along sections, rows, columns; cell and ORIGIN along x, y, z. */
static void set_level_geometry(struct ocs_mrc_header *header, const unsigned axis_of[3],
                               const struct ocs_zarr_level *level)
{
    const int32_t box[3] = {header->nz, header->ny, header->nx};
    int32_t *const m[3] = {&header->mx, &header->my, &header->mz};
    float *const cell[3] = {&header->cell_x, &header->cell_y, &header->cell_z};
    float *const origin[3] = {&header->origin_x, &header->origin_y, &header->origin_z};
    for (int i = 0; i < 3; ++i) {
        const unsigned axis = axis_of[i];
        *m[axis] = box[i];
        *cell[axis] = (float)(box[i] * level->scale[i]);
        *origin[axis] = (float)level->translation[i];
    }
    header->nxstart = header->nystart = header->nzstart = 0;
}

/* Through the bytes and the parser, so that whatever departs from the format is found and said as
 * of a file. */
static enum ocs_status parse(const struct ocs_mrc_header *header, const char *path,
                             struct ocs_mrc *mrc_ret, struct ocs_error *error)
{
    unsigned char bytes[OCS_MRC_HEADER_BYTES];
    ocs_mrc_pack(header, bytes);
    return ocs_mrc_parse(bytes, sizeof bytes, UINT64_MAX, path, mrc_ret, error);
}

/* The header the store carries is believed when it is that of level 0's array. */
static bool has_fitting_header(const struct ocs_zarr_array *array,
                               const struct ocs_zarr_group *group, unsigned level, const char *path,
                               struct ocs_mrc *mrc_ret)
{
    struct ocs_error ignored;
    if (!group->has_header || ocs_mrc_parse(group->header, sizeof group->header, UINT64_MAX, path,
                                            mrc_ret, &ignored) != OCS_OK)
        return false;
    const struct ocs_box box = mrc_ret->box;
    const bool same_box =
        box.z == array->shape[0] && box.y == array->shape[1] && box.x == array->shape[2];
    return mrc_ret->volumes == 1 && mrc_ret->header.mode == mode_of(array->type) &&
           (same_box || level > 0);
}

static void find_departures(const struct ocs_zarr_group *group, struct ocs_mrc *mrc)
{
    if (!group)
        ocs_find(&mrc->findings, "no_image",
                 "no OME-Zarr group says how large its voxels are; 1 A is taken");
    else if (!group->has_unit)
        ocs_find(&mrc->findings, "unit", "lengths have no unit in the metadata; A is taken");
}

static enum ocs_status make_header(const struct ocs_zarr_array *array,
                                   const struct ocs_zarr_group *group, unsigned level,
                                   const char *path, struct ocs_mrc *mrc_ret,
                                   struct ocs_error *error)
{
    static const struct ocs_zarr_level unit = {.scale = {1, 1, 1}};
    static const unsigned file_order[3] = {2, 1, 0};
    const bool carried = group && has_fitting_header(array, group, level, path, mrc_ret);
    if (carried && level == 0)
        return OCS_OK;
    struct ocs_mrc_header header = plain_header(array);
    unsigned axis_of[3];
    memcpy(axis_of, file_order, sizeof axis_of);
    if (carried) {
        header = mrc_ret->header;
        memcpy(axis_of, mrc_ret->axis_of, sizeof axis_of);
        clear_statistics(&header);
        set_box(&header, array);
        header.nsymbt = 0;
    }
    set_level_geometry(&header, axis_of, group ? &group->level[level] : &unit);
    const enum ocs_status status = parse(&header, path, mrc_ret, error);
    if (status == OCS_OK && !carried)
        find_departures(group, mrc_ret);
    return status;
}

enum ocs_status ocs_zarr_header(const struct ocs_zarr_array *array,
                                const struct ocs_zarr_group *group, unsigned level,
                                const char *path, struct ocs_mrc *mrc_ret, struct ocs_error *error)
{
    const enum ocs_status status = make_header(array, group, level, path, mrc_ret, error);
    if (status != OCS_OK)
        return status;
    const bool host_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    mrc_ret->swapped = array->big_endian != host_is_big;
    mrc_ret->unsigned_bytes = array->type == OCS_ZARR_UINT8;
    mrc_ret->header.nsymbt = 0;
    if (!ocs_mrc_set_layout(mrc_ret)) /* never: the shape was checked with the array */
        return ocs_fail(error, OCS_BAD_INPUT, "reading", path, "there are too many voxels");
    mrc_ret->expected_bytes = mrc_ret->volume_bytes;
    mrc_ret->data_offset = 0;
    return OCS_OK;
}
