/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCCUSTREAM_INFO_H
#define OCCUSTREAM_INFO_H

/* What an MRC file is: geometry, mode, and every departure from MRC2014. Safe on any bytes. Zarr
 * stores are shown as the MRC files they would be. Compressed files and pipes are fine; of these
 * only the beginning is read, so that their length stays unchecked, unless statistics are asked
 * for. */

#include "occustream/error.h"
#include "occustream/report.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { OCS_INFO_LABELS = 10 };

struct ocs_info {
    uint64_t dims[3]; /* of one volume: sections, rows, columns */
    uint64_t volumes;
    int mode;
    char mode_name[24];
    bool unsigned_bytes;
    bool swapped;             /* the byte order is not this machine's */
    double voxel_size_ang[3]; /* along sections, rows, columns */
    char axes[3];             /* spatial axis of sections, rows, columns: 'x', 'y' or 'z' */
    int32_t start[3];         /* NXSTART, NYSTART, NZSTART */
    double origin_ang[3];     /* ORIGIN x, y, z */
    double cell_ang[3], cell_degrees[3];
    int32_t mxyz[3];
    int32_t space_group;
    uint64_t extended_bytes;
    char extended_type[8];
    uint64_t file_bytes;     /* as stored, compressed or not; UINT64_MAX for a pipe or a store */
    uint64_t expected_bytes; /* plain, as the header declares them */
    char compression[8]; /* "none", "gzip", "bzip2", "xz", "zstd"; of a store's chunks also "blosc",
                            "zlib" */
    uint64_t frames;     /* of a zstd file that can be read at any place; 0: it is none */
    unsigned zarr_version; /* 2 or 3; 0: it is no Zarr store, and what follows is 0 */
    uint64_t chunk[3];     /* sections, rows, columns */
    bool sharded;
    uint64_t shard[3];
    unsigned level, level_count;  /* of the pyramid */
    struct ocs_statistics stored; /* as the header has them */
    unsigned label_count;
    char labels[OCS_INFO_LABELS][88];
    unsigned finding_count; /* departures from MRC2014 */
    struct ocs_note findings[OCS_REPORT_NOTES];
    unsigned note_count; /* what only files older than MRC2014 do, and may do */
    struct ocs_note notes[OCS_REPORT_NOTES];

    /* filled on request */
    bool has_statistics;
    struct ocs_statistics statistics; /* of the finite voxels, all volumes */
    uint64_t nonfinite;
};

/* Reads the header of `path`, a path, "-" or a URL; with `statistics`, streams the data once in a
 * few MiB of memory beside what decoders take. Text taken from the file has control characters
 * replaced. Fails with OCS_USAGE, OCS_BAD_INPUT, OCS_LIMIT or OCS_IO; *info_ret is then undefined.
 * May be called on several threads at once. */
OCS_MUST_USE enum ocs_status ocs_info_read(const char *path, bool statistics,
                                           struct ocs_info *info_ret, struct ocs_error *error);

#ifdef __cplusplus
}
#endif
#endif
