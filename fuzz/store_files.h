/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_STORE_FILES_H
#define OCS_FUZZ_STORE_FILES_H

/* The files of a Zarr store, from an input of parts:
 *
 *     what (1 byte) | where (1) | bytes that follow (2) | these
 *
 * `what` % 8: 0..4 a text of metadata (zarr.json, .zarray, .zattrs, 0/zarr.json, 0/.zarray), 5..7 a
 * chunk or shard with the key c/Z/Y/X, Z.Y.X or Z/Y/X. Its other bits: 8 below the level "0";
 * 16 the bytes are those of a chunk, and are compressed with zstd; 32 the last of them are the
 * index of a shard, and get a checksum. `where` has two bits for each of Z, Y, X, and two for the
 * length of that index. */

#include "input.h"

/* Makes the folder and as many files as there are parts, at most FUZZ_STORE_PARTS. */
enum { FUZZ_STORE_PARTS = 24 };
void fuzz_store_make(struct fuzz_input *input, const char *folder);

#endif
