/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TREE_REMOVE_H
#define OCS_TREE_REMOVE_H

/* Removes `name` in the open folder `folder`, with everything below it, following no links.
 * Returns 0 or the errno of the first thing that stays. */
int ocs_tree_remove(int folder, const char *name);

#endif
