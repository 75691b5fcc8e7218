/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HEADER_H
#define OCS_HEADER_H

/* The 1024-byte MRC2014 header (2022 update) <-> a struct. Pure: no I/O, no allocation, any bytes
 * are fine. What departs from the format is kept as a list of findings; only what makes the voxels
 * unreadable is refused. */

#include "box.h"
#include "occustream/error.h"
#include "occustream/limits.h"

#include <stdbool.h>

enum { OCS_MRC_HEADER_BYTES = 1024, OCS_MRC_LABELS = 10, OCS_MRC_LABEL_BYTES = 80 };

enum ocs_mrc_mode {
    OCS_MODE_INT8 = 0,
    OCS_MODE_INT16 = 1,
    OCS_MODE_FLOAT32 = 2,
    OCS_MODE_COMPLEX_INT16 = 3,
    OCS_MODE_COMPLEX_FLOAT32 = 4,
    OCS_MODE_UINT16 = 6,
    OCS_MODE_FLOAT16 = 12,
    OCS_MODE_UINT4 = 101,
};

/* The header's fields in this machine's byte order, as they stand in the file. */
struct ocs_mrc_header {
    int32_t nx, ny, nz; /* columns, rows, sections */
    int32_t mode;
    int32_t nxstart, nystart, nzstart;
    int32_t mx, my, mz;
    float cell_x, cell_y, cell_z; /* angstrom */
    float alpha, beta, gamma;     /* degrees */
    int32_t mapc, mapr, maps;     /* 1 = x, 2 = y, 3 = z */
    float dmin, dmax, dmean, rms;
    int32_t ispg;
    int32_t nsymbt; /* extended header, bytes */
    char exttyp[4];
    int32_t nversion;
    float origin_x, origin_y, origin_z; /* angstrom */
    char map[4];
    unsigned char machst[4];
    int32_t imod_stamp, imod_flags;
    int32_t nlabl;
    char labels[OCS_MRC_LABELS][OCS_MRC_LABEL_BYTES];
};

/* One departure from MRC2014: a short stable code ("map_id") and a sentence. */
struct ocs_finding {
    char code[24];
    char text[160];
};

struct ocs_findings {
    unsigned count;
    struct ocs_finding item[OCS_FINDINGS_MAX];
};

/* What the header says once believed: everything a reader needs. */
struct ocs_mrc {
    struct ocs_mrc_header header;
    bool swapped;                 /* the file's byte order is not this machine's */
    bool unsigned_bytes;          /* mode 0 holds 0..255 */
    struct ocs_box box;           /* of one volume: sections, rows, columns */
    uint64_t volumes;             /* 1, or how many volumes an ISPG 401-630 stack has */
    struct ocs_voxel_size voxel;  /* angstrom along sections, rows, columns */
    unsigned axis_of[3];          /* spatial axis (0 x, 1 y, 2 z) of sections, rows, columns */
    uint64_t row_bytes;           /* one row in the file */
    uint64_t data_offset;         /* of the first voxel */
    uint64_t volume_bytes;        /* one volume */
    uint64_t expected_bytes;      /* of the whole file */
    struct ocs_findings findings; /* departures worth a warning */
    struct ocs_findings notes;    /* what only files older than MRC2014 do, and may do */
};

/* Parses the first `bytes_len` bytes of a file (1024 are needed) whose whole size is `file_bytes`,
 * or UINT64_MAX when unknown (a pipe). Fails with OCS_BAD_INPUT when this cannot be a readable map:
 * too short, complex or unknown mode, dimensions that make no sense in either byte order, data
 * shorter than declared (naming expected and actual bytes), gzip/bzip2/xz/zstd magic (named).
 * `path` is for messages. */
OCS_MUST_USE enum ocs_status ocs_mrc_parse(const unsigned char *bytes, uint64_t bytes_len,
                                           uint64_t file_bytes, const char *path,
                                           struct ocs_mrc *mrc_ret, struct ocs_error *error);

/* Writes `header` little-endian into 1024 bytes, with the machine stamp that says so; unused bytes
 * are 0. */
void ocs_mrc_pack(const struct ocs_mrc_header *header, unsigned char bytes[OCS_MRC_HEADER_BYTES]);

/* Statistics compared with the data once a sweep has them: adds findings when the stored ones are
 * wrong. */
void ocs_mrc_check_statistics(struct ocs_mrc *mrc, double min, double max, double mean, double rms);

/* "float32", "uint16" ... or "unknown". */
const char *ocs_mrc_mode_name(int32_t mode);

/* Whether a label holds anything but blanks and zero bytes. */
bool ocs_mrc_label_has_text(const char label[OCS_MRC_LABEL_BYTES]);

#endif
