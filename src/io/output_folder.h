/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_OUTPUT_FOLDER_H
#define OCS_OUTPUT_FOLDER_H

#include "occustream/error.h"

#include <stdbool.h>

/* Opens the folder of `path` if a file may appear there under that name, as ocs_output_file_check
 * says. *folder_ret is the caller's to close; *name_ret points into `path`. */
OCS_MUST_USE enum ocs_status ocs_output_folder_open(const char *path, bool force, int *folder_ret,
                                                    const char **name_ret, struct ocs_error *error);

/* For a name that is taken. */
enum ocs_status ocs_output_folder_fail_exists(const char *path, struct ocs_error *error);

#endif
