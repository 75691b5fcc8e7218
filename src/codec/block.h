/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BLOCK_H
#define OCS_BLOCK_H

/* Blocks of voxels as single zstd frames: byte-shuffled, level 1, with the size of the plain bytes
 * and a checksum of them. One press or one opener serves one thread; all their memory comes from
 * the budget. */

#include "budget.h"

/* A block is at most this large once compressed. */
uint64_t ocs_block_bound(uint64_t plain_bytes);

struct ocs_block_press;

uint64_t ocs_block_press_need(uint64_t largest_plain_bytes);
OCS_MUST_USE enum ocs_status ocs_block_press_open(struct ocs_budget *budget,
                                                  uint64_t largest_plain_bytes,
                                                  struct ocs_block_press **press_ret,
                                                  struct ocs_error *error);

/* The block of `bytes` plain bytes; valid until the next call. */
OCS_MUST_USE enum ocs_status
ocs_block_press_run(struct ocs_block_press *press, const unsigned char *plain, uint64_t bytes,
                    unsigned element_bytes, const unsigned char **block_ret,
                    uint64_t *block_bytes_ret, struct ocs_error *error);
void ocs_block_press_close(struct ocs_block_press *press); /* NULL is fine */

struct ocs_block_opener;

uint64_t ocs_block_opener_need(uint64_t largest_plain_bytes);
OCS_MUST_USE enum ocs_status ocs_block_opener_open(struct ocs_budget *budget,
                                                   uint64_t largest_plain_bytes,
                                                   struct ocs_block_opener **opener_ret,
                                                   struct ocs_error *error);

/* Where to put a block of up to ocs_block_bound(largest_plain_bytes) bytes that is to be opened. */
unsigned char *ocs_block_opener_room(struct ocs_block_opener *opener);

/* Opens the `block_bytes` bytes in the room, which must give `bytes` plain bytes; these take its
 * place and are valid until the room is written again. OCS_IO when they are not what was pressed.
 */
OCS_MUST_USE enum ocs_status ocs_block_opener_run(struct ocs_block_opener *opener,
                                                  uint64_t block_bytes, uint64_t bytes,
                                                  unsigned element_bytes,
                                                  const unsigned char **plain_ret,
                                                  struct ocs_error *error);
void ocs_block_opener_close(struct ocs_block_opener *opener); /* NULL is fine */

#endif
