/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RULES_H
#define OCS_RULES_H

/* Where the two rule sets of docs/algorithm.md differ, one field each. Made once from the option;
 * no other code asks which set is in force. */

#include "occustream/options.h"

struct ocs_rules {
    const char *name;
    bool cubic_even_only;     /* other boxes are refused                                   */
    bool one_voxel_size;      /* that of the x axis, for every axis                        */
    bool shifted_sphere;      /* low-pass: half a voxel off centre, one shell wide          */
    bool rounded_tau;         /* to 4 or 5 decimals                                        */
    bool shifted_tile_ball;   /* tile ball about N/2 instead of (N - 1)/2                   */
    bool absolute_tolerances; /* solvent limits and confidence: constants, not relative     */
    bool early_lookup;        /* confidence index int(1000 u - 1), hedge before clipping    */
    uint64_t default_max_box; /* working box when none is asked for; 0: native               */
    bool modify_cropped;      /* modify the working map and pad it, instead of the native one */
    bool clip_excluded;       /* clip also when only the solvent is excluded                 */
    bool omitted_as_one;      /* write the confidence as 1 when it is omitted                */
    bool target_is_largest;   /* target occupancy: one largest voxel against tiles of 12     */
    bool modify_from_lowpass; /* L is the scale data when a modification is asked for        */
};

struct ocs_rules ocs_rules_for(enum ocs_rules_name name);

#endif
