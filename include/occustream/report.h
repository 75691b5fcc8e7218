/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCCUSTREAM_REPORT_H
#define OCCUSTREAM_REPORT_H

/* What a run found. Positions and extents are along file axes in the order z (sections), y (rows),
 * x (columns); positions in voxels from 0. Formulas: docs/algorithm.md. */

#include "occustream/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    OCS_REPORT_CURVE = 1000,
    OCS_REPORT_NOTES = 48,
    OCS_REPORT_PASSES = 64,
    OCS_REPORT_PATH = 4096,
};

/* A finding about the input or a warning about the result: a short stable code and a sentence. */
struct ocs_note {
    char code[32];
    char text[256];
};

struct ocs_statistics {
    double min, max, mean;
    double rms; /* root mean square deviation from the mean, as MRC2014 stores it           */
};

struct ocs_report_input {
    char path[OCS_REPORT_PATH];
    uint64_t dims[3];
    double voxel_size_ang[3];
    int mode;
    char mode_name[24];
    uint64_t volume, volumes;
    struct ocs_statistics statistics;
    uint64_t nonfinite; /* voxels replaced by 0                                          */
    unsigned finding_count;
    struct ocs_note findings[OCS_REPORT_NOTES];
};

struct ocs_report_kernel {
    unsigned size[3];
    double radius[3];
    uint64_t voxels;
};

struct ocs_report_tiles {
    bool used; /* false with s0: the rest is 0                                           */
    uint64_t side[3];
    int64_t step[3], edge[3];
    uint64_t full_at[3];   /* first voxel of the tile with the largest value                */
    double full_at_ang[3]; /* its centre in angstrom from voxel (0,0,0), spatial axes x,y,z */
    uint64_t low_at[3];
    double low_at_ang[3];
    double low; /* the smallest tile value                                               */
};

struct ocs_report_fit {
    double scale, mean, sigma;
};

/* One target: a mask or one label. */
struct ocs_report_target {
    int64_t label; /* 0 for --target-mask                                                */
    uint64_t voxels;
    double tau;
    double occupancy;
    double relative; /* to the largest label's occupancy; 1 for a mask alone               */
    double scale_quartile[3]; /* of the local scale inside: 25, 50, 75 %                  */
};

struct ocs_report_output {
    enum ocs_output kind;
    char path[OCS_REPORT_PATH];
    struct ocs_statistics statistics;
};

struct ocs_report_pass {
    char name[16];
    double seconds;
    bool taken_over; /* in part at least by an interrupted run that this one resumed        */
};

struct ocs_report {
    struct ocs_report_input input;
    char rules[24];      /* "default" or "occupy-0.1.13"                                      */
    char scale_data[12]; /* "raw" or "occupancy"                                         */
    bool lowpass_active; /* false: L = V                                                 */
    double lowpass_ang;
    struct ocs_report_kernel kernel;
    double tau;
    struct ocs_report_tiles tiles;
    double full_scale;
    struct ocs_report_fit solvent_fit;
    double content_at_1pct, solvent_edge; /* grey values                                  */
    double variability_limit; /* NaN when no voxel reaches scale 1                        */
    double confidence_limit;
    double confidence_curve[OCS_REPORT_CURVE];
    double hedge_confidence;
    bool nlrc;
    uint64_t seed;

    unsigned warning_count;
    struct ocs_note warnings[OCS_REPORT_NOTES];
    unsigned target_count;
    struct ocs_report_target *targets; /* NULL when none; freed by ocs_report_free        */
    unsigned output_count;
    struct ocs_report_output outputs[OCS_OUTPUT_KINDS];

    /* run */
    unsigned pass_count;
    struct ocs_report_pass passes[OCS_REPORT_PASSES];
    uint64_t bytes_read, bytes_written, scratch_bytes;
    uint64_t memory_limit_bytes;
    uint64_t memory_peak_bytes; /* of the whole process, as the kernel counts it           */
    uint64_t in_memory_bytes;   /* of maps behind URLs, kept so that they came once       */
    unsigned threads;
    char simd[12];
    double seconds;
};

/* Frees what a report owns; the struct itself is the caller's. */
void ocs_report_free(struct ocs_report *report);

#ifdef __cplusplus
}
#endif
#endif
