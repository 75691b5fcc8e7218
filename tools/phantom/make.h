/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PHANTOM_MAKE_H
#define PHANTOM_MAKE_H

/* A phantom from its options: what it is made of, and the making. */

#include "atoms.h"
#include "encode.h"
#include "noise.h"
#include "options.h"

struct phantom {
    const struct phantom_options *options;
    struct phantom_domains domains;
    struct phantom_atoms atoms;
    double noise_sigma; /* absolute                                                         */
    struct phantom_noise noise;
    struct phantom_encoding encoding;
    uint64_t counts[PHANTOM_MAX_DOMAINS]; /* voxels of each domain, once written             */
};

/* False, with a complaint on standard error, when the options cannot be met. */
bool phantom_prepare(const struct phantom_options *options, struct phantom *phantom);

/* Writes the map and, if asked for, the label map. Needs some 50 MB a thread for any box. The bytes
 * do not depend on the number of threads. On failure complains, removes what it wrote and returns
 * false. */
bool phantom_write(struct phantom *phantom);

/* Writes options->truth. */
bool phantom_write_truth(const struct phantom *phantom);

#endif
