/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "geometry.h"

#include "checked.h"
#include "findings.h"
#include "voxels.h"

#include <math.h>

enum { SECTIONS, ROWS, COLUMNS };

static void set_axes(struct ocs_mrc *mrc)
{
    const struct ocs_mrc_header *const header = &mrc->header;
    const int32_t axes[3] = {header->maps, header->mapr, header->mapc};
    unsigned seen = 0;
    for (int i = 0; i < 3; ++i)
        if (axes[i] >= 1 && axes[i] <= 3)
            seen |= 1U << axes[i];
    const bool permutation = seen == (1U << 1 | 1U << 2 | 1U << 3);
    if (!permutation)
        ocs_find(&mrc->findings, "axes",
                 "MAPC, MAPR, MAPS are %d, %d, %d, no order of 1, 2, 3; 1, 2, 3 is taken",
                 header->mapc, header->mapr, header->maps);
    for (int i = 0; i < 3; ++i)
        mrc->axis_of[i] = permutation ? (unsigned)axes[i] - 1 : 2 - (unsigned)i;
}

/* Of spatial axis `axis`. A size that nothing sensible follows from is taken as 1 angstrom. */
static double voxel_size(struct ocs_mrc *mrc, unsigned axis)
{
    const struct ocs_mrc_header *const header = &mrc->header;
    const float cell = (const float[]){header->cell_x, header->cell_y, header->cell_z}[axis];
    const int32_t samples = (const int32_t[]){header->mx, header->my, header->mz}[axis];
    const char name = "xyz"[axis];
    if (samples <= 0)
        ocs_find(&mrc->findings, "cell",
                 "M%c is %d, so the cell along %c has no samples; a voxel size of 1 A is taken",
                 "XYZ"[axis], samples, name);
    else if (!isfinite(cell) || cell <= 0)
        ocs_find(&mrc->findings, "cell",
                 "the cell is %g A long along %c; a voxel size of 1 A is taken", (double)cell,
                 name);
    else
        return (double)cell / samples;
    return 1;
}

static void set_voxel_sizes(struct ocs_mrc *mrc)
{
    double spatial[3];
    for (unsigned axis = 0; axis < 3; ++axis)
        spatial[axis] = voxel_size(mrc, axis);
    mrc->voxel.z = spatial[mrc->axis_of[SECTIONS]];
    mrc->voxel.y = spatial[mrc->axis_of[ROWS]];
    mrc->voxel.x = spatial[mrc->axis_of[COLUMNS]];
}

static void set_box(struct ocs_mrc *mrc)
{
    const struct ocs_mrc_header *const header = &mrc->header;
    mrc->box = (struct ocs_box){(uint64_t)header->nz, (uint64_t)header->ny, (uint64_t)header->nx};
    mrc->volumes = 1;
    if (header->ispg < 401 || header->ispg > 630)
        return;
    if (header->mz > 0 && header->nz % header->mz == 0) {
        mrc->volumes = (uint64_t)(header->nz / header->mz);
        mrc->box.z = (uint64_t)header->mz;
    } else {
        ocs_find(&mrc->findings, "volume_stack",
                 "ISPG %d is a stack of volumes, but NZ %d is not a multiple of MZ %d; taken as "
                 "one volume",
                 header->ispg, header->nz, header->mz);
    }
}

void ocs_mrc_set_geometry(struct ocs_mrc *mrc)
{
    set_axes(mrc);
    set_voxel_sizes(mrc);
    set_box(mrc);
}

bool ocs_mrc_set_layout(struct ocs_mrc *mrc)
{
    mrc->row_bytes = ocs_voxels_row_bytes(mrc->header.mode, mrc->box.x);
    mrc->data_offset = OCS_MRC_HEADER_BYTES + (uint64_t)mrc->header.nsymbt;
    uint64_t plane_bytes, data_bytes;
    return ocs_mul_u64(mrc->row_bytes, mrc->box.y, &plane_bytes) &&
           ocs_mul_u64(plane_bytes, mrc->box.z, &mrc->volume_bytes) &&
           ocs_mul_u64(mrc->volume_bytes, mrc->volumes, &data_bytes) &&
           ocs_add_u64(data_bytes, mrc->data_offset, &mrc->expected_bytes) &&
           mrc->expected_bytes <= INT64_MAX;
}
