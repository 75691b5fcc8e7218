/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Transforms by what must hold of them, and against the definition for short lines. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fft_line.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

enum { LONGEST = 1024 };

static _Alignas(64) ocs_complex input[LONGEST + 1], output[LONGEST + 1], again[LONGEST + 1];

static const size_t lengths[] = {1,  2,  3,  4,  5,  6,   7,   8,   13,  16,
                                 30, 31, 48, 60, 97, 100, 101, 128, 243, 257};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

static float random_float(void)
{
    static uint64_t state = 5;
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (float)(state >> 40) / (float)(1 << 23) - 1;
}

static void run(enum ocs_fft_kind kind, size_t n, void *in, void *out)
{
    struct ocs_fft *fft;
    struct ocs_error error;
    assert_int_equal(ocs_fft_create(kind, n, &fft, &error), OCS_OK);
    ocs_fft_run(fft, in, out);
    ocs_fft_destroy(fft);
}

static void fill(size_t n)
{
    for (size_t i = 0; i < n; ++i)
        input[i] = random_float() + random_float() * I;
}

static void assert_close(ocs_complex a, double complex b, size_t n)
{
    assert_true(cabs((double complex)a - b) < 1e-6 * (sqrt((double)n) + 1));
}

static double complex definition(const ocs_complex *in, size_t n, size_t k, int sign)
{
    double complex sum = 0;
    for (size_t i = 0; i < n; ++i)
        sum += (double complex)in[i] *
               cexp(sign * 2 * 3.14159265358979323846 * I * (double)(i * k % n) / (double)n);
    return sum;
}

static void complex_lines(void **state)
{
    (void)state;
    for (size_t l = 0; l < LENGTHS; ++l) {
        const size_t n = lengths[l];
        fill(n);
        memcpy(again, input, sizeof input);
        run(OCS_FFT_FORWARD, n, input, output);
        assert_memory_equal(again, input, sizeof input);
        for (size_t k = 0; k < n; ++k)
            assert_close(output[k], definition(input, n, k, -1), n);
        run(OCS_FFT_BACKWARD, n, input, output);
        for (size_t k = 0; k < n; ++k)
            assert_close(output[k], definition(input, n, k, 1), n);
    }
}

static void real_lines(void **state)
{
    (void)state;
    static _Alignas(64) float real[LONGEST], back[LONGEST];
    for (size_t l = 0; l < LENGTHS; ++l) {
        const size_t n = lengths[l];
        for (size_t i = 0; i < n; ++i)
            input[i] = real[i] = random_float();
        run(OCS_FFT_REAL_TO_HALF, n, real, output);
        for (size_t k = 0; k <= n / 2; ++k)
            assert_close(output[k], definition(input, n, k, -1), n);
        /* What a Hermitian line cannot have is ignored on the way back. */
        output[0] += 17 * I;
        if (n % 2 == 0)
            output[n / 2] += 23 * I;
        run(OCS_FFT_HALF_TO_REAL, n, output, back);
        for (size_t i = 0; i < n; ++i)
            assert_true(fabsf(back[i] / (float)n - real[i]) < 1e-6F);
    }
}

/* An impulse is a wave, a shift is a turn of phases, energy is kept: on a length too long for the
 * definition. */
static void impulse_shift_and_energy(void **state)
{
    (void)state;
    const double pi = 3.14159265358979323846;
    const size_t sizes[] = {LONGEST, 1000, 997, 961, 2 * 499};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
        const size_t n = sizes[s];
        memset(input, 0, sizeof input);
        input[3] = 1;
        run(OCS_FFT_FORWARD, n, input, output);
        for (size_t k = 0; k < n; ++k)
            assert_close(output[k], cexp(-2 * pi * I * (double)(3 * k) / (double)n), 1);
        fill(n);
        run(OCS_FFT_FORWARD, n, input, output);
        double before = 0, after = 0;
        for (size_t k = 0; k < n; ++k) {
            before += pow(cabs((double complex)input[k]), 2);
            after += pow(cabs((double complex)output[k]), 2);
        }
        assert_true(fabs(after / (double)n / before - 1) < 1e-6);
        const ocs_complex first = input[0];
        memmove(input, input + 1, (n - 1) * sizeof *input);
        input[n - 1] = first;
        run(OCS_FFT_FORWARD, n, input, again);
        for (size_t k = 0; k < n; ++k)
            assert_close(again[k],
                         (double complex)output[k] * cexp(2 * pi * I * (double)k / (double)n), n);
    }
}

static void *plan_many(void *failures)
{
    for (size_t n = 60; n < 90; ++n) {
        struct ocs_fft *fft;
        struct ocs_error error;
        if (ocs_fft_create(OCS_FFT_FORWARD, n, &fft, &error) != OCS_OK)
            ++*(int *)failures;
        else
            ocs_fft_destroy(fft);
    }
    return NULL;
}

static void planning_from_several_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    int failures[4] = {0};
    for (int t = 0; t < 4; ++t)
        assert_int_equal(pthread_create(&threads[t], NULL, plan_many, &failures[t]), 0);
    for (int t = 0; t < 4; ++t) {
        assert_int_equal(pthread_join(threads[t], NULL), 0);
        assert_int_equal(failures[t], 0);
    }
}

static void the_same_bits_every_time(void **state)
{
    (void)state;
    for (size_t l = 0; l < LENGTHS; ++l) {
        fill(lengths[l]);
        run(OCS_FFT_FORWARD, lengths[l], input, output);
        run(OCS_FFT_FORWARD, lengths[l], input, again);
        assert_memory_equal(output, again, lengths[l] * sizeof *output);
    }
}

static void refuses_no_length(void **state)
{
    (void)state;
    struct ocs_fft *fft;
    struct ocs_error error;
    assert_int_equal(ocs_fft_create(OCS_FFT_FORWARD, 0, &fft, &error), OCS_LIMIT);
    ocs_fft_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(complex_lines),
        cmocka_unit_test(real_lines),
        cmocka_unit_test(impulse_shift_and_energy),
        cmocka_unit_test(planning_from_several_threads),
        cmocka_unit_test(the_same_bits_every_time),
        cmocka_unit_test(refuses_no_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
