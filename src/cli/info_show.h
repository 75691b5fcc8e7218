/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_INFO_SHOW_H
#define OCS_INFO_SHOW_H

/* The two ways of showing what is known of a file. */

#include <jansson.h>
#include <occustream/info.h>

/* Writes a few aligned lines to standard output. */
void ocs_info_print(const char *path, const struct ocs_info *info);

/* A new object; NULL when memory is short. Numbers that are not finite become null. */
json_t *ocs_info_json(const char *path, const struct ocs_info *info);

/* The same for a file that was refused: path, error and exit status. */
json_t *ocs_info_error_json(const char *path, const struct ocs_error *error);

#endif
