/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PHANTOM_ATOMS_H
#define PHANTOM_ATOMS_H

/* Protein made of random Gaussian atoms that nobody stores. Space is cut into cells; a hash of the
 * cell says whether it holds an atom (half of them do) and where in it, so a block draws just the
 * cells that reach it.
 *
 * There is one atom per 10 cubic angstrom, but a cell is never narrower than 1.26 voxels, so there
 * is at most one atom per four voxels and work per voxel is bounded however coarse the map is. An
 * atom's weight is such that the mean density inside a domain is its occupancy. */

#include "domains.h"

enum { PHANTOM_MAX_REACH = 64 };

struct phantom_atoms {
    uint64_t key;
    double cell[3];   /* voxels                                                            */
    double sigma[3];  /* voxels, at least 0.7                                              */
    int64_t reach[3]; /* voxels an atom is drawn to on each side, at most PHANTOM_MAX_REACH */
    double weight;    /* peak of an atom of occupancy 1                                    */
};

/* `bfactor` in square angstrom, `voxel` in angstrom. Reach above PHANTOM_MAX_REACH means that the
 * voxels are too small for this; the caller refuses it. */
struct phantom_atoms phantom_atoms_make(double bfactor, const double voxel[3], uint64_t seed);

/* Root mean square density deep inside a domain of occupancy 1, and its standard deviation (both
 * exact for the model: expectation over seeds and positions). */
double phantom_atoms_rms(const struct phantom_atoms *atoms);
double phantom_atoms_deviation(const struct phantom_atoms *atoms);

/* Adds the atoms of all domains to the block. A voxel gets its atoms in the same order whatever the
 * block is. */
void phantom_atoms_draw(const struct phantom_atoms *atoms, const struct phantom_domains *domains,
                        const struct phantom_block *block, float *density);

#endif
