/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_OUTPUT_FILE_INTERNAL_H
#define OCS_OUTPUT_FILE_INTERNAL_H

/* What the writer and the tests need to know of an output file. */

#include "output_file.h"

/* Called by the writer with what it is about to write. */
void ocs_output_file_note(struct ocs_output_file *file, uint64_t offset, const void *bytes,
                          uint64_t count);

int ocs_output_file_descriptor(const struct ocs_output_file *file);

/* As ocs_output_file_create on a file system without nameless files. */
OCS_MUST_USE enum ocs_status ocs_output_file_create_hidden(const char *path, bool force,
                                                           uint64_t expected_bytes,
                                                           struct ocs_output_file **file_ret,
                                                           struct ocs_error *error);

#endif
