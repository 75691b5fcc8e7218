/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_PUBLISH_H
#define OCS_PUBLISH_H

/* Names in one open folder: making hidden ones and turning a file into a visible one. All return 0
 * or a positive errno. */

#include <limits.h>
#include <stdbool.h>

/* A name for a file under way: ".NAME.xxxxxx.part", NAME cut so that it fits. Empty after a
 * failure. */
struct ocs_hidden_name {
    char text[NAME_MAX + 1];
};

/* A new file, open for writing, under a new hidden name. */
int ocs_publish_create_hidden(int folder, const char *name, struct ocs_hidden_name *hidden_ret,
                              int *descriptor_ret);

/* Keeps what is under `name`, if anything, under a hidden name too. */
int ocs_publish_set_aside(int folder, const char *name, struct ocs_hidden_name *hidden_ret);

/* Gives the nameless file `descriptor` its name; EEXIST when there is one already. */
int ocs_publish_link(int folder, int descriptor, const char *name);

/* Gives it a new hidden name. */
int ocs_publish_link_hidden(int folder, int descriptor, const char *name,
                            struct ocs_hidden_name *hidden_ret);

/* Renames; without `replace`, EEXIST when `name` exists. */
int ocs_publish_rename(int folder, const char *hidden, const char *name, bool replace);

/* Whether ocs_publish_link can work at all: it goes through /proc. */
bool ocs_publish_can_link(int descriptor);

#endif
