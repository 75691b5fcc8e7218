/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FFT_LINE_H
#define OCS_FFT_LINE_H

/* One-dimensional transforms of one contiguous line, single precision, not normalised: forward then
 * backward multiplies by n. Plans are chosen without timing, so the same length gives the same bits
 * in every run. A plan may be run by many threads at once. */

#include "occustream/error.h"

#include <complex.h>
#include <stddef.h>

typedef float complex ocs_complex;

enum ocs_fft_kind {
    OCS_FFT_REAL_TO_HALF, /* n floats -> n/2+1 complex */
    OCS_FFT_HALF_TO_REAL, /* n/2+1 complex -> n floats; imaginary parts of the first and, for even
                             n, the last are ignored; the input is destroyed */
    OCS_FFT_FORWARD,      /* n complex -> n complex, exp(-i) */
    OCS_FFT_BACKWARD,     /* n complex -> n complex, exp(+i) */
};

struct ocs_fft;

OCS_MUST_USE enum ocs_status ocs_fft_create(enum ocs_fft_kind kind, size_t n,
                                            struct ocs_fft **fft_ret, struct ocs_error *error);
void ocs_fft_destroy(struct ocs_fft *fft);

/* `in` and `out` are different arrays, both 64-byte aligned. */
void ocs_fft_run(const struct ocs_fft *fft, void *in, void *out);

/* Name and version of the library behind it. */
const char *ocs_fft_library(void);

#endif
