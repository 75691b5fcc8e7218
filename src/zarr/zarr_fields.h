/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_FIELDS_H
#define OCS_ZARR_FIELDS_H

/* Members of an array's metadata that both versions have, and how each becomes fields of the
 * struct. Each gives OCS_BAD_INPUT, with the reason, for what cannot be used. */

#include "zarr_array.h"
#include "zarr_json.h"

/* shape, leading */
OCS_MUST_USE enum ocs_status ocs_zarr_read_shape(const struct ocs_zarr_reader *reader,
                                                 const json_t *list, struct ocs_zarr_array *array);

/* An extent of chunks or shards, once `shape` is known; `what` is its name in a message. */
OCS_MUST_USE enum ocs_status ocs_zarr_read_extent(const struct ocs_zarr_reader *reader,
                                                  const json_t *list, const char *what,
                                                  const struct ocs_zarr_array *array,
                                                  uint64_t extent_ret[3]);

/* fill, once `type` is known; NULL and null are 0. */
OCS_MUST_USE enum ocs_status ocs_zarr_read_fill(const struct ocs_zarr_reader *reader,
                                                const json_t *value, struct ocs_zarr_array *array);
json_t *ocs_zarr_fill_json(const struct ocs_zarr_array *array);

/* codec, shuffled: from `compressor` and `filters` of version 2. */
OCS_MUST_USE enum ocs_status ocs_zarr_read_compressor(const struct ocs_zarr_reader *reader,
                                                      const json_t *compressor,
                                                      const json_t *filters,
                                                      struct ocs_zarr_array *array);

/* codec, big_endian, and all of shards: from `codecs` of version 3, once shape and shard are known
 * and chunk is as shard. */
OCS_MUST_USE enum ocs_status ocs_zarr_read_codecs(const struct ocs_zarr_reader *reader,
                                                  const json_t *codecs,
                                                  struct ocs_zarr_array *array);

/* The whole file of each version; what they have in common is checked by the caller. */
OCS_MUST_USE enum ocs_status ocs_zarr_read_v2(const struct ocs_zarr_reader *reader,
                                              const json_t *root, struct ocs_zarr_array *array);
OCS_MUST_USE enum ocs_status ocs_zarr_read_v3(const struct ocs_zarr_reader *reader, json_t *root,
                                              struct ocs_zarr_array *array);

/* Refuses what no mode of MRC holds; `name` may be NULL. */
enum ocs_status ocs_zarr_refuse_type(const struct ocs_zarr_reader *reader, const char *name);

#endif
