/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CHECKSUM_H
#define OCS_CHECKSUM_H

/* A checksum of all voxels of a map and of their places, in whatever order and pieces they come:
 * the sum, modulo 2^64, of a mix of each voxel's bits with its place. */

#include "box.h"
#include "budget.h"
#include "cpu.h"
#include "sink.h"

#include <stdatomic.h>

/* Of `n` voxels of a row from (z, y, x) on. */
uint64_t ocs_checksum_row(struct ocs_box box, uint64_t z, uint64_t y, uint64_t x,
                          const float *voxels, uint64_t n);

/* ---- of what a Zarr store holds ---- */

struct ocs_mrc;
struct ocs_zarr_strips;

/* A thread's means of summing up strips (zarr_desk.h). */
struct ocs_strip_checker;

uint64_t ocs_strip_checker_need(const struct ocs_zarr_strips *strips);

/* What is pointed to must outlive the checker. */
OCS_MUST_USE enum ocs_status ocs_strip_checker_open(struct ocs_budget *budget,
                                                    const struct ocs_zarr_strips *strips,
                                                    const struct ocs_mrc *mrc, enum ocs_simd simd,
                                                    struct ocs_strip_checker **checker_ret,
                                                    struct ocs_error *error);

/* Adds a strip's sum to *sum; *voxels_ret is how many voxels it had. */
OCS_MUST_USE enum ocs_status ocs_strip_checker_run(struct ocs_strip_checker *checker,
                                                   uint64_t strip, uint64_t *sum,
                                                   uint64_t *voxels_ret, struct ocs_error *error);
void ocs_strip_checker_close(struct ocs_strip_checker *checker); /* NULL is fine */

/* ---- of what goes into a sink ---- */

/* A sink that hands on what it gets and adds to `sum` what a reader of the output will see. */
struct ocs_checksum_sink {
    struct ocs_budget *budget;
    const struct ocs_sink *sink;
    struct ocs_box box;
    bool halves; /* voxels are stored as float16                                            */
    _Atomic uint64_t sum;
};

/* What a pen takes beside the sink's own. */
uint64_t ocs_checksum_pen_need(struct ocs_box box);

/* `self` must outlive the sink. */
struct ocs_sink ocs_checksum_sink(struct ocs_checksum_sink *self);

#endif
