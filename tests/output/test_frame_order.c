/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames in any order, from several threads, end up one after another; headers as frames. */

#include "io/io_fixture.h"

#include "frame_order.h"
#include "header_frame.h"
#include "publish_file.h"

#include <pthread.h>
#include <zstd.h>

enum { FRAMES = 200, LARGEST = 700, FIRST = 33, THREADS = 4 };

static bool mounting;

static uint32_t frame_bytes(uint32_t index)
{
    return 1 + (index * 2654435761U >> 7) % LARGEST;
}

/* A permutation of 1 .. FRAMES - 1; 199 is prime. */
static uint32_t in_order(unsigned order, uint32_t i)
{
    switch (order) {
    case 0:
        return i;
    case 1:
        return FRAMES - i; /* the first comes last: all others wait */
    default:
        return (uint32_t)(1 + (uint64_t)i * (7 * order + 5) % (FRAMES - 1));
    }
}

struct worker {
    struct ocs_frame_order *order;
    unsigned how, first;
    pthread_t thread;
    struct ocs_error error;
};

static void *put_frames(void *argument)
{
    struct worker *const worker = argument;
    for (uint32_t i = 1 + worker->first; i < FRAMES; i += THREADS) {
        const uint32_t index = in_order(worker->how, i);
        unsigned char packed[LARGEST];
        for (uint32_t k = 0; k < LARGEST; ++k)
            packed[k] = byte_at(1000 * index + k);
        const struct ocs_seek_entry bytes = {frame_bytes(index), index};
        if (ocs_frame_order_put(worker->order, index, packed, &bytes, &worker->error) != OCS_OK)
            return argument;
    }
    return NULL;
}

static enum ocs_status put_all(struct ocs_frame_order *order, unsigned how, bool threads,
                               struct ocs_error *error)
{
    struct worker workers[THREADS];
    enum ocs_status status = OCS_OK;
    for (unsigned i = 0; i < THREADS; ++i) {
        workers[i] = (struct worker){.order = order, .how = how, .first = i};
        if (threads)
            assert_int_equal(pthread_create(&workers[i].thread, NULL, put_frames, &workers[i]), 0);
        else if (put_frames(&workers[i]))
            status = workers[i].error.status;
    }
    for (unsigned i = 0; threads && i < THREADS; ++i) {
        void *failed;
        pthread_join(workers[i].thread, &failed);
        if (failed)
            status = workers[i].error.status;
        if (failed)
            *error = workers[i].error;
    }
    return status;
}

static void frames_follow_one_another(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_error *const error = &fixture->error;
    struct ocs_budget *budget;
    assert_int_equal(ocs_budget_create(1 << 20, &budget, error), OCS_OK);
    for (unsigned how = 0; how < 12; ++how) {
        const struct fixture_path path = in_dir(fixture, "out");
        struct ocs_output_file *file;
        struct ocs_frame_order *order;
        const struct ocs_seek_entry first = {FIRST, 0};
        assert_int_equal(ocs_output_file_create(path.text, true, 0, &file, error), OCS_OK);
        assert_int_equal(ocs_frame_order_open(budget, file, FRAMES, &first, LARGEST, &order, error),
                         OCS_OK);
        assert_true(ocs_budget_in_use(budget) <= ocs_frame_order_need(FRAMES));
        if (put_all(order, how % 6, how >= 6, error) != OCS_OK)
            assert_says(error, "no error");
        uint64_t end, at = FIRST;
        const struct ocs_seek_entry *const entries = ocs_frame_order_entries(order, &end);
        for (uint32_t index = 1; index < FRAMES; ++index) {
            unsigned char got[LARGEST];
            assert_int_equal(entries[index].packed_bytes, frame_bytes(index));
            assert_int_equal(entries[index].plain_bytes, index);
            assert_int_equal(ocs_output_file_read(file, at, got, frame_bytes(index), error),
                             OCS_OK);
            for (uint32_t k = 0; k < frame_bytes(index); ++k)
                assert_int_equal(got[k], byte_at(1000 * index + k));
            at += frame_bytes(index);
        }
        assert_int_equal(end, at);
        assert_int_equal(ocs_output_file_cut(file, end, error), OCS_OK);
        ocs_frame_order_close(order);
        assert_int_equal(publish_file(file, error), OCS_OK);
        assert_int_equal(file_bytes(path.text), end);
    }
    assert_int_equal(ocs_budget_in_use(budget), 0);
    ocs_budget_destroy(budget);
}

