/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CODEC_H
#define OCS_CODEC_H

/* Which compression bytes begin with. Pure. */

#include <stdint.h>

enum ocs_codec { OCS_CODEC_NONE, OCS_CODEC_GZIP, OCS_CODEC_BZIP2, OCS_CODEC_XZ, OCS_CODEC_ZSTD };

/* So many bytes are enough to tell; fewer may do. */
enum { OCS_CODEC_MARK_BYTES = 6 };

/* By the mark at the front. No map that makes sense begins with one. */
enum ocs_codec ocs_codec_sniff(const unsigned char *bytes, uint64_t count);

/* "gzip" and so on; "none". */
const char *ocs_codec_name(enum ocs_codec codec);

#endif
