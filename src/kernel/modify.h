/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MODIFY_H
#define OCS_MODIFY_H

/* The modification of algorithm.md step 9, on rows: out = V * mod * conf [+ V * (1 - conf)] [+
 * solvent noise]. */

#include "kernels.h"
#include "solvent.h"

enum ocs_modification { OCS_AMPLIFY, OCS_ATTENUATE, OCS_SIGMOID, OCS_NO_CHANGE /* mod = 1 */ };

enum { OCS_SIGMOID_SAMPLES = 100 };

/* Immutable once made; may be used by many threads. */
struct ocs_modify {
    enum ocs_modification kind;
    float exponent;       /* amplify: 1/g - 1; attenuate: g - 1; sigmoid: m                     */
    float scale_limit;    /* S at or below it counts as 1 (not for the sigmoid)                 */
    double sigmoid_ratio; /* mu/(1 - mu) of step 9, which keeps its digits where mu is close to 1 */
    bool sampled;         /* reference: the sigmoid from 100 samples                           */
    float sample[OCS_SIGMOID_SAMPLES];
    bool exclude_solvent;
    bool add_solvent; /* clip(1 - mod, 0, 1) * N(mean, sigma), drawn by seed and voxel index  */
    float solvent_mean, solvent_sigma;
    uint64_t seed;
};

struct ocs_modify_request {
    enum ocs_modification kind;
    double strength; /* g or m                                                             */
    double pivot;    /* sigmoid                                                            */
    double scale_limit;
    bool reference; /* sampled sigmoid                                                    */
    bool exclude_solvent;
    struct ocs_gaussian solvent;
    uint64_t seed;
};

void ocs_modify_make(const struct ocs_modify_request *request, struct ocs_modify *modify_ret);

/* n voxels whose first has linear index `first_voxel` in the box (z,y,x order). `v`, `scale`,
 * `confidence` and `out` are rows of n floats; `out` overlaps none of them. Same bits for any cut
 * of the box into rows and at every SIMD level. */
void ocs_modify_row(const struct ocs_modify *modify, const struct ocs_kernels *kernels,
                    const float *v, const float *scale, const float *confidence,
                    uint64_t first_voxel, float *out, uint64_t n);

#endif
