/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HEADER_FRAME_H
#define OCS_HEADER_FRAME_H

/* A map's header as a zstd frame of fixed size, so that it can be written last but stand first: one
 * block that is stored as it is. Magic, descriptor, size of the content, block header, 1024 bytes,
 * checksum. */

#include "budget.h"
#include "header.h"

enum { OCS_HEADER_FRAME_BYTES = 4 + 1 + 2 + 3 + OCS_MRC_HEADER_BYTES + 4 };

uint64_t ocs_header_frame_need(void);
OCS_MUST_USE enum ocs_status ocs_header_frame_make(struct ocs_budget *budget,
                                                   const struct ocs_mrc_header *header,
                                                   unsigned char frame[OCS_HEADER_FRAME_BYTES],
                                                   struct ocs_error *error);

#endif
