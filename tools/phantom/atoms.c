/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "atoms.h"

#include "random.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

static const double filled = .5;           /* share of the cells that hold an atom          */
static const double volume_per_atom = 10;  /* cubic angstrom                                */
static const double narrowest_cell = 1.26; /* voxels                                        */
static const double narrowest_sigma = .7;  /* voxels: sampled well enough                   */
static const double reach_in_sigma = 4;

struct phantom_atoms phantom_atoms_make(double bfactor, const double voxel[3], uint64_t seed)
{
    struct phantom_atoms atoms = {.key = phantom_hash(seed, 1)};
    const double cell_ang = cbrt(filled * volume_per_atom);
    const double sigma_ang = sqrt(bfactor / (8 * pi * pi));
    atoms.weight = 1 / filled;
    for (int axis = 0; axis < 3; ++axis) {
        atoms.cell[axis] = fmax(cell_ang / voxel[axis], narrowest_cell);
        atoms.sigma[axis] = fmax(sigma_ang / voxel[axis], narrowest_sigma);
        atoms.reach[axis] = (int64_t)ceil(fmin(reach_in_sigma * atoms.sigma[axis], 1e6));
        atoms.weight *= atoms.cell[axis] / (sqrt(2 * pi) * atoms.sigma[axis]);
    }
    return atoms;
}

/* Cells are independent, so the variance is the sum over cells of E[d^2] - E[d]^2 of what one adds
 * at a point, averaged over the point. Both sums are products over the axes: the first of the
 * integral of the squared Gaussian, the second of E[max(0, 1 - |t| / cell)] for t normal with twice
 * the Gaussian's variance. */
double phantom_atoms_deviation(const struct phantom_atoms *atoms)
{
    double squares = 1 / filled, means = 1;
    for (int axis = 0; axis < 3; ++axis) {
        const double cell = atoms->cell[axis], sigma = atoms->sigma[axis];
        squares *= cell / (2 * sqrt(pi) * sigma);
        means *= erf(cell / (2 * sigma)) -
                 2 * sigma / (cell * sqrt(pi)) * (1 - exp(-cell * cell / (4 * sigma * sigma)));
    }
    return sqrt(squares - means);
}

double phantom_atoms_rms(const struct phantom_atoms *atoms)
{
    return hypot(1, phantom_atoms_deviation(atoms));
}

/* A Gaussian along one axis, at the voxels of [low, high) near `at`. */
struct profile {
    int64_t first, count;
    float value[2 * PHANTOM_MAX_REACH + 1];
};

static void profile_make(const struct phantom_atoms *atoms, int axis, double at, int64_t low,
                         int64_t high, struct profile *profile)
{
    const int64_t middle = (int64_t)floor(at + .5);
    const int64_t from = middle - atoms->reach[axis], to = middle + atoms->reach[axis] + 1;
    profile->first = from > low ? from : low;
    const int64_t end = to < high ? to : high;
    profile->count = end > profile->first ? end - profile->first : 0;
    const double factor = -.5 / (atoms->sigma[axis] * atoms->sigma[axis]);
    for (int64_t i = 0; i < profile->count; ++i) {
        const double away = (double)(profile->first + i) - at;
        profile->value[i] = expf((float)(factor * away * away));
    }
}

static void draw_atom(const struct phantom_atoms *atoms, const double at[3], double peak,
                      const struct phantom_block *block, float *density)
{
    struct profile z, y, x;
    profile_make(atoms, AXIS_Z, at[AXIS_Z], block->z, block->z + block->nz, &z);
    profile_make(atoms, AXIS_Y, at[AXIS_Y], block->y, block->y + block->ny, &y);
    if (z.count == 0 || y.count == 0)
        return;
    profile_make(atoms, AXIS_X, at[AXIS_X], 0, block->nx, &x);
    for (int64_t i = 0; i < z.count; ++i) {
        for (int64_t j = 0; j < y.count; ++j) {
            const int64_t row = (z.first + i - block->z) * block->ny + y.first + j - block->y;
            float *to = density + row * block->nx + x.first;
            const float factor = (float)peak * z.value[i] * y.value[j];
            for (int64_t k = 0; k < x.count; ++k)
                to[k] += factor * x.value[k];
        }
    }
}

/* Cells along an axis whose atoms can both lie in a domain and reach [low, high). */
struct cells {
    int64_t first, end;
};

static struct cells cells_near(const struct phantom_atoms *atoms,
                               const struct phantom_domains *domains, int axis, int64_t low,
                               int64_t high)
{
    const double reach = (double)atoms->reach[axis] + 1;
    const double from = fmax(domains->low[axis], (double)low - reach);
    const double to = fmin(domains->high[axis], (double)high + reach);
    return (struct cells){(int64_t)floor(from / atoms->cell[axis]),
                          (int64_t)floor(to / atoms->cell[axis]) + 1};
}

static double fraction(uint64_t bits21)
{
    return ((double)(bits21 & 0x1FFFFF) + .5) / 0x200000;
}

static void draw_cell(const struct phantom_atoms *atoms, const struct phantom_domains *domains,
                      const int64_t cell[3], const struct phantom_block *block, float *density)
{
    const uint64_t row = phantom_hash(atoms->key, (uint64_t)cell[AXIS_Z]);
    const uint64_t bits =
        phantom_hash(phantom_hash(row, (uint64_t)cell[AXIS_Y]), (uint64_t)cell[AXIS_X]);
    if (bits >> 63) /* empty; this is `filled` */
        return;
    double at[3];
    for (int axis = 0; axis < 3; ++axis)
        at[axis] = ((double)cell[axis] + fraction(bits >> (21 * axis))) * atoms->cell[axis];
    const int domain = phantom_domain_at(domains, at[AXIS_Z], at[AXIS_Y], at[AXIS_X]);
    if (domain >= 0)
        draw_atom(atoms, at, atoms->weight * domains->item[domain].occupancy, block, density);
}

void phantom_atoms_draw(const struct phantom_atoms *atoms, const struct phantom_domains *domains,
                        const struct phantom_block *block, float *density)
{
    const struct cells z = cells_near(atoms, domains, AXIS_Z, block->z, block->z + block->nz);
    const struct cells y = cells_near(atoms, domains, AXIS_Y, block->y, block->y + block->ny);
    const struct cells x = cells_near(atoms, domains, AXIS_X, 0, block->nx);
    for (int64_t cz = z.first; cz < z.end; ++cz)
        for (int64_t cy = y.first; cy < y.end; ++cy)
            for (int64_t cx = x.first; cx < x.end; ++cx)
                draw_cell(atoms, domains, (const int64_t[3]){cz, cy, cx}, block, density);
}
