/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "noise.h"

#include "random.h"

#include <math.h>
#include <string.h>

/* exp(-2 (pi s f)^2) = 0.02 at f = 1 / band gives s = 0.445 band. */
static const double sigma_of_band = .445;
static const double cut_in_sigma = 3.3;

/* A Gaussian cut at `half`, with the squares of all taps adding up to `power`. */
static void make_taps(double sigma_vox, double power, int64_t half, float *taps)
{
    double raw[PHANTOM_MAX_HALF + 1], squares = 0;
    for (int64_t i = 0; i <= half; ++i) {
        const double t = sigma_vox > 0 ? (double)i / sigma_vox : 0;
        raw[i] = exp(-.5 * t * t);
        squares += (i == 0 ? 1 : 2) * raw[i] * raw[i];
    }
    for (int64_t i = 0; i <= half; ++i)
        taps[i] = (float)(raw[i] * sqrt(power / squares));
}

struct phantom_noise phantom_noise_make(double sigma, double band, const int64_t box[3],
                                        const double voxel[3], uint64_t seed)
{
    struct phantom_noise noise = {.key = phantom_hash(seed, 2)};
    for (int axis = 0; axis < 3; ++axis) {
        const double sigma_vox = sigma_of_band * band / voxel[axis];
        noise.box[axis] = box[axis];
        noise.half[axis] = (int64_t)ceil(cut_in_sigma * sigma_vox);
        make_taps(sigma_vox, axis == AXIS_Z ? sigma * sigma : 1, noise.half[axis],
                  noise.taps[axis]);
    }
    return noise;
}

/* Near-normal with variance 1: the sum of the four 16-bit quarters of a hash. */
static float white(uint64_t bits)
{
    const uint64_t pairs =
        (bits & UINT64_C(0x0000FFFF0000FFFF)) + (bits >> 16 & UINT64_C(0x0000FFFF0000FFFF));
    const int64_t sum = (int64_t)((pairs & 0xFFFFFFFF) + (pairs >> 32));
    return (float)(sum - INT64_C(2) * 0xFFFF) *
           (1.0f / 37837.2275f); /* sqrt(4 (65536^2 - 1) / 12) */
}

/* White noise of row (z, y), which may lie in the margin around the box, with a margin on both
 * ends. */
static void white_row(const struct phantom_noise *noise, int64_t z, int64_t y, float *row)
{
    const int64_t rows = noise->box[AXIS_Y] + 2 * noise->half[AXIS_Y];
    const int64_t columns = noise->box[AXIS_X] + 2 * noise->half[AXIS_X];
    const int64_t index = (z + noise->half[AXIS_Z]) * rows + y + noise->half[AXIS_Y];
    const uint64_t first = (uint64_t)index * (uint64_t)columns;
    for (int64_t x = 0; x < columns; ++x)
        row[x] = white(phantom_hash(noise->key, first + (uint64_t)x));
}

/* to[i] = sum over |k| <= half of taps[|k|] * from[i + k * stride]. */
static void smooth(const float *from, int64_t stride, int64_t half, const float *taps,
                   float *restrict to, int64_t n)
{
    for (int64_t i = 0; i < n; ++i)
        to[i] = taps[0] * from[i];
    for (int64_t k = 1; k <= half; ++k) {
        const float *before = from - k * stride, *after = from + k * stride;
        for (int64_t i = 0; i < n; ++i)
            to[i] += taps[k] * (before[i] + after[i]);
    }
}

/* Sections and rows of the block with the margin that smoothing along z and y needs. */
struct margins {
    int64_t nz, ny;
};

static struct margins with_margins(const struct phantom_noise *noise,
                                   const struct phantom_block *block)
{
    return (struct margins){block->nz + 2 * noise->half[AXIS_Z],
                            block->ny + 2 * noise->half[AXIS_Y]};
}

int64_t phantom_noise_work(const struct phantom_noise *noise, const struct phantom_block *block)
{
    const struct margins wide = with_margins(noise, block);
    const int64_t row = block->nx + 2 * noise->half[AXIS_X];
    return (wide.ny + wide.nz * block->ny) * block->nx + row + block->nx;
}

/* One section, smoothed along x and y: `rows` holds [wide.ny][nx] and `to` gets [ny][nx]. */
static void make_section(const struct phantom_noise *noise, const struct phantom_block *block,
                         int64_t z, float *line, float *rows, float *to)
{
    const int64_t nx = block->nx, margin = noise->half[AXIS_Y];
    for (int64_t y = -margin; y < block->ny + margin; ++y) {
        white_row(noise, z, block->y + y, line);
        smooth(line + noise->half[AXIS_X], 1, noise->half[AXIS_X], noise->taps[AXIS_X],
               rows + (y + margin) * nx, nx);
    }
    for (int64_t y = 0; y < block->ny; ++y)
        smooth(rows + (y + margin) * nx, nx, margin, noise->taps[AXIS_Y], to + y * nx, nx);
}

void phantom_noise_add(const struct phantom_noise *noise, const struct phantom_block *block,
                       float *work, float *density)
{
    const int64_t nx = block->nx, section = block->ny * nx, margin = noise->half[AXIS_Z];
    const struct margins wide = with_margins(noise, block);
    float *line = work, *row = line + nx + 2 * noise->half[AXIS_X];
    float *rows = row + nx, *sections = rows + wide.ny * nx;
    for (int64_t z = 0; z < wide.nz; ++z)
        make_section(noise, block, block->z + z - margin, line, rows, sections + z * section);
    for (int64_t i = 0; i < block->nz * block->ny; ++i) {
        smooth(sections + margin * section + i * nx, section, margin, noise->taps[AXIS_Z], row, nx);
        for (int64_t x = 0; x < nx; ++x)
            density[i * nx + x] += row[x];
    }
}
