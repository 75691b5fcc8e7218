/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "budget.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct ocs_error error;

static struct ocs_budget *budget_of(uint64_t limit)
{
    struct ocs_budget *budget = NULL;
    assert_int_equal(ocs_budget_create(limit, &budget, &error), OCS_OK);
    return budget;
}

static void the_limit_is_exact(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1, 64, 1000, 65472, 65536, 1000000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
        const uint64_t cost = ocs_budget_cost(sizes[i]);
        assert_true(cost >= sizes[i]);
        struct ocs_budget *const enough = budget_of(cost), *const short_of = budget_of(cost - 1);
        void *const block = ocs_budget_alloc(enough, sizes[i], &error);
        assert_non_null(block);
        assert_int_equal(ocs_budget_in_use(enough), cost);
        assert_null(ocs_budget_alloc(enough, 0, &error));
        assert_null(ocs_budget_alloc(short_of, sizes[i], &error));
        assert_int_equal(error.status, OCS_LIMIT);
        assert_non_null(strstr(error.advice, "--memory"));
        assert_int_equal(ocs_budget_in_use(short_of), 0);
        ocs_budget_free(enough, block);
        assert_int_equal(ocs_budget_in_use(enough), 0);
        ocs_budget_destroy(enough);
        ocs_budget_destroy(short_of);
    }
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct ocs_budget *const budget = budget_of(UINT64_MAX);
    assert_null(ocs_budget_alloc(budget, UINT64_MAX, &error));
    assert_null(ocs_budget_alloc(budget, UINT64_MAX - 100, &error));
    assert_null(ocs_budget_array(budget, UINT64_MAX / 2, 3, &error));
    assert_null(ocs_budget_array(budget, UINT64_C(1) << 32, UINT64_C(1) << 32, &error));
    assert_int_equal(error.status, OCS_LIMIT);
    assert_int_equal(ocs_budget_in_use(budget), 0);
    void *const block = ocs_budget_array(budget, 10, 10, &error);
    assert_int_equal(ocs_budget_in_use(budget), ocs_budget_cost(100));
    ocs_budget_free(budget, block);
    ocs_budget_free(budget, NULL);
    ocs_budget_destroy(budget);
    ocs_budget_destroy(NULL);
}

static bool all_are(const unsigned char *block, uint64_t bytes, int value)
{
    uint64_t differing = 0;
    for (uint64_t i = 0; i < bytes; ++i)
        differing += block[i] != value;
    return differing == 0;
}

static void blocks_are_aligned_zeroed_and_apart(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {1, 63, 64, 65, 4000, 65471, 65472, 65473, 200000};
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    struct ocs_budget *const budget = budget_of(10 << 20);
    unsigned char *blocks[SIZES];
    for (int round = 0; round < 3; ++round) { /* memory that comes back is zeroed again */
        for (int i = 0; i < SIZES; ++i) {
            blocks[i] = ocs_budget_alloc(budget, sizes[i], &error);
            assert_non_null(blocks[i]);
            assert_int_equal((uintptr_t)blocks[i] % 64, 0);
            assert_true(all_are(blocks[i], sizes[i], 0));
            memset(blocks[i], i + 1, sizes[i]);
        }
        for (int i = 0; i < SIZES; ++i) {
            assert_true(all_are(blocks[i], sizes[i], i + 1));
            ocs_budget_free(budget, blocks[i]);
        }
    }
    ocs_budget_destroy(budget);
}

static void the_high_water_mark_stays(void **state)
{
    (void)state;
    struct ocs_budget *const budget = budget_of(1 << 20);
    void *const first = ocs_budget_alloc(budget, 1000, &error);
    void *const second = ocs_budget_alloc(budget, 100000, &error);
    const uint64_t both = ocs_budget_cost(1000) + ocs_budget_cost(100000);
    assert_int_equal(ocs_budget_high_water(budget), both);
    ocs_budget_free(budget, second);
    assert_int_equal(ocs_budget_high_water(budget), both);
    assert_null(ocs_budget_alloc(budget, 2 << 20, &error));
    assert_int_equal(ocs_budget_high_water(budget), both);
    ocs_budget_free(budget, first);
    ocs_budget_destroy(budget);
}

