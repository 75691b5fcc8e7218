/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ROW_DESK_H
#define OCS_ROW_DESK_H

/* Rows of a volume here and there, read on the spot and decoded to float32: for the few places that
 * do not go through a volume in order. One desk serves one thread. */

#include "budget.h"
#include "cpu.h"
#include "volume.h"

struct ocs_row_desk;

/* For up to `most_rows` rows at once. */
uint64_t ocs_row_desk_need(const struct ocs_volume *volume, uint64_t most_rows);
OCS_MUST_USE enum ocs_status ocs_row_desk_open(struct ocs_budget *budget,
                                               const struct ocs_volume *volume, enum ocs_simd simd,
                                               uint64_t most_rows, struct ocs_row_desk **desk_ret,
                                               struct ocs_error *error);

/* Rows y .. y + rows of section z, box.x floats each. */
OCS_MUST_USE enum ocs_status ocs_row_desk_read(struct ocs_row_desk *desk, uint64_t z, uint64_t y,
                                               uint64_t rows, float *to, struct ocs_error *error);
void ocs_row_desk_close(struct ocs_row_desk *desk); /* NULL is fine */

#endif
