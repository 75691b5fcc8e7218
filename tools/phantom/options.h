/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PHANTOM_OPTIONS_H
#define PHANTOM_OPTIONS_H

/* The command line of `phantom`. */

#include "domains.h"

#include <stdbool.h>
#include <stdint.h>

enum { PHANTOM_MAX_THREADS = 64 };

struct phantom_options {
    int64_t box[3];  /* voxels, 16 .. 65536 an axis                                     */
    double voxel[3]; /* angstrom                                                        */
    double occupancy[PHANTOM_MAX_DOMAINS];
    unsigned domain_count;
    enum phantom_layout layout;
    double bfactor; /* square angstrom                                                       */
    double noise;   /* sigma, relative to the rms inside a full-occupancy domain             */
    double band;    /* angstrom; 0: white; negative: not given, three of the largest voxels  */
    int mode;
    bool big_endian;
    uint64_t seed;
    const char *labels; /* NULL: not wanted                                                  */
    const char *truth;  /* NULL: not wanted                                                  */
    unsigned threads;
    const char *out;
};

enum phantom_parsed { PHANTOM_RUN, PHANTOM_HELP, PHANTOM_USAGE };

/* Complains on standard error, or prints the help on standard output. */
enum phantom_parsed phantom_options_parse(int argc, char **argv, struct phantom_options *options);

#endif
