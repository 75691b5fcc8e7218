/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLIP_H
#define OCS_CLIP_H

#include <stdint.h>

/* Keeps n voxels within [min, max]. */
static inline void ocs_clip(float *voxels, uint64_t n, float min, float max)
{
    for (uint64_t i = 0; i < n; ++i) {
        const float raised = voxels[i] < min ? min : voxels[i];
        voxels[i] = raised > max ? max : raised;
    }
}

#endif
