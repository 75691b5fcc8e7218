/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The solvent region voxel by voxel, and statistics that do not depend on the order of rows. */

#include "pass_fixture.h"

#include "region.h"
#include "tally.h"

#include <math.h>

static void ball_voxel_by_voxel(void **state)
{
    (void)state;
    const struct ocs_box boxes[] = {{16, 16, 16}, {17, 17, 17}, {16, 21, 30}, {33, 18, 16},
                                    {40, 40, 40}, {1, 5, 9},    {24, 3, 24}};
    for (size_t b = 0; b < sizeof boxes / sizeof *boxes; ++b) {
        const struct ocs_box box = boxes[b];
        const double shortest = fmin((double)box.z, fmin((double)box.y, (double)box.x));
        const struct ocs_region_shape ball = {box, true}, whole = {box, false};
        for (uint64_t z = 0; z < box.z; ++z)
            for (uint64_t y = 0; y < box.y; ++y) {
                uint64_t x0, x1;
                ocs_region_row(&whole, z, y, &x0, &x1);
                assert_true(x0 == 0 && x1 == box.x);
                ocs_region_row(&ball, z, y, &x0, &x1);
                for (uint64_t x = 0; x < box.x; ++x) {
                    const double dz = (double)z - ((double)box.z - 1) / 2;
                    const double dy = (double)y - ((double)box.y - 1) / 2;
                    const double dx = (double)x - ((double)box.x - 1) / 2;
                    const bool inside =
                        sqrtf((float)(dz * dz + dy * dy + dx * dx)) <= (float)(shortest / 2);
                    assert_int_equal(x >= x0 && x < x1, inside);
                }
            }
    }
}

enum { ROWS = 60, LENGTH = 37 };

static void tally_in_any_order(void **state)
{
    (void)state;
    static float rows[ROWS][LENGTH];
    uint64_t seed = 9;
    double sum = 0, square = 0, low = HUGE_VAL, high = -HUGE_VAL;
    uint64_t finite = 0;
    for (int row = 0; row < ROWS; ++row)
        for (int x = 0; x < LENGTH; ++x) {
            /* Of very different sizes, so that plain sums would depend on the order. */
            const double value = (random_unit(&seed) - 0.4) * pow(10, 12 * random_unit(&seed));
            rows[row][x] = (float)value;
            if ((row * LENGTH + x) % 101 == 50)
                rows[row][x] = x % 2 ? NAN : -INFINITY;
            if (!isfinite(rows[row][x]))
                continue;
            const double kept = (double)rows[row][x];
            sum += kept;
            square += kept * kept;
            low = fmin(low, kept);
            high = fmax(high, kept);
            ++finite;
        }
    const struct ocs_kernels *const kernels = ocs_kernels_for(ocs_simd_best());
    double mean = 0, rms = 0;
    for (int order = 0; order < 20; ++order) {
        static struct ocs_tally tally[3], total;
        memset(tally, 0, sizeof tally);
        memset(&total, 0, sizeof total);
        const int step = (const int[]){1, 7, 11, 13, 17}[order % 5]; /* no factor of 60 */
        for (int i = 0, row = order; i < ROWS; ++i, row += step)
            ocs_tally_row(&tally[i * (order % 3 + 1) % 3], kernels, rows[row % ROWS], LENGTH);
        for (int i = 0; i < 3; ++i)
            ocs_tally_merge(&total, &tally[(i + order) % 3]);
        assert_int_equal(total.voxels, finite);
        assert_int_equal(total.nonfinite, ROWS * LENGTH - finite);
        assert_true((double)total.min == low && (double)total.max == high);
        if (order == 0) {
            mean = ocs_tally_mean(&total);
            rms = ocs_tally_rms(&total);
            const double expected = sum / (double)finite;
            assert_true(fabs(mean - expected) <= 1e-12 * fabs(high));
            assert_true(fabs(rms / sqrt(square / (double)finite - expected * expected) - 1) <
                        1e-12);
        }
        assert_true(ocs_tally_mean(&total) == mean); /* bit for bit */
        assert_true(ocs_tally_rms(&total) == rms);
    }
}

static void empty_tally(void **state)
{
    (void)state;
    static struct ocs_tally empty, other;
    const float row[2] = {NAN, 3};
    ocs_tally_row(&other, ocs_kernels_for(OCS_SIMD_SCALAR), row, 2);
    ocs_tally_merge(&empty, &other);
    assert_true(empty.voxels == 1 && empty.nonfinite == 1 && empty.min == 3 && empty.max == 3);
    static struct ocs_tally nothing;
    ocs_tally_merge(&empty, &nothing);
    assert_true(empty.min == 3 && empty.max == 3);
    assert_true(ocs_tally_mean(&nothing) == 0 && ocs_tally_rms(&nothing) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ball_voxel_by_voxel),
        cmocka_unit_test(tally_in_any_order),
        cmocka_unit_test(empty_tally),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
