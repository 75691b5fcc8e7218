/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCCUSTREAM_LIMITS_H
#define OCCUSTREAM_LIMITS_H

/* Every cap on what comes from outside: maps, masks, servers, the environment. docs/security.md
 * says what happens at each and which can be raised. They are the same in every kind of build. */

#include <stdint.h>

/* ---- maps ---- */

/* Voxels of one volume: unless the options say otherwise, and whatever they say. Beyond 2^44 the
 * sums of planners, many times as many bytes, would not be safe in 64 bits. */
#define OCS_VOXELS_DEFAULT (UINT64_C(1) << 40)
#define OCS_VOXELS_MAX (UINT64_C(1) << 44)

/* Departures from the format that are listed; more are only counted on. */
#define OCS_FINDINGS_MAX 40

/* Different labels of a label map, and how far they are from 0: float32 counts no further. */
#define OCS_LABELS_MAX 4096
#define OCS_LABEL_FURTHEST 16777216

/* ---- compressed maps ---- */

/* Plain bytes may be this many times the compressed ones, after the first ones that are free: of
 * the file where its size is known, of a pipe as far as it was read. */
#define OCS_EXPANSION_DEFAULT UINT64_C(10000)
#define OCS_EXPANSION_FREE_BYTES (UINT64_C(256) << 20)

/* Plain bytes looked at behind those that the header declares. */
#define OCS_BEHIND_BYTES (UINT64_C(1) << 20)

/* What decoders may take where no --memory is given, in ocs_info_read. */
#define OCS_INFO_DECODER_BYTES (UINT64_C(512) << 20)

/* A file in zstd's seekable format is read at any place only if it has no more frames, whose table
 * is held throughout, and none of more plain bytes, since each is unpacked as a whole; otherwise
 * from its beginning. The format itself has at most OCS_SEEK_FRAMES_MAX. */
#define OCS_FRAMES_MAX (1 << 20)
#define OCS_FRAME_LARGEST (UINT64_C(64) << 20)
#define OCS_SEEK_FRAMES_MAX 0x8000000

/* ---- Zarr stores ---- */

/* Bytes of one text of metadata; bytes that parsing one may take, and how deep it is nested. */
#define OCS_ZARR_TEXT_MAX (1 << 20)
#define OCS_ZARR_PARSE_BYTES (16 << 20)
#define OCS_ZARR_DEPTH_MAX 64

/* Axes before z, y, x; levels of a pyramid; a level's path with its terminating zero. */
#define OCS_ZARR_LEADING_MAX 2
#define OCS_ZARR_LEVELS_MAX 32
#define OCS_ZARR_PATH_BYTES 128

/* Plain bytes of a chunk, read or written: every worker holds one. */
#define OCS_CHUNK_LARGEST (UINT64_C(256) << 20)

/* Keys of an array, each of which is asked for, whether there is anything or not; chunks of one
 * shard, whose index is held; and chunks of the array, in shards or not. */
#define OCS_ZARR_KEYS_MAX (UINT64_C(1) << 22)
#define OCS_ZARR_SHARD_CHUNKS_MAX (1 << 20)
#define OCS_ZARR_CHUNKS_MAX (UINT64_C(1) << 26)

/* Chunks reach beyond the array's far sides, where their voxels mean nothing: all of them together
 * may have this many times the array's plain bytes, beyond the first that are free. */
#define OCS_ZARR_PADDING 64
#define OCS_ZARR_PADDING_FREE_BYTES (UINT64_C(256) << 20)

/* What a chunk counts as, at least, where plain bytes are compared with stored ones
 * (OCS_EXPANSION_...): one with a key of its own, and one in a shard. Chunks of zeros alone take a
 * few bytes, and maps have many of them. */
#define OCS_ZARR_KEY_COST 4096
#define OCS_ZARR_SHARD_CHUNK_COST 512

/* ---- servers ---- */

#define OCS_CONNECTIONS_DEFAULT 4
#define OCS_CONNECTIONS_MAX 64

/* Redirects of one request, bytes of the headers of all its answers, and bytes of an answer of no
 * use (an error's page) that are taken so that the connection can be kept. */
#define OCS_REDIRECTS_MAX 8
#define OCS_HTTP_HEADERS_MAX (UINT64_C(256) << 10)
#define OCS_HTTP_DROPPED_MAX (UINT64_C(64) << 10)

/* Fields that are kept, each with its terminating zero; longer ones are as if absent. */
#define OCS_HTTP_TAG_BYTES 256
#define OCS_HTTP_DATE_BYTES 64
#define OCS_HTTP_REGION_BYTES 32

/* Seconds without a byte, of OCCUSTREAM_PATIENCE. */
#define OCS_PATIENCE_DEFAULT_S 120
#define OCS_PATIENCE_MAX_S 86400

/* ---- options ---- */

#define OCS_THREADS_MAX 4096

/* Characters of a number. */
#define OCS_NUMBER_LENGTH_MAX 64

#endif
