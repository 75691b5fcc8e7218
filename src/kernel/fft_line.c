/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fft_line.h"

#include "fail.h"

#include <assert.h>
#include <fftw3.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

enum { ALIGNMENT = 64 };

struct ocs_fft {
    enum ocs_fft_kind kind;
    size_t n;
    fftwf_plan plan;
};

/* FFTW's planner, unlike its plans, is for one thread at a time. */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

static fftwf_plan plan_line(enum ocs_fft_kind kind, int n, void *in, void *out)
{
    switch (kind) {
    case OCS_FFT_REAL_TO_HALF:
        return fftwf_plan_dft_r2c_1d(n, in, out, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    case OCS_FFT_HALF_TO_REAL:
        return fftwf_plan_dft_c2r_1d(n, in, out, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
    case OCS_FFT_FORWARD:
        return fftwf_plan_dft_1d(n, in, out, FFTW_FORWARD, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    case OCS_FFT_BACKWARD:
        return fftwf_plan_dft_1d(n, in, out, FFTW_BACKWARD, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    }
    return NULL;
}

/* Estimating reads no data, but the alignment of the arrays decides which instructions the plan may
 * use. */
static fftwf_plan plan_on_scratch(enum ocs_fft_kind kind, size_t n)
{
    const size_t bytes = ((n + 2) * sizeof(ocs_complex) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *const in = aligned_alloc(ALIGNMENT, bytes);
    void *const out = aligned_alloc(ALIGNMENT, bytes);
    fftwf_plan plan = NULL;
    if (in && out) {
        pthread_mutex_lock(&planner);
        plan = plan_line(kind, (int)n, in, out);
        pthread_mutex_unlock(&planner);
    }
    free(in);
    free(out);
    return plan;
}

enum ocs_status ocs_fft_create(enum ocs_fft_kind kind, size_t n, struct ocs_fft **fft_ret,
                               struct ocs_error *error)
{
    if (n == 0 || n > INT_MAX)
        return ocs_fail(error, OCS_LIMIT, "planning", NULL, "no transform of length %zu", n);
    struct ocs_fft *const fft = malloc(sizeof *fft);
    const fftwf_plan plan = fft ? plan_on_scratch(kind, n) : NULL;
    if (!plan) {
        free(fft);
        return ocs_fail(error, OCS_LIMIT, "planning", NULL,
                        "no memory for transforms of length %zu", n);
    }
    *fft = (struct ocs_fft){.kind = kind, .n = n, .plan = plan};
    *fft_ret = fft;
    return OCS_OK;
}

void ocs_fft_destroy(struct ocs_fft *fft)
{
    if (!fft)
        return;
    pthread_mutex_lock(&planner);
    fftwf_destroy_plan(fft->plan);
    pthread_mutex_unlock(&planner);
    free(fft);
}

/* What the header promises to ignore; FFTW leaves open what it does with it. */
static void drop_imaginary_ends(float *half, size_t n)
{
    half[1] = 0;
    if (n % 2 == 0)
        half[n + 1] = 0;
}

void ocs_fft_run(const struct ocs_fft *fft, void *in, void *out)
{
    assert(in != out && (uintptr_t)in % ALIGNMENT == 0 && (uintptr_t)out % ALIGNMENT == 0);
    switch (fft->kind) {
    case OCS_FFT_REAL_TO_HALF:
        fftwf_execute_dft_r2c(fft->plan, in, out);
        break;
    case OCS_FFT_HALF_TO_REAL:
        drop_imaginary_ends(in, fft->n);
        fftwf_execute_dft_c2r(fft->plan, in, out);
        break;
    case OCS_FFT_FORWARD:
    case OCS_FFT_BACKWARD:
        fftwf_execute_dft(fft->plan, in, out);
        break;
    }
}

const char *ocs_fft_library(void)
{
    return fftwf_version;
}
