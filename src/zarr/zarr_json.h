/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_JSON_H
#define OCS_ZARR_JSON_H

/* Metadata as JSON, before anything in them is believed. */

#include "occustream/error.h"

#include <jansson.h>
#include <stdbool.h>

/* Whose metadata are read, and where a failure goes. */
struct ocs_zarr_reader {
    const char *path;
    struct ocs_error *error;
};

/* OCS_BAD_INPUT: what is wrong with the metadata, in one clause. */
OCS_PRINTF(2, 3)
enum ocs_status ocs_zarr_refuse(const struct ocs_zarr_reader *reader, const char *what, ...);

/* An object, to be released with json_decref(); NULL after ocs_zarr_refuse(): too long, too deep,
 * too much to keep, not JSON, or a key given twice; or when there is no memory (OCS_LIMIT). */
OCS_MUST_USE json_t *ocs_zarr_parse(const struct ocs_zarr_reader *reader, const char *text,
                                    uint64_t bytes);

/* Whether a text is short and simple enough for ocs_zarr_parse(). */
bool ocs_zarr_fits(const char *text, uint64_t bytes);

/* Whether the value is this string. NULL is not. */
bool ocs_zarr_is(const json_t *value, const char *string);

/* The name of a version 3 extension, which is an object with a name or the name itself; NULL if it
 * is neither. */
const char *ocs_zarr_extension_name(const json_t *extension);

/* Whether it is the extension of this name. */
bool ocs_zarr_is_extension(const json_t *extension, const char *name);

/* The member of its configuration, or NULL. */
json_t *ocs_zarr_setting(const json_t *extension, const char *key);

/* The text of a value, which may be NULL; NULL when there is no memory. To be freed with free(). */
char *ocs_json_text(const json_t *value, size_t how);

/* The text of `object`, which is released; it may be NULL, as json_pack gives it when there is no
 * memory. To be freed with free(). */
OCS_MUST_USE enum ocs_status ocs_zarr_dump(json_t *object, char **text_ret,
                                           struct ocs_error *error);

#endif
