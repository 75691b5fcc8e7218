/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "make.h"

#include <math.h>
#include <stdio.h>

/* The default band limit, in voxels: a map sampled somewhat finer than its resolution. */
static const double usual_band = 3;

/* Range given to integer modes, in standard deviations above the mean density and of the noise. */
static const double atoms_range = 10, noise_range = 6;

static double band_ang(const struct phantom_options *options)
{
    if (options->band >= 0)
        return options->band;
    return usual_band * fmax(fmax(options->voxel[0], options->voxel[1]), options->voxel[2]);
}

static bool sizes_fit(const struct phantom *phantom, double band)
{
    for (int axis = 0; axis < 3; ++axis) {
        if (phantom->atoms.reach[axis] > PHANTOM_MAX_REACH) {
            fprintf(stderr,
                    "phantom: atoms would be over %d voxels wide; lower --bfactor or raise "
                    "--voxel\n",
                    2 * PHANTOM_MAX_REACH);
            return false;
        }
        if (band > PHANTOM_COARSEST_BAND * phantom->options->voxel[axis]) {
            fprintf(stderr, "phantom: --band must be at most %g voxels\n", PHANTOM_COARSEST_BAND);
            return false;
        }
    }
    return true;
}

static struct phantom_encoding choose_encoding(const struct phantom *phantom)
{
    double occupancy = 0;
    for (unsigned i = 0; i < phantom->domains.count; ++i)
        occupancy = fmax(occupancy, phantom->domains.item[i].occupancy);
    const double low = -noise_range * phantom->noise_sigma;
    const double high =
        occupancy * (1 + atoms_range * phantom_atoms_deviation(&phantom->atoms)) - low;
    return phantom_encoding_make(phantom->options->mode, phantom->options->big_endian, low, high);
}

bool phantom_prepare(const struct phantom_options *options, struct phantom *phantom)
{
    const double band = band_ang(options);
    *phantom = (struct phantom){.options = options};
    phantom->domains = phantom_domains_place(options->layout, options->domain_count,
                                             options->occupancy, options->box, options->voxel);
    phantom->atoms = phantom_atoms_make(options->bfactor, options->voxel, options->seed);
    if (!sizes_fit(phantom, band))
        return false;
    phantom->noise_sigma = options->noise * phantom_atoms_rms(&phantom->atoms);
    phantom->noise =
        phantom_noise_make(phantom->noise_sigma, band, options->box, options->voxel, options->seed);
    phantom->encoding = choose_encoding(phantom);
    return true;
}
