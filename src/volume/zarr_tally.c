/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_tally.h"

#include "checked.h"
#include "fail.h"
#include "store.h"
#include "zarr_input.h"

#include <stdatomic.h>

static enum ocs_status refuse(const struct ocs_zarr_input *input, const char *path,
                              const char *what, struct ocs_error *error)
{
    ocs_fail(error, OCS_LIMIT, "reading", path, "%s more than %llu times as many", what,
             (unsigned long long)input->tally->expansion);
    ocs_advise(error, "if that is meant, raise --max-expansion");
    return OCS_LIMIT;
}

/* What so many stored bytes may give, and UINT64_MAX when that is no number. */
static uint64_t allowed(const struct ocs_zarr_input *input, uint64_t stored)
{
    uint64_t most;
    return ocs_mul_u64(stored, input->tally->expansion, &most) ? most : UINT64_MAX;
}

enum ocs_status ocs_zarr_tally_add(const struct ocs_zarr_input *input, uint64_t stored,
                                   const char *path, struct ocs_error *error)
{
    const uint64_t plain = ocs_zarr_chunk_bytes(&input->array);
    const uint64_t least = input->array.sharded ? OCS_ZARR_SHARD_CHUNK_COST : OCS_ZARR_KEY_COST;
    const uint64_t counted = ocs_max_u64(stored, least);
    const uint64_t excess = plain - ocs_min_u64(plain, allowed(input, counted));
    atomic_fetch_add_explicit(&input->tally->stored, counted, memory_order_relaxed);
    if (excess == 0 ||
        atomic_fetch_add(&input->tally->excess, excess) + excess <= OCS_EXPANSION_FREE_BYTES)
        return OCS_OK;
    return refuse(input, path, "the bytes of its chunks give", error);
}

enum ocs_status ocs_zarr_tally_check(const struct ocs_zarr_input *input, struct ocs_error *error)
{
    const uint64_t *const shape = input->array.shape;
    const uint64_t plain = shape[0] * shape[1] * shape[2] * ocs_zarr_type_bytes(input->array.type);
    const uint64_t most = allowed(input, atomic_load(&input->tally->stored));
    if (plain <= OCS_EXPANSION_FREE_BYTES || plain - OCS_EXPANSION_FREE_BYTES <= most)
        return OCS_OK;
    return refuse(input, ocs_store_path(input->store), "the bytes that are stored stand for",
                  error);
}
