/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SPOOL_FILLER_H
#define OCS_SPOOL_FILLER_H

/* Takes the voxels of a map whose bytes come only once, decoding them in order on a thread of its
 * own, and hands them out by groups of a spool. A fixed set of buffers lies between the two: when
 * whoever presses the groups is slow, the thread waits, and with it who writes the map. */

#include "beat.h"
#include "spool.h"

#include <stdbool.h>

struct ocs_map;
struct ocs_spool_filler;

/* With `buffers` groups under way. */
uint64_t ocs_spool_filler_need(const struct ocs_spool_shape *shape, unsigned buffers);

/* Starts the thread. The map and its shape must outlive the filler. */
OCS_MUST_USE enum ocs_status ocs_spool_filler_open(struct ocs_budget *budget, struct ocs_map *map,
                                                   const struct ocs_spool_shape *shape,
                                                   unsigned buffers,
                                                   struct ocs_spool_filler **filler_ret,
                                                   struct ocs_error *error);

/* The next group, waiting for it; NULL when all were taken and the map's bytes came to their end,
 * or to more than its header declares. The failure of the thread is returned to all who wait. Any
 * thread; ends with OCS_CANCELLED when `beat` says so. */
OCS_MUST_USE enum ocs_status ocs_spool_filler_take(struct ocs_spool_filler *filler,
                                                   struct ocs_beat *beat,
                                                   const unsigned char **plain_ret,
                                                   uint64_t *group_ret, struct ocs_error *error);

/* Gives the buffer of a taken group back. */
void ocs_spool_filler_give(struct ocs_spool_filler *filler, const unsigned char *plain);

/* Stops and joins the thread; the map's decoder and buffers are freed too. NULL is fine. */
void ocs_spool_filler_close(struct ocs_spool_filler *filler);

/* What came behind the voxels, known once the filler gave all: 0 where nothing did. */
struct ocs_spool_tail {
    bool more_voxels; /* bytes beyond what the header declares; they were not looked at        */
    bool garbage;     /* bytes behind compressed data that are none                          */
};

/* How the two are told. */
#define OCS_FINDING_MORE "there is more than the header declares; it was not read"
#define OCS_FINDING_GARBAGE "bytes behind the compressed data belong to nothing; they were ignored"

struct ocs_spool_tail ocs_spool_filler_tail(const struct ocs_spool_filler *filler);

#endif
