/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PUBLISH_FILE_H
#define PUBLISH_FILE_H

/* Publishing one file or tree as a run does with all of its own. */

#include "output_file.h"
#include "output_tree.h"

static inline enum ocs_status publish_file(struct ocs_output_file *file, struct ocs_error *error)
{
    const enum ocs_status status = ocs_output_file_appear(file, error);
    if (status == OCS_OK)
        ocs_output_file_leave(file);
    else
        ocs_output_file_put_by(file);
    return status;
}

static inline enum ocs_status publish_tree(struct ocs_output_tree *tree, struct ocs_error *error)
{
    const enum ocs_status status = ocs_output_tree_appear(tree, error);
    if (status == OCS_OK)
        ocs_output_tree_leave(tree);
    else
        ocs_output_tree_abandon(tree);
    return status;
}

#endif
