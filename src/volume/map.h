/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MAP_H
#define OCS_MAP_H

/* A map, opened and understood: bytes, header, and which volume of it is meant. A plain file is
 * immutable once open, so any thread may read it. One whose bytes come only once (compressed, a
 * pipe, a server that gives no parts) has given its header only; its voxels are to be spooled
 * (spool_filler.h) before they can be read, as are those of a Zarr store (zarr_spooler.h). */

#include "box.h"
#include "budget.h"
#include "occustream/error.h"
#include "occustream/options.h"

#include "header.h"
#include "spool.h"

struct ocs_loop;
struct ocs_map;
struct ocs_zarr_input;

/* The level of a pyramid that is the first, or the one that the location names. */
#define OCS_LEVEL_AUTO UINT64_MAX

struct ocs_map_spec {
    const char *path;
    enum ocs_io_mode io;
    uint64_t volume;        /* from 1; 0: the only one                                       */
    uint64_t max_voxels;    /* cap on one volume                                             */
    uint64_t max_expansion; /* see unpack.h; 0: the default                                  */
    unsigned connections;   /* to the server of a URL                                       */
    uint64_t level;         /* of a Zarr store, or OCS_LEVEL_AUTO                              */
    /* for bytes that come only once; both outlive the map */
    struct ocs_loop *loop;
    struct ocs_budget *budget;
};

/* OCS_USAGE when a stack needs a volume number or has no such volume; OCS_LIMIT above max_voxels,
 * and above 2^44 voxels in any case. Waits for the writer of a pipe. */
OCS_MUST_USE enum ocs_status ocs_map_open(const struct ocs_map_spec *spec, struct ocs_map **map_ret,
                                          struct ocs_error *error);
void ocs_map_close(struct ocs_map *map);

const struct ocs_mrc *ocs_map_mrc(const struct ocs_map *map);
const char *ocs_map_path(const struct ocs_map *map);
/* See ocs_source_outside_bytes. */
uint64_t ocs_map_outside_bytes(const struct ocs_map *map);

/* Keeping it in memory as it comes from a URL, so that it crosses the network once: its voxels as
 * they stand in the file, or all of a file with a seek table. Whether it can be; how many bytes
 * that are; what they take of the budget; from now on; and no longer, when nothing reads it
 * (ocs_source_stock). */
bool ocs_map_can_stock(const struct ocs_map *map);
uint64_t ocs_map_stock_bytes(const struct ocs_map *map);
uint64_t ocs_map_stock_need(const struct ocs_map *map);
OCS_MUST_USE enum ocs_status ocs_map_stock(const struct ocs_map *map, struct ocs_budget *budget,
                                           struct ocs_error *error);
void ocs_map_unstock(const struct ocs_map *map); /* always safe */

/* Ends waiting for the network; see ocs_source_interrupt. Of maps that come once their
 * spool_filler.h takes care. */
void ocs_map_interrupt(const struct ocs_map *map);
uint64_t ocs_map_volume(const struct ocs_map *map);

/* Whether its bytes come only once, or in chunks: it is to be spooled. */
bool ocs_map_comes_once(const struct ocs_map *map);
struct ocs_spool_shape ocs_map_spool_shape(const struct ocs_map *map);

/* NULL: it is no Zarr store. */
const struct ocs_zarr_input *ocs_map_zarr(const struct ocs_map *map);

/* Of a map that comes once the bytes as they come, UINT64_MAX when that shows only at the end. */
uint64_t ocs_map_flow_bytes(const struct ocs_map *map);

/* What it holds of the budget at most: one that comes once until it is spooled, any other always.
 */
uint64_t ocs_map_need(const struct ocs_map *map);

/* Its bytes are not wanted: its voxels are in a spool already. */
void ocs_map_let_go(struct ocs_map *map);

#endif
