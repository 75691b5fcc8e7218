/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SETTINGS_H
#define OCS_SETTINGS_H

/* Everything that follows from the options and the map's header alone: steps 1 to 5 and the
 * geometry of step 7 of docs/algorithm.md. Immutable. */

#include "ball.h"
#include "header.h"
#include "products.h"
#include "region.h"
#include "rules.h"
#include "spectral.h"
#include "tiled.h"
#include "tiles.h"

struct ocs_settings {
    struct ocs_rules rules;

    /* the map's box, and the one the estimate works in */
    struct ocs_box native_box, box;
    struct ocs_voxel_size native_voxel, voxel; /* as the rules take it                      */
    bool cropped;                              /* the two differ                            */
    struct ocs_spectral crop;

    double lowpass_ang;
    bool lowpass_active; /* false: L = V                                                    */
    struct ocs_spectral lowpass;
    struct ocs_ball_shape kernel_shape;
    struct ocs_ball ball;
    double tau;
    bool tiles; /* false with --s0                                                          */
    struct ocs_tile_grid grid;
    struct ocs_region_shape region;
    bool scale_from_lowpass; /* the scale data is L, not V                                  */

    struct ocs_tiled tiled;    /* the format of the outputs                              */
    uint64_t pipe_voxel_bytes; /* of the map for standard output; 0: there is none            */
    unsigned outputs;  /* bits of enum ocs_output                                           */
    unsigned finished; /* those of them that go through an intermediate: output low-pass, matching,
                          padding */
    bool restored;     /* cropped, and the outputs are made of the native voxels             */
    struct ocs_box modified_box; /* in which modifications are made                          */
    bool output_lowpass_active;
    struct ocs_spectral output_lowpass; /* of modified_box                                   */
    bool padded;                        /* modified_box is brought back to native_box         */
    struct ocs_spectral pad;
};

/* The outputs that are made of the map's own voxels. */
enum {
    OCS_MODIFICATIONS = OCS_OUTPUT_AMPLIFIED | OCS_OUTPUT_ATTENUATED | OCS_OUTPUT_SIGMOID |
                        OCS_OUTPUT_SOLVENT_EXCLUDED
};

/* The box of output `index`. */
struct ocs_box ocs_settings_output_box(const struct ocs_settings *settings, unsigned index);

/* Fails with OCS_BAD_INPUT when the box cannot be used, OCS_USAGE when an option does not fit it.
 */
OCS_MUST_USE enum ocs_status ocs_settings_make(const struct ocs_options *options,
                                               const struct ocs_mrc *mrc,
                                               struct ocs_settings *settings_ret,
                                               struct ocs_error *error);

#endif
