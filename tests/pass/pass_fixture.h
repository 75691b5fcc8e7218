/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TEST_PASS_FIXTURE_H
#define OCS_TEST_PASS_FIXTURE_H

/* What a pass needs around it, and volumes of made-up voxels in a scratch file. */

#include "io/io_fixture.h"

#include "pass.h"
#include "scratch.h"
#include "workers.h"

enum { SCRATCH_BYTES = 4 << 20 };

struct stage {
    struct fixture *fixture;
    struct ocs_budget *budget;
    struct ocs_scratch *scratch;
    uint64_t scratch_used;
    struct ocs_beat beat;
    struct ocs_reading reading;
    struct ocs_run_context context;
};

static inline void fine(const struct fixture *fixture, enum ocs_status status)
{
    if (status != OCS_OK)
        assert_says(&fixture->error, "no error");
}

static inline void stage_open(struct stage *stage, void **state)
{
    *stage = (struct stage){.fixture = *state};
    struct ocs_error *const error = &stage->fixture->error;
    fine(stage->fixture, ocs_budget_create(UINT64_C(1) << 30, &stage->budget, error));
    fine(stage->fixture,
         ocs_scratch_create(stage->fixture->dir, SCRATCH_BYTES, &stage->scratch, error));
    stage->reading =
        (struct ocs_reading){.budget = stage->budget, .chunk_bytes = 1 << 16, .depth = 2};
    stage->context = (struct ocs_run_context){.budget = stage->budget,
                                              .kernels = ocs_kernels_for(ocs_simd_best()),
                                              .reading = &stage->reading,
                                              .beat = &stage->beat};
}

static inline void stage_close(struct stage *stage)
{
    assert_int_equal(ocs_budget_in_use(stage->budget), 0);
    ocs_scratch_close(stage->scratch);
    ocs_budget_destroy(stage->budget);
}

static inline void ignore_tick(void *user, const struct ocs_pass *pass, uint64_t voxels_done)
{
    (void)user, (void)pass, (void)voxels_done;
}

static inline void run_pass(struct stage *stage, const struct ocs_pass *pass, unsigned threads)
{
    fine(stage->fixture,
         ocs_workers_run(pass, threads, &stage->beat, ignore_tick, NULL, &stage->fixture->error));
}

static inline uint64_t voxels_of_box(struct ocs_box box)
{
    return box.z * box.y * box.x;
}

/* A place in the scratch file, filled unless `voxels` is NULL. */
static inline struct ocs_volume stage_volume(struct stage *stage, struct ocs_box box,
                                             const float *voxels)
{
    const struct ocs_volume volume = {
        .box = box, .scratch = stage->scratch, .scratch_offset = stage->scratch_used};
    const uint64_t bytes = voxels_of_box(box) * sizeof *voxels;
    stage->scratch_used += bytes;
    assert_true(stage->scratch_used <= SCRATCH_BYTES);
    if (voxels)
        fine(stage->fixture, ocs_scratch_write(stage->scratch, volume.scratch_offset, voxels, bytes,
                                               &stage->fixture->error));
    return volume;
}

static inline float *voxels_back(struct stage *stage, const struct ocs_volume *volume)
{
    const uint64_t bytes = voxels_of_box(volume->box) * sizeof(float);
    float *const voxels = malloc(bytes);
    fine(stage->fixture, ocs_scratch_read(stage->scratch, volume->scratch_offset, voxels, bytes,
                                          &stage->fixture->error));
    return voxels;
}

/* In [0, 1). */
static inline double random_unit(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) * 0x1p-53;
}

static inline float *random_voxels(struct ocs_box box, uint64_t seed)
{
    float *const voxels = malloc(voxels_of_box(box) * sizeof *voxels);
    for (uint64_t i = 0; i < voxels_of_box(box); ++i)
        voxels[i] = (float)(random_unit(&seed) - 0.3);
    return voxels;
}

#endif
