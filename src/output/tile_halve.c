/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tile_halve.h"

/* The voxels of one mean: four rows, some of which may not exist. */
struct rows {
    const float *row[2][2]; /* [z][y]; NULL beyond the far side                            */
    double share;           /* 1 / (sections times rows)                                   */
};

static struct rows rows_at(const float *voxels, struct ocs_box block, uint64_t stride, uint64_t z,
                           uint64_t y)
{
    struct rows rows = {.share = 1};
    for (uint64_t dz = 0; dz < 2; ++dz)
        for (uint64_t dy = 0; dy < 2; ++dy)
            if (z + dz < block.z && y + dy < block.y)
                rows.row[dz][dy] = voxels + (z + dz) * stride + (y + dy) * block.x;
    rows.share = (rows.row[1][0] ? 0.5 : 1) * (rows.row[0][1] ? 0.5 : 1);
    return rows;
}

static double sum_along_x(const float *row, uint64_t x, uint64_t nx)
{
    if (!row)
        return 0;
    return x + 1 < nx ? (double)row[x] + (double)row[x + 1] : (double)row[x];
}

static double sum_of_section(const float *const row[2], uint64_t x, uint64_t nx)
{
    const double first = sum_along_x(row[0], x, nx);
    return row[1] ? first + sum_along_x(row[1], x, nx) : first;
}

static void halve_some(const struct rows *rows, uint64_t x, uint64_t nx, float *to)
{
    for (; x < nx; x += 2) {
        double sum = sum_of_section(rows->row[0], x, nx);
        if (rows->row[1][0])
            sum += sum_of_section(rows->row[1], x, nx);
        to[x / 2] = (float)(sum * rows->share * (x + 1 < nx ? 0.5 : 1));
    }
}

/* The usual case, without a question inside. */
static void halve_all(const struct rows *rows, uint64_t pairs, float *to)
{
    const float *const a = rows->row[0][0], *const b = rows->row[0][1];
    const float *const c = rows->row[1][0], *const d = rows->row[1][1];
    for (uint64_t i = 0; i < pairs; ++i) {
        const uint64_t x = 2 * i;
        const double first = ((double)a[x] + (double)a[x + 1]) + ((double)b[x] + (double)b[x + 1]);
        const double second = ((double)c[x] + (double)c[x + 1]) + ((double)d[x] + (double)d[x + 1]);
        to[i] = (float)((first + second) * 0.125);
    }
}

/* A mean never lies behind the first voxel it is made of, so it may take that place: what is still
 * to be read lies further on. */
void ocs_tile_halve(float *voxels, struct ocs_box block, uint64_t stride)
{
    float *to = voxels;
    for (uint64_t z = 0; z < block.z; z += 2)
        for (uint64_t y = 0; y < block.y; y += 2) {
            const struct rows rows = rows_at(voxels, block, stride, z, y);
            if (rows.row[1][1]) {
                halve_all(&rows, block.x / 2, to);
                halve_some(&rows, block.x / 2 * 2, block.x, to);
            } else {
                halve_some(&rows, 0, block.x, to);
            }
            to += (block.x + 1) / 2;
        }
}
