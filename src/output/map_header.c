/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_header.h"

#include <math.h>
#include <string.h>

static bool is_permutation(const struct ocs_mrc_header *header)
{
    unsigned seen = 0;
    const int32_t axes[3] = {header->mapc, header->mapr, header->maps};
    for (int i = 0; i < 3; ++i)
        if (axes[i] >= 1 && axes[i] <= 3)
            seen |= 1u << axes[i];
    return seen == 0xe;
}

static void set_axes(struct ocs_mrc_header *header, const struct ocs_mrc *like)
{
    if (is_permutation(header))
        return;
    header->maps = (int32_t)like->axis_of[0] + 1;
    header->mapr = (int32_t)like->axis_of[1] + 1;
    header->mapc = (int32_t)like->axis_of[2] + 1;
}

static void repair_cell(int32_t *m, float *cell, int32_t n, double voxel_ang)
{
    if (*m > 0 && isfinite(*cell) && *cell > 0)
        return;
    const double size = isfinite(voxel_ang) && voxel_ang > 0 ? voxel_ang : 1.0;
    *m = n;
    *cell = (float)(n * size);
}

/* M and cell go by spatial axis, box and voxel size by file axis. */
static void set_cell(struct ocs_mrc_header *header, const struct ocs_mrc *like)
{
    const int32_t box[3] = {header->nz, header->ny, header->nx};
    const double voxel[3] = {like->voxel.z, like->voxel.y, like->voxel.x};
    int32_t *const m[3] = {&header->mx, &header->my, &header->mz};
    float *const cell[3] = {&header->cell_x, &header->cell_y, &header->cell_z};
    for (int i = 0; i < 3; ++i) {
        const unsigned axis = like->axis_of[i];
        repair_cell(m[axis], cell[axis], box[i], voxel[i]);
    }
}

static void set_angles_and_origin(struct ocs_mrc_header *header)
{
    float *const angles[3] = {&header->alpha, &header->beta, &header->gamma};
    for (int i = 0; i < 3; ++i)
        if (!isfinite(*angles[i]))
            *angles[i] = 90.0f;
    if (!isfinite(header->origin_x) || !isfinite(header->origin_y) || !isfinite(header->origin_z))
        header->origin_x = header->origin_y = header->origin_z = 0.0f;
}

static void set_statistics(struct ocs_mrc_header *header, const struct ocs_statistics *statistics)
{
    header->dmin = (float)statistics->min;
    header->dmax = (float)statistics->max;
    header->dmean = (float)statistics->mean;
    header->rms = (float)statistics->rms;
}

/* As other readers see it: trailing zeros are padding, white space says nothing. */
static bool is_blank(const char label[OCS_MRC_LABEL_BYTES])
{
    for (int i = 0; i < OCS_MRC_LABEL_BYTES; ++i)
        if (label[i] != 0 && !memchr(" \t\n\v\f\r", label[i], 6))
            return false;
    return true;
}

static void set_labels(struct ocs_mrc_header *header, const struct ocs_mrc_header *from,
                       const char *label)
{
    int32_t used = 0;
    memset(header->labels, 0, sizeof header->labels);
    for (int i = 0; i < OCS_MRC_LABELS; ++i)
        if (!is_blank(from->labels[i]))
            memcpy(header->labels[used++], from->labels[i], OCS_MRC_LABEL_BYTES);
    header->nlabl = used;
    if (label[0] == 0)
        return;
    if (used == OCS_MRC_LABELS)
        --used;
    const size_t length = strnlen(label, OCS_MRC_LABEL_BYTES);
    memset(header->labels[used], 0, OCS_MRC_LABEL_BYTES);
    memcpy(header->labels[used], label, length);
    header->nlabl = used + 1;
}

struct ocs_voxel_format ocs_map_format(const struct ocs_mrc *like, enum ocs_dtype dtype)
{
    struct ocs_voxel_format format = {.mode = OCS_MODE_FLOAT32};
    if (dtype == OCS_DTYPE_F16)
        format.mode = OCS_MODE_FLOAT16;
    if (dtype != OCS_DTYPE_KEEP)
        return format;
    const int32_t mode = like->header.mode;
    format.mode = mode == OCS_MODE_UINT4 ? OCS_MODE_INT8 : mode;
    format.unsigned_bytes = mode == OCS_MODE_INT8 && like->unsigned_bytes;
    return format;
}

/* The mark of the one program that says of its bytes whether they have a sign. */
enum { IMOD_STAMP = 1146047817, IMOD_UNSIGNED = 0 };

static void set_identity(struct ocs_mrc_header *header, const struct ocs_voxel_format *format)
{
    static const unsigned char little_endian[4] = {0x44, 0x44, 0, 0};
    header->mode = format->mode;
    header->nversion = 20141;
    header->nsymbt = 0;
    header->imod_stamp = format->unsigned_bytes ? IMOD_STAMP : 0;
    header->imod_flags = IMOD_UNSIGNED;
    if (header->ispg < 0 || header->ispg > 230)
        header->ispg = 1;
    memset(header->exttyp, 0, sizeof header->exttyp);
    memcpy(header->map, "MAP ", 4);
    memcpy(header->machst, little_endian, sizeof little_endian);
}

struct ocs_mrc_header ocs_map_header(const struct ocs_mrc *like, enum ocs_dtype dtype,
                                     const char *label, const struct ocs_statistics *statistics)
{
    struct ocs_mrc_header header = like->header;
    header.nx = (int32_t)like->box.x;
    header.ny = (int32_t)like->box.y;
    header.nz = (int32_t)like->box.z;
    set_axes(&header, like);
    set_cell(&header, like);
    set_angles_and_origin(&header);
    set_statistics(&header, statistics);
    set_labels(&header, &like->header, label);
    const struct ocs_voxel_format format = ocs_map_format(like, dtype);
    set_identity(&header, &format);
    return header;
}
