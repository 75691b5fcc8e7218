/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCCUSTREAM_CONVERT_H
#define OCCUSTREAM_CONVERT_H

/* Converting a map from one kind of file to another: voxels bit for bit unless their type is
 * narrowed, geometry, axis order, labels and statistics kept. Planned and run like an estimate
 * (estimate.h), with the same promise about memory.
 *
 *     struct ocs_convert_options options = OCS_CONVERT_OPTIONS_DEFAULT;
 *     options.common.map = "emd_3061.map.gz";
 *     options.out = "emd_3061.zarr";
 */

#include "occustream/estimate.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OCS_CONVERT_LEVEL_AUTO UINT64_MAX

struct ocs_convert_options {
    size_t struct_bytes; /* sizeof(struct ocs_convert_options) */

    /* Of these count: map, the input, force, the form of tiled files, command, and the resources
     * but for `resume`. */
    struct ocs_options common;

    /* By its name: .mrc, .map or .ccp4; .mrc.zst, .map.zst or .ccp4.zst; .zarr. "-": MRC to
     * standard output. */
    const char *out;
    enum ocs_dtype dtype;
    uint64_t level; /* of a Zarr store's pyramid, from 0; or OCS_CONVERT_LEVEL_AUTO: the first, or
                       what the location names */
    bool verify;    /* read the result again and compare all voxels */
};

#define OCS_CONVERT_OPTIONS_DEFAULT_FIELDS(SET)                                                    \
    SET(struct_bytes, sizeof(struct ocs_convert_options))                                          \
    SET(common, OCS_OPTIONS_DEFAULT)                                                               \
    SET(dtype, OCS_DTYPE_KEEP)                                                                     \
    SET(level, OCS_CONVERT_LEVEL_AUTO)

#ifdef __cplusplus
static inline ocs_convert_options ocs_convert_options_default()
{
    ocs_convert_options options = ocs_convert_options();
    OCS_CONVERT_OPTIONS_DEFAULT_FIELDS(OCS_SET_FIELD)
    return options;
}
#define OCS_CONVERT_OPTIONS_DEFAULT ocs_convert_options_default()
#else
#define OCS_CONVERT_OPTIONS_DEFAULT                                                                \
    {                                                                                              \
        OCS_CONVERT_OPTIONS_DEFAULT_FIELDS(OCS_SET_FIELD)                                          \
    }
#endif

struct ocs_convert_plan;

/* As ocs_plan_make. */
OCS_MUST_USE enum ocs_status ocs_convert_plan_make(const struct ocs_convert_options *options,
                                                   struct ocs_convert_plan **plan_ret,
                                                   struct ocs_error *error);
void ocs_convert_plan_destroy(struct ocs_convert_plan *plan); /* NULL is fine */

/* Valid as long as the plan. */
const struct ocs_plan_summary *ocs_convert_plan_summary(const struct ocs_convert_plan *plan);

/* As ocs_run. Of the report, input, warnings and what is said of the run are filled, and the
 * statistics of outputs[0]. OCS_IO when verifying finds other voxels than were written; then
 * there is no result. */
OCS_MUST_USE enum ocs_status ocs_convert_run(struct ocs_convert_plan *plan,
                                             const struct ocs_hooks *hooks,
                                             struct ocs_report *report_ret,
                                             struct ocs_error *error);

#ifdef __cplusplus
}
#endif
#endif
