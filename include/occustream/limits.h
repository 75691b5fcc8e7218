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
