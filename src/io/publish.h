/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_PUBLISH_H
#define OCS_PUBLISH_H

/* Names in one open folder: making hidden ones and turning a file into a visible one. All return 0
 * or a positive errno. */

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/* A name for a file under way: ".NAME.xxxxxx.part", NAME cut so that it fits. Empty after a
 * failure. */
struct ocs_hidden_name {
    char text[NAME_MAX + 1];
};

/* Others may use hidden names of the same form: chance, and that what exists is not taken, keep out
 * of their way. */
enum { OCS_PUBLISH_ATTEMPTS = 100 };
int ocs_publish_make_hidden_name(const char *name, struct ocs_hidden_name *hidden_ret);

/* A new file, open for writing, under a new hidden name. */
int ocs_publish_create_hidden(int folder, const char *name, struct ocs_hidden_name *hidden_ret,
                              int *descriptor_ret);

/* The name of a file that a later run goes on with: ".NAME.resume.part". */
void ocs_publish_kept_name(const char *name, struct ocs_hidden_name *hidden_ret);

/* That file, locked, open for reading and writing. `fresh`: made, or emptied; else it must be there
 * (ENOENT). EWOULDBLOCK while another process has it. */
int ocs_publish_open_kept(int folder, const char *name, bool fresh,
                          struct ocs_hidden_name *hidden_ret, int *descriptor_ret);

/* Keeps what is under `name`, if anything, under a hidden name too. */
int ocs_publish_set_aside(int folder, const char *name, struct ocs_hidden_name *hidden_ret);

/* Keeps what has that name from being taken for left over, until the descriptor that is returned is
 * closed. -1: it cannot be. */
int ocs_publish_hold(int folder, const char *name);

/* A new folder under a new hidden name, held, which only its owner may enter yet; *mode_ret is the
 * mode that such a folder ordinarily has. `kept`: under the name that ocs_publish_kept_name gives;
 * what an interrupted run left there is removed, EWOULDBLOCK while another process has it. */
int ocs_publish_create_hidden_folder(int folder, const char *name, bool kept,
                                     struct ocs_hidden_name *hidden_ret, int *descriptor_ret,
                                     mode_t *mode_ret);

/* Gives the nameless file `descriptor` its name; EEXIST when there is one already. */
int ocs_publish_link(int folder, int descriptor, const char *name);

/* Gives it a new hidden name. */
int ocs_publish_link_hidden(int folder, int descriptor, const char *name,
                            struct ocs_hidden_name *hidden_ret);

/* Renames; without `replace`, EEXIST when `name` exists. */
int ocs_publish_rename(int folder, const char *hidden, const char *name, bool replace);

/* Gives the hidden folder its name. With `replace` a folder of that name takes the hidden one in
 * exchange; without it, EEXIST when there is one. *hidden holds the name of what was replaced, or
 * is empty. */
int ocs_publish_rename_folder(int folder, struct ocs_hidden_name *hidden, const char *name,
                              bool replace);

/* Whether ocs_publish_link can work at all: it goes through /proc. */
bool ocs_publish_can_link(int descriptor);

#endif
