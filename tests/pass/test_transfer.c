/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A volume handed to a sink: every row once, in file order within a pen, in units that are slabs
 * and bands of the size asked for; and failures of the sink. */

#include "pass_fixture.h"

#include "scratch_sink.h"
#include "transfer.h"

#include <pthread.h>

/* Notes what pens are given. */
struct recorder {
    struct ocs_box box;
    const float *expected;
    pthread_mutex_t lock;
    unsigned *times; /* by row of the box                                                  */
    unsigned opened, kept, dropped;
    uint64_t fail_at; /* section and row whose rows are refused; UINT64_MAX: none           */
    uint64_t most_rows, most_planes;
};

struct recording_pen {
    struct recorder *recorder;
    uint64_t z0, y0, y1, next_z, next_y;
    bool started;
};

static enum ocs_status open_pen(void *self, void **pen_ret, struct ocs_error *error)
{
    (void)error;
    struct recorder *const recorder = self;
    struct recording_pen *const pen = calloc(1, sizeof *pen);
    pen->recorder = recorder;
    pthread_mutex_lock(&recorder->lock);
    ++recorder->opened;
    pthread_mutex_unlock(&recorder->lock);
    *pen_ret = pen;
    return OCS_OK;
}

static bool follows(struct recording_pen *pen, uint64_t z, uint64_t y, uint64_t rows)
{
    if (!pen->started) {
        pen->started = true;
        pen->z0 = pen->next_z = z;
        pen->y0 = pen->next_y = y;
    }
    if (z == pen->next_z + 1 && y == pen->y0) { /* the next section of the same band */
        pen->next_z = z;
        pen->next_y = y;
    }
    const bool good = z == pen->next_z && y == pen->next_y;
    pen->next_y = y + rows;
    pen->y1 = y + rows > pen->y1 ? y + rows : pen->y1;
    return good;
}

static enum ocs_status put_rows(void *self, uint64_t z, uint64_t y, uint64_t rows,
                                const float *voxels, struct ocs_error *error)
{
    struct recording_pen *const pen = self;
    struct recorder *const recorder = pen->recorder;
    const struct ocs_box box = recorder->box;
    if (z * box.y + y == recorder->fail_at) {
        *error = (struct ocs_error){.status = OCS_NO_SPACE};
        return OCS_NO_SPACE;
    }
    pthread_mutex_lock(&recorder->lock);
    assert_true(follows(pen, z, y, rows));
    for (uint64_t row = 0; row < rows; ++row)
        ++recorder->times[z * box.y + y + row];
    pthread_mutex_unlock(&recorder->lock);
    assert_memory_equal(voxels, recorder->expected + (z * box.y + y) * box.x,
                        rows * box.x * sizeof *voxels);
    return OCS_OK;
}

static enum ocs_status close_pen(void *self, bool keep, struct ocs_error *error)
{
    (void)error;
    struct recording_pen *const pen = self;
    struct recorder *const recorder = pen->recorder;
    pthread_mutex_lock(&recorder->lock);
    ++*(keep ? &recorder->kept : &recorder->dropped);
    recorder->most_rows = ocs_max_u64(recorder->most_rows, pen->y1 - pen->y0);
    recorder->most_planes = ocs_max_u64(recorder->most_planes, pen->next_z + 1 - pen->z0);
    pthread_mutex_unlock(&recorder->lock);
    free(pen);
    return OCS_OK;
}

static const struct ocs_box box = {7, 37, 11};

