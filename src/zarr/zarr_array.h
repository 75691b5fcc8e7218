/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_ARRAY_H
#define OCS_ZARR_ARRAY_H

/* One array of a Zarr store: `.zarray` (version 2) or `zarr.json` (version 3) <-> a struct that has
 * been checked. Extents are in voxels along sections, rows, columns (z, y, x), x fastest. Pure; any
 * thread. What is read may be anything; reading takes at most OCS_ZARR_PARSE_BYTES from malloc()
 * and gives them back. */

#include "chunk_codec.h"

#include "occustream/limits.h"

#include <stdbool.h>

/* Those that a mode of MRC holds. */
enum ocs_zarr_type {
    OCS_ZARR_INT8,
    OCS_ZARR_UINT8,
    OCS_ZARR_INT16,
    OCS_ZARR_UINT16,
    OCS_ZARR_FLOAT16,
    OCS_ZARR_FLOAT32
};

struct ocs_zarr_array {
    unsigned version; /* 2 or 3 */
    unsigned
        leading; /* axes of length 1 before z, y, x, as images with time and channel have them */
    uint64_t shape[3]; /* each 1 .. INT32_MAX; together at most OCS_VOXELS_MAX */
    uint64_t chunk[3]; /* what is coded at once: at most OCS_CHUNK_LARGEST bytes. Chunks at the far
                          sides are whole; what is outside of the shape is of no meaning */
    bool sharded;      /* version 3: a key holds a shard of several chunks and their index */
    uint64_t shard[3]; /* what one key holds: a whole number of chunks; as `chunk` if not sharded */
    bool index_first;  /* the index of a shard is at its start, not at its end */
    bool index_crc32c; /* and has a checksum */
    enum ocs_zarr_type type;
    bool big_endian;
    double fill; /* of chunks that are not there; NaN and infinities are possible */
    struct ocs_chunk_codec codec;
    char separator; /* '/' or '.' between the numbers of a key */
    bool prefixed;  /* keys begin with "c", as those of version 3 usually do */
};

/* Reads `bytes` bytes of text. OCS_BAD_INPUT, naming `path`, when they are no array this program
 * can use: with the reason. */
OCS_MUST_USE enum ocs_status ocs_zarr_array_read(const char *text, uint64_t bytes, unsigned version,
                                                 const char *path, struct ocs_zarr_array *array_ret,
                                                 struct ocs_error *error);

/* The text of `array`, whose fields are as reading makes them, with leading 0 and a method other
 * than GZIP and ZLIB. To be freed with free(). OCS_LIMIT when there is no memory. */
OCS_MUST_USE enum ocs_status ocs_zarr_array_write(const struct ocs_zarr_array *array,
                                                  char **text_ret, struct ocs_error *error);

unsigned ocs_zarr_type_bytes(enum ocs_zarr_type type);
const char *ocs_zarr_type_name(enum ocs_zarr_type type); /* "float32" and so on */

/* Plain bytes of a chunk. */
uint64_t ocs_zarr_chunk_bytes(const struct ocs_zarr_array *array);

/* Whether its chunks that hold voxels are not much larger, together, than what they hold
 * (OCS_ZARR_PADDING). */
bool ocs_zarr_is_dense(const struct ocs_zarr_array *array);

/* Chunks of a shard; 1 if not sharded. */
uint64_t ocs_zarr_shard_chunks(const struct ocs_zarr_array *array);

#endif
