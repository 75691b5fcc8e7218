/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_CHECK_H
#define OCS_FUZZ_CHECK_H

/* What a target promises of every input. Stops at the first broken promise, in release builds too.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition);        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The one function of a target. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
