/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_WRITER_H
#define OCS_WRITER_H

/* Writing behind: threads fill buffers from a fixed set, the loop writes them. When all buffers are
 * under way, whoever wants one waits: that is the back-pressure. Any thread may take and submit. */

#include "budget.h"
#include "loop.h"
#include "output_file.h"

struct ocs_writer;

uint64_t ocs_writer_need(uint64_t buffer_bytes, unsigned buffers);

OCS_MUST_USE enum ocs_status ocs_writer_create(struct ocs_loop *loop, struct ocs_budget *budget,
                                               uint64_t buffer_bytes, unsigned buffers,
                                               struct ocs_writer **writer_ret,
                                               struct ocs_error *error);

uint64_t ocs_writer_buffer_bytes(const struct ocs_writer *writer);

/* A free buffer of buffer_bytes (64-byte aligned), waiting for one. Fails with the first write
 * error. */
OCS_MUST_USE enum ocs_status ocs_writer_take(struct ocs_writer *writer, unsigned char **buffer_ret,
                                             struct ocs_error *error);

/* Gives a taken buffer to be written at `offset` of `file`; `bytes` 0 just returns it. */
void ocs_writer_submit(struct ocs_writer *writer, struct ocs_output_file *file, uint64_t offset,
                       unsigned char *buffer, uint64_t bytes);

/* Waits until all that was submitted is written; the first error, if any. */
OCS_MUST_USE enum ocs_status ocs_writer_drain(struct ocs_writer *writer, struct ocs_error *error);

/* Waits, then frees; every buffer must be home. NULL is fine. */
void ocs_writer_destroy(struct ocs_writer *writer);

#endif
