/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_CONVERTED_H
#define OCS_FUZZ_CONVERTED_H

/* The forms that a map may have as an input, made of any file by the conversion itself. */

#include "occustream/options.h"

#include <stdbool.h>
#include <stdint.h>

enum { FUZZ_CONVERTED_PATH = 128 };

/* In fuzz_input_folder(): bits of `way` say what. 1: a Zarr store (else seekable zstd); 2: of
 * version 3; 4: with blosc; 24: one of four sides of its chunks; 32: in half precision; 64:
 * verified. `given` has the map and how it is to be read. In the smallest memory that the plan
 * allows, to which it must keep. False when the file is refused: then nothing is there. */
bool fuzz_convert(const struct ocs_options *given, unsigned way,
                  char path_ret[FUZZ_CONVERTED_PATH]);

#endif