static void the_nth_allocation_fails_once(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 5; ++n) {
        struct ocs_budget *const budget = budget_of(1 << 20);
        ocs_budget_fail_nth(budget, n);
        for (uint64_t i = 1; i <= 8; ++i) {
            void *const block = ocs_budget_alloc(budget, 10, &error);
            assert_int_equal(block == NULL, i == n);
            ocs_budget_free(budget, block);
        }
        ocs_budget_fail_nth(budget, 1);
        ocs_budget_fail_nth(budget, 0);
        void *const block = ocs_budget_alloc(budget, 10, &error);
        assert_non_null(block);
        ocs_budget_free(budget, block);
        ocs_budget_destroy(budget);
    }
}

enum { THREADS = 4, ROUNDS = 3000, LIMIT = 400000 };

static void *use_budget(void *shared)
{
    struct ocs_budget *const budget = shared;
    struct ocs_error own;
    uintptr_t refused = 0;
    for (uint64_t i = 0; i < ROUNDS; ++i) {
        unsigned char *const block = ocs_budget_alloc(budget, 1 + (i * 977) % 150000, &own);
        if (!block) {
            ++refused;
            continue;
        }
        block[0] = 1;
        if (ocs_budget_in_use(budget) > LIMIT)
            refused = ROUNDS;
        ocs_budget_free(budget, block);
    }
    return (void *)refused;
}

static void threads_never_pass_the_limit_together(void **state)
{
    (void)state;
    struct ocs_budget *const budget = budget_of(LIMIT);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, use_budget, budget), 0);
    for (int i = 0; i < THREADS; ++i) {
        void *refused;
        pthread_join(threads[i], &refused);
        assert_true((uintptr_t)refused < ROUNDS);
    }
    assert_int_equal(ocs_budget_in_use(budget), 0);
    assert_true(ocs_budget_high_water(budget) <= LIMIT);
    assert_true(ocs_budget_high_water(budget) >= ocs_budget_cost(149000));
    ocs_budget_destroy(budget);
}

static long resident_pages(void)
{
    long size = 0, resident = 0;
    FILE *const file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &size, &resident), 2);
    fclose(file);
    return resident;
}

/* A freed mapping is kept for its like; it makes room, in the books and in the process, for a block
 * of another size. */
static void a_kept_block_gives_way_to_another_size(void **state)
{
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* its shadow memory is several times what is measured here */
#endif
    enum { BYTES = 32 << 20, OTHER = 40 << 20 };
    struct ocs_budget *const budget = budget_of(64 << 20);
    const long before = resident_pages(), pages = OTHER / sysconf(_SC_PAGESIZE);
    unsigned char *const block = ocs_budget_alloc(budget, BYTES, &error);
    memset(block, 1, BYTES);
    ocs_budget_free(budget, block);
    assert_int_equal(ocs_budget_in_use(budget), 0);
    unsigned char *const other = ocs_budget_alloc(budget, OTHER, &error);
    assert_non_null(other);
    memset(other, 1, OTHER);
    /* a sanitizer's shadow of the blocks, an eighth of them, stays */
    assert_true(resident_pages() - before <= pages + pages / 4);
    assert_true(ocs_budget_high_water(budget) <= 64 << 20);
    ocs_budget_free(budget, other);
    ocs_budget_destroy(budget);
    assert_true(resident_pages() - before <= pages / 4);
}

static void a_kept_block_comes_back_zeroed(void **state)
{
    (void)state;
    enum { BYTES = 1 << 20 };
    struct ocs_budget *const budget = budget_of(64 << 20);
    unsigned char *const block = ocs_budget_alloc(budget, BYTES, &error);
    memset(block, 1, BYTES);
    ocs_budget_free(budget, block);
    unsigned char *const again = ocs_budget_alloc(budget, BYTES, &error);
    for (size_t i = 0; i < BYTES; ++i)
        assert_int_equal(again[i], 0);
    ocs_budget_free(budget, again);
    ocs_budget_destroy(budget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(blocks_are_aligned_zeroed_and_apart),
        cmocka_unit_test(the_high_water_mark_stays),
        cmocka_unit_test(the_nth_allocation_fails_once),
        cmocka_unit_test(threads_never_pass_the_limit_together),
        cmocka_unit_test(a_kept_block_gives_way_to_another_size),
        cmocka_unit_test(a_kept_block_comes_back_zeroed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
