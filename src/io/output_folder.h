/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_OUTPUT_FOLDER_H
#define OCS_OUTPUT_FOLDER_H

#include "occustream/error.h"

#include <stdbool.h>

enum ocs_output_shape { OCS_OUTPUT_IS_FILE, OCS_OUTPUT_IS_TREE };

/* Opens the folder of `path` if a file, or a tree, may appear there under that name, as
 * ocs_output_file_check and ocs_output_tree_check say. *folder_ret is the caller's to close;
 * *name_ret points into `path`. */
OCS_MUST_USE enum ocs_status ocs_output_folder_open(const char *path, bool force,
                                                    enum ocs_output_shape shape, int *folder_ret,
                                                    const char **name_ret, struct ocs_error *error);

/* Makes the name last if the file system has such a thing. */
OCS_MUST_USE enum ocs_status ocs_output_folder_sync(int folder, const char *path,
                                                    struct ocs_error *error);

/* For a name that is taken. */
enum ocs_status ocs_output_folder_fail_exists(const char *path, struct ocs_error *error);

/* For what another process has under way. */
enum ocs_status ocs_output_folder_fail_in_use(const char *path, struct ocs_error *error);

#endif
