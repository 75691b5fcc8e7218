/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_OUTPUT_FILE_INTERNAL_H
#define OCS_OUTPUT_FILE_INTERNAL_H

/* An output file from inside: output_file.c makes and fills it, output_appear.c gives it its name
 * or takes it away. */

#include "output_file.h"
#include "publish.h"

struct ocs_output_file {
    int descriptor;
    int folder;
    char *path;
    const char *name;              /* in `path` */
    struct ocs_hidden_name hidden; /* empty: the file has no name yet, or its own */
    bool force;
    bool kept;
    struct ocs_watches *watches;     /* NULL: nobody wants to know */
    bool named;                      /* it appeared, and that can be undone */
    struct ocs_hidden_name replaced; /* what had the name before; empty: nothing */
    int holds_replaced;
};

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
