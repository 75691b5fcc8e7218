/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules.h"

struct ocs_rules ocs_rules_for(enum ocs_rules_name name)
{
    if (name == OCS_RULES_OCCUPY_0_1_13)
        return (struct ocs_rules){
            .name = "occupy-0.1.13",
            .cubic_even_only = true,
            .one_voxel_size = true,
            .shifted_sphere = true,
            .rounded_tau = true,
            .shifted_tile_ball = true,
            .absolute_tolerances = true,
            .early_lookup = true,
            .default_max_box = 256,
            .modify_cropped = true,
            .omitted_as_one = true,
            .target_is_largest = true,
        };
    return (struct ocs_rules){
        .name = "default", .clip_excluded = true, .modify_from_lowpass = true};
}
