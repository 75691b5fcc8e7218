/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SPECTRAL_H
#define OCS_SPECTRAL_H

/* A linear step in Fourier space as it streams: which frequencies are kept on each axis, which of
 * those pass the mask, and the box the result has. Low-pass, crop and pad are all of this shape.
 *
 *     bins of an axis:   0 1 2 .. positive-1 | ...not kept... | -negative .. -2 -1
 *
 * Stored per plane as columns, x-major: column = fx_index * (kept y) + fy_index. */

#include "box.h"

#include <stdbool.h>

struct ocs_axis_cut {
    uint64_t n_in, n_out;
    uint64_t positive, negative; /* kept bins at the front and at the end                  */
};

enum ocs_mask_kind { OCS_MASK_NONE, OCS_MASK_PHYSICAL, OCS_MASK_REFERENCE };

struct ocs_spectral {
    struct ocs_axis_cut z, y, x; /* on x only non-negative frequencies: negative = 0          */
    enum ocs_mask_kind mask;
    struct ocs_voxel_size extent; /* physical: n * a per axis, angstrom                     */
    double limit;                 /* physical: 1 / resolution                               */
    uint64_t shell;               /* reference: k                                           */
    float factor;                 /* applied once, makes the transforms' product right       */
};

static inline uint64_t ocs_axis_kept(const struct ocs_axis_cut *axis)
{
    return axis->positive + axis->negative;
}

static inline int64_t ocs_axis_frequency(const struct ocs_axis_cut *axis, uint64_t index)
{
    return index < axis->positive ? (int64_t)index : (int64_t)index - (int64_t)ocs_axis_kept(axis);
}

static inline uint64_t ocs_spectral_columns(const struct ocs_spectral *spectral)
{
    return ocs_axis_kept(&spectral->x) * ocs_axis_kept(&spectral->y);
}

/* Planes the store must have: the larger of before and after. */
static inline uint64_t ocs_spectral_planes(const struct ocs_spectral *spectral)
{
    return spectral->z.n_in > spectral->z.n_out ? spectral->z.n_in : spectral->z.n_out;
}

/* The low-pass at `resolution` angstrom of a box. Reference rules take voxel.x for every axis.
 * False when nothing would be filtered: L = V. Step 5 of algorithm.md. */
bool ocs_spectral_lowpass(struct ocs_box box, struct ocs_voxel_size voxel, double resolution,
                          bool reference, struct ocs_spectral *spectral_ret);

/* Resampling a box to another, per axis by keeping what fits both (step 2). `with_nyquist`: the
 * reference's way, which keeps frequency -b/2 of the smaller size b (both even); else only |f| <
 * b/2. */
struct ocs_spectral ocs_spectral_resample(struct ocs_box from, struct ocs_box to,
                                          bool with_nyquist);

bool ocs_spectral_passes(const struct ocs_spectral *spectral, int64_t fz, int64_t fy, int64_t fx);

#endif
