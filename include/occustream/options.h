/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCCUSTREAM_OPTIONS_H
#define OCCUSTREAM_OPTIONS_H

/* What an estimate run is asked to do. Start from OCS_OPTIONS_DEFAULT and change what differs:
 *
 *     struct ocs_options options = OCS_OPTIONS_DEFAULT;
 *     options.map = "emd_3061.map";
 *     options.output_dir = "results";
 *
 * Strings are borrowed: they must outlive the plan and the run made from them.
 * For numbers, 0 means "not given" unless said otherwise. Formulas: docs/algorithm.md. */

#include "occustream/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ocs_rules_name { OCS_RULES_DEFAULT, OCS_RULES_OCCUPY_0_1_13 };
enum ocs_scale_data { OCS_SCALE_AUTO, OCS_SCALE_RAW, OCS_SCALE_OCCUPANCY };
enum ocs_region { OCS_REGION_AUTO, OCS_REGION_BALL, OCS_REGION_BOX };
enum ocs_nonfinite { OCS_NONFINITE_REFUSE, OCS_NONFINITE_ZERO };
enum ocs_io_mode { OCS_IO_AUTO, OCS_IO_MMAP, OCS_IO_READ };

/* How voxels are stored; as they are in the input is for converting only. */
enum ocs_dtype { OCS_DTYPE_F32, OCS_DTYPE_F16, OCS_DTYPE_KEEP };

/* How maps are stored: plain MRC files, the same as seekable zstd, or OME-Zarr stores. */
enum ocs_format { OCS_FORMAT_MRC, OCS_FORMAT_MRC_ZST, OCS_FORMAT_ZARR };
enum ocs_zarr_codec { OCS_ZARR_CODEC_AUTO, OCS_ZARR_CODEC_ZSTD, OCS_ZARR_CODEC_BLOSC };

/* The maps a run can write, as bits. */
enum ocs_output {
    OCS_OUTPUT_SCALE = 1 << 0,
    OCS_OUTPUT_CONFIDENCE = 1 << 1,
    OCS_OUTPUT_LOWPASS = 1 << 2,
    OCS_OUTPUT_AMPLIFIED = 1 << 3,
    OCS_OUTPUT_ATTENUATED = 1 << 4,
    OCS_OUTPUT_SIGMOID = 1 << 5,
    OCS_OUTPUT_SOLVENT_EXCLUDED = 1 << 6,
};
#define OCS_OUTPUT_KINDS 7

struct ocs_options {
    size_t struct_bytes; /* sizeof(struct ocs_options): lets the struct grow */

    const char *map;        /* path or URL of the map; see location.h                  */
    const char *output_dir; /* existing folder for the results                         */
    const char *command;    /* the command line, for the report; may be NULL           */

    /* scale */
    enum ocs_rules_name rules;
    double resolution_ang;
    double lowpass_ang;
    double tau;               /* in (0,1)                                              */
    unsigned kernel_size_vox; /* odd, >= 3                                             */
    double kernel_radius_vox;
    uint64_t tile_size_vox;
    bool s0; /* full scale = tau * largest value, no tiles                             */
    enum ocs_scale_data scale_data;
    enum ocs_region region;
    uint64_t max_box_vox; /* largest working box per axis                              */
    bool nlrc;

    /* solvent */
    const char *solvent_def; /* mask map, may be NULL                                  */
    double hedge_confidence; /* exponent, used when > 1                                */
    bool exclude_solvent;
    bool omit_confidence;

    /* modification: each off unless > 1 */
    double amplify;
    double attenuate;
    double sigmoid;
    double pivot;       /* in [0.01, 0.99]                                             */
    double scale_limit; /* in [0, 1)                                                   */
    double lowpass_output_ang;
    bool hist_match;
    uint64_t seed;

    /* targets, may be NULL */
    const char *target_mask;
    const char *labels;

    /* input */
    uint64_t volume; /* which volume of a stack, from 1                                */
    enum ocs_nonfinite nonfinite;
    enum ocs_io_mode io;
    uint64_t max_voxels;    /* refuse larger maps                                         */
    uint64_t max_expansion; /* plain bytes a compressed one may give                    */
    unsigned connections;   /* at once to the server of a URL, 1 to 64                     */

    /* output */
    unsigned outputs; /* bits of enum ocs_output; 0: scale, confidence, modifications   */
    enum ocs_dtype dtype;
    enum ocs_format format;
    unsigned zarr_version;     /* 2 or 3; 0: 2                                             */
    uint64_t chunk_vox[3];     /* of Zarr, along z, y, x; all 0: 64 each                   */
    enum ocs_zarr_codec codec; /* of Zarr; auto: zstd                                      */
    bool chimerax; /* write STEM.cxc; never for formats that ChimeraX does not read    */
    bool force;    /* overwrite                                                        */

    /* resources */
    uint64_t memory_bytes;   /* peak resident size; 0: half of what is free, at most 4 GiB     */
    unsigned threads;        /* 0: the CPUs this process may use                           */
    const char *scratch_dir; /* NULL: $TMPDIR, then output_dir                            */
    bool resume; /* keep a journal beside the scratch, and go on from one that is there; with 0
                    above, memory and threads are then those of the interrupted run          */
};

/* SET(field, value): the fields that are not 0, in their order. */
#define OCS_OPTIONS_DEFAULT_FIELDS(SET)                                                            \
    SET(struct_bytes, sizeof(struct ocs_options))                                                  \
    SET(output_dir, ".")                                                                           \
    SET(pivot, 0.01)                                                                               \
    SET(scale_limit, 0.05)                                                                         \
    SET(max_voxels, OCS_VOXELS_DEFAULT)                                                            \
    SET(max_expansion, OCS_EXPANSION_DEFAULT)                                                      \
    SET(connections, OCS_CONNECTIONS_DEFAULT)                                                      \
    SET(chimerax, true)

/* C++ before its version 20 has no initializers with names. */
#ifdef __cplusplus
#define OCS_SET_FIELD(field, value) options.field = value;
static inline ocs_options ocs_options_default()
{
    ocs_options options = ocs_options();
    OCS_OPTIONS_DEFAULT_FIELDS(OCS_SET_FIELD)
    return options;
}
#define OCS_OPTIONS_DEFAULT ocs_options_default()
#else
#define OCS_SET_FIELD(field, value) .field = value,
#define OCS_OPTIONS_DEFAULT                                                                        \
    {                                                                                              \
        OCS_OPTIONS_DEFAULT_FIELDS(OCS_SET_FIELD)                                                  \
    }
#endif

#ifdef __cplusplus
}
#endif
#endif
