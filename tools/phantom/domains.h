/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PHANTOM_DOMAINS_H
#define PHANTOM_DOMAINS_H

/* Domains are balls; a point in several belongs to the one whose centre is nearest. */

#include "block.h"

enum { PHANTOM_MAX_DOMAINS = 8 };

enum phantom_layout { PHANTOM_TOUCHING, PHANTOM_SEPARATE };

struct phantom_domain {
    double centre[3]; /* voxels                                                            */
    double radius[3]; /* voxels; equal in angstrom                                         */
    double occupancy;
};

struct phantom_domains {
    unsigned count;
    struct phantom_domain item[PHANTOM_MAX_DOMAINS];
    double low[3], high[3]; /* the smallest box around all of them, voxels                 */
};

/* Places `count` balls in the largest cube (in angstrom) that fits the middle of the box. */
struct phantom_domains phantom_domains_place(enum phantom_layout layout, unsigned count,
                                             const double *occupancy, const int64_t box[3],
                                             const double voxel[3]);

/* Index of the domain at a point, or -1. */
int phantom_domain_at(const struct phantom_domains *domains, double z, double y, double x);

/* Label (index + 1, or 0) of every voxel of row (z, y). Adds each domain's voxels to counts. */
void phantom_domains_label_row(const struct phantom_domains *domains, int64_t z, int64_t y,
                               int64_t nx, signed char *labels, uint64_t *counts);

#endif