static void a_full_disk_ends_it(void **state)
{
    struct fixture *const fixture = *state;
    if (!mounting || !mount_small(fixture, 32))
        skip();
    struct ocs_error *const error = &fixture->error;
    struct ocs_budget *budget;
    assert_int_equal(ocs_budget_create(1 << 20, &budget, error), OCS_OK);
    struct ocs_output_file *file;
    struct ocs_frame_order *order;
    const struct ocs_seek_entry first = {FIRST, 0};
    assert_int_equal(ocs_output_file_create(in_dir(fixture, "out").text, false, 0, &file, error),
                     OCS_OK);
    assert_int_equal(ocs_frame_order_open(budget, file, FRAMES, &first, LARGEST, &order, error),
                     OCS_OK);
    assert_int_equal(put_all(order, 3, true, error), OCS_NO_SPACE);
    ocs_frame_order_close(order);
    ocs_output_file_abandon(file);
    assert_int_equal(count_entries(fixture->dir), 0);
    ocs_budget_destroy(budget);
    unmount_small(fixture);
}

static void files_beyond_any_size_are_refused(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_error *const error = &fixture->error;
    struct ocs_budget *budget;
    assert_int_equal(ocs_budget_create(1 << 20, &budget, error), OCS_OK);
    struct ocs_output_file *file;
    struct ocs_frame_order *order = NULL;
    const struct ocs_seek_entry first = {FIRST, 0};
    assert_int_equal(ocs_output_file_create(in_dir(fixture, "out").text, false, 0, &file, error),
                     OCS_OK);
    assert_int_equal(
        ocs_frame_order_open(budget, file, 1 << 27, &first, UINT64_C(1) << 40, &order, error),
        OCS_LIMIT);
    assert_says(error, "larger than any file");
    for (uint64_t nth = 1; nth <= 2; ++nth) {
        ocs_budget_fail_nth(budget, nth);
        assert_int_equal(ocs_frame_order_open(budget, file, 9, &first, 9, &order, error),
                         OCS_LIMIT);
    }
    assert_null(order);
    assert_int_equal(ocs_budget_in_use(budget), 0);
    ocs_output_file_abandon(file);
    ocs_budget_destroy(budget);
}

/* libzstd checks the checksum. */
static void a_header_is_one_frame_of_fixed_size(void **state)
{
    (void)state;
    struct ocs_error error;
    struct ocs_budget *budget;
    assert_int_equal(ocs_budget_create(1 << 22, &budget, &error), OCS_OK);
    for (int i = 0; i < 20; ++i) {
        struct ocs_mrc_header header = {.nx = i, .ny = 5 - i, .mode = 2, .dmean = (float)i / 7};
        for (int k = 0; k < OCS_MRC_LABEL_BYTES; ++k)
            header.labels[i % OCS_MRC_LABELS][k] = (char)byte_at((uint64_t)(i * 100 + k));
        unsigned char frame[OCS_HEADER_FRAME_BYTES], right[OCS_MRC_HEADER_BYTES], got[2048];
        assert_int_equal(ocs_header_frame_make(budget, &header, frame, &error), OCS_OK);
        assert_true(ocs_budget_high_water(budget) <= ocs_header_frame_need());
        ocs_mrc_pack(&header, right);
        assert_int_equal(ZSTD_findFrameCompressedSize(frame, sizeof frame), sizeof frame);
        assert_int_equal(ZSTD_getFrameContentSize(frame, sizeof frame), sizeof right);
        assert_int_equal(ZSTD_decompress(got, sizeof got, frame, sizeof frame), sizeof right);
        assert_memory_equal(got, right, sizeof right);
        frame[sizeof frame - 1] ^= 1;
        assert_true(ZSTD_isError(ZSTD_decompress(got, sizeof got, frame, sizeof frame)));
    }
    assert_int_equal(ocs_budget_in_use(budget), 0);
    ocs_budget_destroy(budget);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    mounting = may_mount();
    const struct CMUnitTest tests[] = {
        TEST(frames_follow_one_another),
        TEST(a_full_disk_ends_it),
        TEST(files_beyond_any_size_are_refused),
        cmocka_unit_test(a_header_is_one_frame_of_fixed_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
