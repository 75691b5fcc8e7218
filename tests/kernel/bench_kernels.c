/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How fast the kernels are: million voxels a second, one thread, for every SIMD level of this
 * machine. bench_kernels [--json] The data is one plane of 512 rows of 512 voxels: noise with a
 * brighter part, like a map's. */

#include "ball_max.h"
#include "histogram.h"
#include "modify.h"
#include "voxels.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NX = 512, NY = 512, PLANE = NX * NY, BINS = 1000 };

struct bench {
    const struct ocs_kernels *kernels;
    float *plane, *result;
    float edge[BINS + 1], table[BINS];
    struct ocs_binning binning;
    uint64_t counts[OCS_COUNT_TABLES * BINS], checksum;
    struct ocs_budget *budget;
    struct ocs_ball_max *ball_max;
    unsigned group, planes; /* planes a push, planes so far */
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void fill(struct bench *bench)
{
    uint64_t state = 1;
    for (size_t i = 0; i < PLANE; ++i) {
        float sum = 0;
        for (int k = 0; k < 4; ++k) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            sum += (float)(state >> 40) / (float)(1 << 24);
        }
        bench->plane[i] = (sum - 2.0F) * 0.1F + (i % 97 == 0 ? 0.5F : 0.0F);
    }
    for (int i = 0; i <= BINS; ++i)
        bench->edge[i] = -0.2F + 0.9F * (float)i / BINS;
    bench->binning = ocs_binning_make(bench->edge, BINS, BINS / 0.9F);
    for (int i = 0; i < BINS; ++i)
        bench->table[i] = (float)i / BINS;
}

static void run_stats(struct bench *b, size_t row)
{
    struct ocs_row_stats stats;
    b->kernels->stats(b->plane + row, NX, &stats);
    b->checksum += stats.nonfinite;
}

static void run_range(struct bench *b, size_t row)
{
    float min = 0, max = 0;
    b->kernels->range(b->plane + row, NX, &min, &max);
    b->checksum += max > 1;
}

static void run_zero_nonfinite(struct bench *b, size_t row)
{
    b->kernels->zero_nonfinite(b->plane + row, NX);
}

static void run_count_above(struct bench *b, size_t row)
{
    b->checksum += b->kernels->count_above(b->plane + row, NX, 0.1F);
}

static void run_max2(struct bench *b, size_t row)
{
    b->kernels->max2(b->plane + row, b->result + row, b->result + row, NX);
}

static void run_max_rows(struct bench *b, size_t row)
{
    const float *rows[8];
    for (size_t r = 0; r < 8; ++r)
        rows[r] = b->plane + (row + r * NX) % PLANE;
    b->kernels->max_rows(rows, 8, false, b->result + row, NX);
}

static void run_scale(struct bench *b, size_t row)
{
    b->kernels->scale(b->plane + row, b->result + row, NX, 0.5F, 0.05F);
}

static void run_lookup(struct bench *b, size_t row)
{
    const struct ocs_lookup how = {b->table, BINS, 0.9F, -0.2F, 0};
    b->kernels->lookup(&how, b->plane + row, b->result + row, NX);
}

static void run_histogram_row(struct bench *b, size_t row)
{
    b->kernels->histogram(&b->binning, b->plane + row, NX, b->counts);
}

/* The whole plane at the first row, nothing at the others. */
static void run_histogram(struct bench *b, size_t row)
{
    if (row == 0)
        b->kernels->histogram(&b->binning, b->plane, PLANE, b->counts);
}

static void run_power(struct bench *b, size_t row)
{
    b->kernels->power(b->plane + row, b->result + row, NX, 0.05F, -0.75F);
}

static void run_sigmoid(struct bench *b, size_t row)
{
    b->kernels->sigmoid(b->plane + row, b->result + row, NX, 0.5, 3.0F);
}

static void run_normal(struct bench *b, size_t row)
{
    b->kernels->normal(1, row, b->result + row, NX);
}

/* Scale and confidence are the map again, so both sides of every condition occur. */
static void run_modify(struct bench *b, size_t row, enum ocs_modification kind)
{
    const struct ocs_modify_request request = {
        .kind = kind, .strength = 3, .pivot = 0.4, .scale_limit = 0.05, .solvent = {1, 0, 0.1}};
    struct ocs_modify modify;
    ocs_modify_make(&request, &modify);
    ocs_modify_row(&modify, b->kernels, b->plane + row, b->plane + row, b->plane + row, row,
                   b->result + row, NX);
}

static void run_amplify(struct bench *b, size_t row)
{
    run_modify(b, row, OCS_AMPLIFY);
}

static void run_attenuate(struct bench *b, size_t row)
{
    run_modify(b, row, OCS_ATTENUATE);
}

static void run_sigmoid_row(struct bench *b, size_t row)
{
    run_modify(b, row, OCS_SIGMOID);
}

/* The plane's bytes, taken as voxels of another mode; every bit pattern is a voxel. */
static void decode(struct bench *b, size_t row, int32_t mode, bool swapped)
{
    const struct ocs_voxel_format format = {.mode = mode, .swapped = swapped};
    const unsigned char *const bytes = (const unsigned char *)b->plane;
    const uint64_t row_bytes = ocs_voxels_row_bytes(mode, NX);
    ocs_voxels_decode_row(&format, b->kernels->level, bytes + row / NX * row_bytes, b->result + row,
                          NX);
}

static void run_decode_int8(struct bench *b, size_t row)
{
    decode(b, row, OCS_MODE_INT8, false);
}

