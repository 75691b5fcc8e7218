/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_READER_H
#define OCS_READER_H

/* Rows of a volume, decoded to float32. A reader goes once, in order, over rows [y0, y1) of each of
 * the sections [z0, z1), with reads ahead under way. One reader serves one thread. */

#include "budget.h"
#include "cpu.h"
#include "volume.h"

struct ocs_loop;

/* What readers are made with; shared by all of a run. */
struct ocs_reading {
    struct ocs_loop *loop;
    struct ocs_budget *budget;
    enum ocs_simd simd;
    uint64_t chunk_bytes; /* wanted size of one read                                      */
    unsigned depth;       /* chunks under way per reader                                  */
};

/* Whether every read of it waits for a network: it is behind a URL and not kept in memory. */
bool ocs_volume_is_far(const struct ocs_volume *volume);

struct ocs_part {
    uint64_t z0, z1, y0, y1;
};

struct ocs_reader;

uint64_t ocs_reader_need(const struct ocs_reading *reading, const struct ocs_volume *volume);

OCS_MUST_USE enum ocs_status ocs_reader_open(const struct ocs_reading *reading,
                                             const struct ocs_volume *volume,
                                             const struct ocs_part *part,
                                             struct ocs_reader **reader_ret,
                                             struct ocs_error *error);

/* The next `rows` rows of box.x floats, one after another. There must be as many left. */
OCS_MUST_USE enum ocs_status ocs_reader_rows(struct ocs_reader *reader, uint64_t rows, float *to,
                                             struct ocs_error *error);

/* To be called before the reader's rows are believed for good; see ocs_stream_check. */
OCS_MUST_USE enum ocs_status ocs_reader_check(struct ocs_reader *reader, struct ocs_error *error);

/* NULL is fine. */
void ocs_reader_close(struct ocs_reader *reader);

#endif
