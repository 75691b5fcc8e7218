/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_RUN_OPTIONS_H
#define OCS_FUZZ_RUN_OPTIONS_H

/* Options of a run made of the bytes at the front of an input: mostly ones that make sense. */

#include "input.h"

#include "occustream/error.h"
#include "occustream/options.h"

enum { FUZZ_OPTION_BYTES = 24 };

/* The last of them has one bit of the options; the others are the caller's. */
enum { FUZZ_LAST_OPTION = FUZZ_OPTION_BYTES - 1 };

/* Takes FUZZ_OPTION_BYTES. `map` is also taken for the masks, where there are any. Paths, memory
 * and threads are the caller's. */
void fuzz_take_options(struct fuzz_input *input, const char *map, struct ocs_options *options);

/* The bytes of memory that a refused plan says would do; 0 when it was refused for something else.
 */
uint64_t fuzz_named_memory(const struct ocs_error *error);

#endif