static void run_decode_int16(struct bench *b, size_t row)
{
    decode(b, row, OCS_MODE_INT16, false);
}

static void run_decode_int16_swapped(struct bench *b, size_t row)
{
    decode(b, row, OCS_MODE_INT16, true);
}

static void run_decode_float32_swapped(struct bench *b, size_t row)
{
    decode(b, row, OCS_MODE_FLOAT32, true);
}

static void run_decode_float16(struct bench *b, size_t row)
{
    decode(b, row, OCS_MODE_FLOAT16, false);
}

static void run_decode_uint4(struct bench *b, size_t row)
{
    decode(b, row, OCS_MODE_UINT4, false);
}

static void run_ball(struct bench *b, size_t row)
{
    const float *const planes[] = {b->plane, b->plane, b->plane, b->plane};
    if (row == 0 && b->planes++ % b->group == 0)
        ocs_ball_max_push(b->ball_max, planes, b->group);
}

static const struct {
    const char *name;
    void (*run)(struct bench *bench, size_t row);
    unsigned size; /* of a ball, 0 for the others */
    float radius;
} benches[] = {
    {"stats", run_stats, 0, 0},
    {"range", run_range, 0, 0},
    {"zero_nonfinite", run_zero_nonfinite, 0, 0},
    {"count_above", run_count_above, 0, 0},
    {"max2", run_max2, 0, 0},
    {"max_rows_8", run_max_rows, 0, 0},
    {"scale", run_scale, 0, 0},
    {"lookup", run_lookup, 0, 0},
    {"histogram_row", run_histogram_row, 0, 0},
    {"histogram", run_histogram, 0, 0},
    {"power", run_power, 0, 0},
    {"sigmoid", run_sigmoid, 0, 0},
    {"normal", run_normal, 0, 0},
    {"amplify_row", run_amplify, 0, 0},
    {"attenuate_row", run_attenuate, 0, 0},
    {"sigmoid_row", run_sigmoid_row, 0, 0},
    {"decode_int8", run_decode_int8, 0, 0},
    {"decode_int16", run_decode_int16, 0, 0},
    {"decode_int16_swap", run_decode_int16_swapped, 0, 0},
    {"decode_float32_swap", run_decode_float32_swapped, 0, 0},
    {"decode_float16", run_decode_float16, 0, 0},
    {"decode_uint4", run_decode_uint4, 0, 0},
    {"ball_max_5", run_ball, 5, 2.5F},
    {"ball_max_9", run_ball, 9, 4.0F},
    {"ball_max_31", run_ball, 31, 15.0F},
};
enum { BENCHES = sizeof benches / sizeof *benches };

/* The best of several short rounds: other work on the machine only ever slows a round down. */
static double measure(struct bench *bench, void (*run)(struct bench *, size_t))
{
    double best = 0;
    for (int round = 0; round < 12; ++round) {
        int planes = 0;
        const double start = now();
        double spent = 0;
        while (spent < 0.02) {
            for (size_t row = 0; row < PLANE; row += NX)
                run(bench, row);
            ++planes;
            spent = now() - start;
        }
        const double speed = planes * (double)PLANE / spent / 1e6;
        best = speed > best ? speed : best;
    }
    return best;
}

/* False when there is no memory. */
static bool start_ball(struct bench *bench, unsigned size, float radius)
{
    const struct ocs_ball_shape shape = {{size, size, size}, {radius, radius, radius}};
    struct ocs_ball ball;
    struct ocs_error error;
    if (ocs_ball_make(&shape, &ball, &error) != OCS_OK ||
        ocs_ball_max_create(bench->budget, &ball, bench->kernels, NY, NX, &bench->ball_max,
                            &error) != OCS_OK)
        return false;
    ocs_ball_max_start(bench->ball_max, 0, INT64_MAX / 2, 0, NY, 0);
    bench->group = ocs_ball_max_group(&ball);
    bench->planes = 0;
    return true;
}

static bool run_level(struct bench *bench, bool json)
{
    for (size_t i = 0; i < BENCHES; ++i) {
        if (benches[i].size && !start_ball(bench, benches[i].size, benches[i].radius))
            return false;
        const double speed = measure(bench, benches[i].run);
        printf(json ? "{\"kernel\":\"%s\",\"simd\":\"%s\",\"mvoxel_s\":%.0f}\n"
                    : "%-20s %-8s %8.0f Mvoxel/s\n",
               benches[i].name, ocs_simd_name(bench->kernels->level), speed);
        ocs_ball_max_destroy(bench->budget, bench->ball_max);
        bench->ball_max = NULL;
    }
    return true;
}

int main(int argc, char **argv)
{
    const bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    struct ocs_error error;
    struct bench *const bench = calloc(1, sizeof *bench);
    if (!bench || ocs_budget_create(UINT64_MAX, &bench->budget, &error) != OCS_OK)
        return 1;
    bench->plane = aligned_alloc(64, PLANE * sizeof(float));
    bench->result = aligned_alloc(64, PLANE * sizeof(float));
    if (!bench->plane || !bench->result)
        return 1;
    fill(bench);
    memset(bench->result, 0, PLANE * sizeof(float));
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level) {
        if (!ocs_simd_available((enum ocs_simd)level))
            continue;
        bench->kernels = ocs_kernels_for((enum ocs_simd)level);
        if (!run_level(bench, json))
            return 1;
    }
    ocs_budget_destroy(bench->budget);
    free(bench->plane);
    free(bench->result);
    free(bench);
    return 0;
}
