/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_INPUT_H
#define OCS_ZARR_INPUT_H

/* A Zarr store as a map: which of its arrays is meant, and the header that an MRC file of it would
 * have. Nothing of the voxels is read here, and nothing is made as large as the metadata say. */

#include "header.h"
#include "zarr_group.h"
#include "zarr_key.h"
#include "zarr_tally.h"

struct ocs_store;

struct ocs_zarr_input {
    struct ocs_store *store;
    char prefix[OCS_ZARR_PATH_BYTES]; /* of the array in the store; "": the store is the array  */
    struct ocs_zarr_array array;
    unsigned level, level_count;  /* 0 of 1 for an array that no group knows                   */
    bool is_image;                /* a group says how large its voxels are                     */
    struct ocs_zarr_tally *tally; /* of all that read it                                     */
};

/* `location` is a store (ocs_store_is_location): a group that is an image, or an array, perhaps in
 * such a group. `level` may be OCS_LEVEL_AUTO (map.h). OCS_USAGE when there is no such level;
 * OCS_BAD_INPUT when it is no store or none that this program can use. `mrc_ret` has the box, mode
 * and geometry; its rows are those of the array as they stand in its chunks, beginning at byte 0.
 */
OCS_MUST_USE enum ocs_status ocs_zarr_input_open(const char *location, uint64_t level,
                                                 unsigned connections,
                                                 struct ocs_zarr_input **input_ret,
                                                 struct ocs_mrc *mrc_ret, struct ocs_error *error);
/* How many plain bytes a stored one may give; OCS_EXPANSION_DEFAULT without this call. To be called
 * before anything is read. */
void ocs_zarr_input_set_expansion(struct ocs_zarr_input *input, uint64_t expansion);

/* The key in the store of the chunk, or the shard, at `index`. */
enum { OCS_ZARR_INPUT_KEY_BYTES = OCS_ZARR_PATH_BYTES + OCS_ZARR_KEY_BYTES };
void ocs_zarr_input_key(const struct ocs_zarr_input *input, const uint64_t index[3],
                        char key_ret[OCS_ZARR_INPUT_KEY_BYTES]);

void ocs_zarr_input_close(struct ocs_zarr_input *input); /* NULL is fine */

/* ---- zarr_identity.c ---- */

/* A digest of chunks or shards here and there, the first and the last among them: whether they are
 * there, how long they are, and how they begin and end. OCS_IO when they cannot be read. */
OCS_MUST_USE enum ocs_status ocs_zarr_input_identify(const struct ocs_zarr_input *input,
                                                     uint64_t *digest_ret, struct ocs_error *error);

/* ---- zarr_header.c ---- */

/* The header of level `level`; `group` NULL: nothing is known but the array. `path` is for
 * messages. */
OCS_MUST_USE enum ocs_status ocs_zarr_header(const struct ocs_zarr_array *array,
                                             const struct ocs_zarr_group *group, unsigned level,
                                             const char *path, struct ocs_mrc *mrc_ret,
                                             struct ocs_error *error);

#endif
