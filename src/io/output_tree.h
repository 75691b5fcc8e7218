/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_OUTPUT_TREE_H
#define OCS_OUTPUT_TREE_H

/* A folder of many files that appears under its name only when complete: filled under a hidden name
 * beside it, which nobody else may enter, and renamed at the end. Only a process that is killed
 * leaves the hidden folder; see output_left.h. Files in it are named by keys: relative paths such
 * as "0/3/5". */

#include "occustream/error.h"

#include <stdbool.h>

struct ocs_output_tree;

/* Whether `path` may be written: OCS_IO if it exists and not `force` (advice: --force), if it
 * exists and is no Zarr store, or if its folder is missing or not writable. Changes nothing. */
OCS_MUST_USE enum ocs_status ocs_output_tree_check(const char *path, bool force,
                                                   struct ocs_error *error);

/* `replaces_left`: the hidden name is ".NAME.resume.part", and what an interrupted run left under
 * it is removed; OCS_IO when another process fills that. */
OCS_MUST_USE enum ocs_status ocs_output_tree_create(const char *path, bool force,
                                                    bool replaces_left,
                                                    struct ocs_output_tree **tree_ret,
                                                    struct ocs_error *error);

/* A new file of the tree, written from front to back by one thread; files of one tree may be
 * written on many threads at once. Folders on the way are made. */
struct ocs_tree_file {
    struct ocs_output_tree *tree;
    const char *key; /* the caller's, until the file is closed                              */
    int descriptor;
    uint64_t bytes; /* written so far                                                      */
};

OCS_MUST_USE enum ocs_status ocs_tree_file_open(struct ocs_output_tree *tree, const char *key,
                                                struct ocs_tree_file *file_ret,
                                                struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_tree_file_append(struct ocs_tree_file *file, const void *bytes,
                                                  uint64_t count, struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_tree_file_close(struct ocs_tree_file *file,
                                                 struct ocs_error *error);

/* The three in one. */
OCS_MUST_USE enum ocs_status ocs_output_tree_write(struct ocs_output_tree *tree, const char *key,
                                                   const void *bytes, uint64_t count,
                                                   struct ocs_error *error);

/* Everything to the disk, so that a later publish is quick. */
OCS_MUST_USE enum ocs_status ocs_output_tree_sync(struct ocs_output_tree *tree,
                                                  struct ocs_error *error);

/* Makes the folder appear under its name. With `force` a store of that name is replaced in one
 * step; without, what exists is never replaced. Until the tree is left, abandoning it takes the
 * name away again and gives it back to what was replaced. */
OCS_MUST_USE enum ocs_status ocs_output_tree_appear(struct ocs_output_tree *tree,
                                                    struct ocs_error *error);

/* Closes and frees it; what appeared stays, what it replaced is removed. NULL is fine. */
void ocs_output_tree_leave(struct ocs_output_tree *tree);

/* Leaves nothing behind. No file may be open. NULL is fine. */
void ocs_output_tree_abandon(struct ocs_output_tree *tree);

#endif
