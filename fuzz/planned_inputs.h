/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_PLANNED_INPUTS_H
#define OCS_FUZZ_PLANNED_INPUTS_H

/* Inputs of any size that have all that a plan looks at, and no voxels. */

#include "temporary.h"

#include "box.h"
#include "header.h"

/* Seekable zstd: the header's frame, then frames of `frame_bytes` plain bytes each, up to
 * `plain_bytes`, of which there is nothing but their entries in the table. More frames than the
 * format holds become fewer, and the file shorter than its header says. */
struct fuzz_memory_file fuzz_planned_frames(const unsigned char header[OCS_MRC_HEADER_BYTES],
                                            uint64_t plain_bytes, uint64_t frame_bytes);

/* A Zarr store of that box in a new folder, without chunks. Bits of `way`: 1: version 3, and 2: of
 * shards; 4: below a group that says how large its voxels are; 24: uncompressed, zstd or blosc;
 * 224: one of eight sides of its chunks. */
void fuzz_planned_store(const char *folder, struct ocs_box box, int32_t mode, float voxel_ang,
                        unsigned way);

#endif
