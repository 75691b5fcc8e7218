/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TEST_TARGET_FIXTURE_H
#define OCS_TEST_TARGET_FIXTURE_H

/* What sweeps need to run outside a run, and maps of any type and byte order for them to read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loop.h"
#include "map.h"
#include "sweep.h"
#include "workers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bench {
    char dir[64];
    struct ocs_budget *budget;
    struct ocs_loop *loop;
    struct ocs_reading reading;
    struct ocs_beat beat;
    struct ocs_run_context context;
    struct ocs_error error;
};

struct bench_map {
    char path[128];
    struct ocs_map *map;
    struct ocs_volume volume;
};

static inline int bench_open(void **state)
{
    struct bench *const bench = calloc(1, sizeof *bench);
    *state = bench;
    snprintf(bench->dir, sizeof bench->dir, "target-test-XXXXXX");
    if (!mkdtemp(bench->dir) ||
        ocs_budget_create(UINT64_C(256) << 20, &bench->budget, &bench->error) != OCS_OK ||
        ocs_loop_create(&bench->loop, &bench->error) != OCS_OK)
        return -1;
    bench->reading = (struct ocs_reading){.loop = bench->loop,
                                          .budget = bench->budget,
                                          .simd = ocs_simd_best(),
                                          .chunk_bytes = 1 << 12,
                                          .depth = 2};
    bench->context = (struct ocs_run_context){.budget = bench->budget,
                                              .kernels = ocs_kernels_for(ocs_simd_best()),
                                              .reading = &bench->reading,
                                              .beat = &bench->beat};
    return 0;
}

/* Every test gives its memory back. */
static inline int bench_close(void **state)
{
    struct bench *const bench = *state;
    const uint64_t left = ocs_budget_in_use(bench->budget);
    ocs_loop_destroy(bench->loop);
    ocs_budget_destroy(bench->budget);
    const int removed = rmdir(bench->dir);
    free(bench);
    return left == 0 ? removed : -1;
}

static inline void bench_put(unsigned char *to, uint64_t bits, unsigned bytes, bool big_endian)
{
    for (unsigned i = 0; i < bytes; ++i)
        to[big_endian ? bytes - 1 - i : i] = (unsigned char)(bits >> 8 * i);
}

/* Whole numbers up to 2048 and their halves: all that label maps of this type are tested with. */
static inline uint64_t bench_half(float value)
{
    if (value == 0)
        return 0;
    int exponent;
    const double fraction = frexp(fabs((double)value), &exponent);
    const uint64_t mantissa = (uint64_t)((fraction * 2 - 1) * 1024);
    return (value < 0 ? 0x8000U : 0) | (uint64_t)(exponent + 14) << 10 | mantissa;
}

static inline unsigned bench_encode(unsigned char *to, float value, int mode, bool big_endian)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    switch (mode) {
    case 0:
        bench_put(to, (uint8_t)(int8_t)value, 1, big_endian);
        return 1;
    case 1:
        bench_put(to, (uint16_t)(int16_t)value, 2, big_endian);
        return 2;
    case 6:
        bench_put(to, (uint16_t)value, 2, big_endian);
        return 2;
    case 12:
        bench_put(to, bench_half(value), 2, big_endian);
        return 2;
    default:
        bench_put(to, bits, 4, big_endian);
        return 4;
    }
}

/* The words of the header that make a file a map, and one a reader has no doubts about. */
static inline void bench_header(unsigned char header[1024], struct ocs_box box, int mode,
                                bool big_endian)
{
    const uint64_t words[][2] = {{0, box.x}, {1, box.y}, {2, box.z}, {3, (uint64_t)mode},
                                 {7, box.x}, {8, box.y}, {9, box.z}, {16, 1},
                                 {17, 2},    {18, 3},    {22, 1},    {27, 20140},
                                 {10, 0},    {11, 0},    {12, 0}};
    memset(header, 0, 1024);
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
        bench_put(header + 4 * words[i][0], words[i][1], 4, big_endian);
    for (unsigned word = 10; word < 16; ++word) {
        const float value = word < 13 ? 100 : 90;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        bench_put(header + 4 * word, bits, 4, big_endian);
    }
    memcpy(header + 208, "MAP ", 4);
    memcpy(header + 212, big_endian ? "\x11\x11\0\0" : "\x44\x44\0\0", 4);
}

static inline struct bench_map bench_make(struct bench *bench, const char *name, struct ocs_box box,
                                          int mode, bool big_endian, const float *voxels)
{
    struct bench_map made = {.map = NULL};
    snprintf(made.path, sizeof made.path, "%s/%s", bench->dir, name);
    FILE *const file = fopen(made.path, "wb");
    assert_non_null(file);
    unsigned char header[1024], voxel[4];
    bench_header(header, box, mode, big_endian);
    assert_int_equal(fwrite(header, 1, sizeof header, file), sizeof header);
    for (uint64_t i = 0; i < box.z * box.y * box.x; ++i) {
        const unsigned bytes = bench_encode(voxel, voxels[i], mode, big_endian);
        assert_int_equal(fwrite(voxel, 1, bytes, file), bytes);
    }
    assert_int_equal(fclose(file), 0);
    const struct ocs_map_spec spec = {
        .path = made.path, .max_voxels = 1 << 26, .level = OCS_LEVEL_AUTO};
    assert_int_equal(ocs_map_open(&spec, &made.map, &bench->error), OCS_OK);
    made.volume = (struct ocs_volume){.box = ocs_map_mrc(made.map)->box, .map = made.map};
    return made;
}

static inline void bench_drop(struct bench_map *map)
{
    ocs_map_close(map->map);
    unlink(map->path);
}

static inline void bench_no_tick(void *user, const struct ocs_pass *pass, uint64_t voxels_done)
{
    (void)user, (void)pass, (void)voxels_done;
}

static inline void bench_run(struct bench *bench, const struct ocs_pass *pass, unsigned threads)
{
    assert_int_equal(
        ocs_workers_run(pass, threads, &bench->beat, bench_no_tick, NULL, &bench->error), OCS_OK);
}

/* Numbers that look random and are the same everywhere. */
static inline uint32_t bench_random(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*state >> 33);
}

#endif