static void every_row_once(void **state)
{
    static const uint64_t cuts[][2] = {{7, 0}, {2, 0}, {3, 16}, {1, 10}, {100, 37}, {4, 1}};
    float *const voxels = random_voxels(box, 3);
    for (size_t cut = 0; cut < sizeof cuts / sizeof *cuts; ++cut)
        for (unsigned threads = 1; threads <= 3; ++threads) {
            struct stage stage;
            stage_open(&stage, state);
            const struct ocs_volume volume = stage_volume(&stage, box, voxels);
            struct recorder recorder = {.box = box, .expected = voxels, .fail_at = UINT64_MAX};
            pthread_mutex_init(&recorder.lock, NULL);
            recorder.times = calloc(box.z * box.y, sizeof *recorder.times);
            const struct ocs_sink sink = {&recorder, open_pen, put_rows, close_pen};
            const struct ocs_feed_source source = {.volume = &volume};
            struct ocs_transfer transfer = {
                .name = "transfer",
                .context = &stage.context,
                .source = &source,
                .slabs = {box, cuts[cut][0], cuts[cut][1]},
                .sink = &sink,
            };
            const struct ocs_pass pass = ocs_transfer_pass(&transfer);
            run_pass(&stage, &pass, threads);
            for (uint64_t row = 0; row < box.z * box.y; ++row)
                assert_int_equal(recorder.times[row], 1);
            assert_int_equal(recorder.opened, pass.units);
            assert_int_equal(recorder.kept, pass.units);
            const uint64_t rows = cuts[cut][1] ? cuts[cut][1] : box.y;
            assert_int_equal(recorder.most_rows, rows);
            assert_int_equal(recorder.most_planes, ocs_min_u64(cuts[cut][0], box.z));
            assert_int_equal(stage.beat.done, voxels_of_box(box));
            assert_int_equal(transfer.tally.voxels, voxels_of_box(box));
            free(recorder.times);
            stage_close(&stage);
        }
    free(voxels);
}

static void memory_is_as_stated(void **state)
{
    struct stage stage;
    stage_open(&stage, state);
    float *const voxels = random_voxels(box, 4);
    const struct ocs_volume volume = stage_volume(&stage, box, voxels);
    struct ocs_volume copy = stage_volume(&stage, box, NULL);
    const struct ocs_sink sink = ocs_scratch_sink(&copy);
    const struct ocs_feed_source source = {.volume = &volume};
    struct ocs_transfer transfer = {.name = "transfer",
                                    .context = &stage.context,
                                    .source = &source,
                                    .slabs = {box, 2, 16},
                                    .sink = &sink};
    const struct ocs_pass pass = ocs_transfer_pass(&transfer);
    run_pass(&stage, &pass, 2);
    assert_true(ocs_budget_high_water(stage.budget) <=
                2 * ocs_transfer_need(&stage.reading, &volume, NULL, box.x));
    float *const back = voxels_back(&stage, &copy);
    assert_memory_equal(back, voxels, voxels_of_box(box) * sizeof *voxels);
    free(back);
    free(voxels);
    stage_close(&stage);
}

static void sink_fails(void **state)
{
    struct stage stage;
    stage_open(&stage, state);
    float *const voxels = random_voxels(box, 5);
    const struct ocs_volume volume = stage_volume(&stage, box, voxels);
    struct recorder recorder = {.box = box, .expected = voxels, .fail_at = 3 * box.y + 16};
    pthread_mutex_init(&recorder.lock, NULL);
    recorder.times = calloc(box.z * box.y, sizeof *recorder.times);
    const struct ocs_sink sink = {&recorder, open_pen, put_rows, close_pen};
    const struct ocs_feed_source source = {.volume = &volume};
    struct ocs_transfer transfer = {.name = "transfer",
                                    .context = &stage.context,
                                    .source = &source,
                                    .slabs = {box, 7, 0},
                                    .sink = &sink};
    const struct ocs_pass pass = ocs_transfer_pass(&transfer);
    assert_int_equal(
        ocs_workers_run(&pass, 1, &stage.beat, ignore_tick, NULL, &stage.fixture->error),
        OCS_NO_SPACE);
    assert_int_equal(recorder.dropped, 1);
    assert_int_equal(recorder.kept, 0);
    free(recorder.times);
    free(voxels);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_row_once, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(memory_is_as_stated, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(sink_fails, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
