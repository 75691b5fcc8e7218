/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checked.h"
#include "fail.h"
#include "place_sum.h"
#include "store.h"
#include "zarr_input.h"
#include "zarr_key.h"

#include <stdlib.h>

enum {
    SAMPLES = 9,
    PIECES = 2 * SAMPLES,
    PIECE_BYTES = 8 << 10,
};

/* Sample `i` of the keys, from the first to the last. */
static void key_of_sample(const struct ocs_zarr_input *input, uint64_t i,
                          char key[OCS_ZARR_INPUT_KEY_BYTES])
{
    uint64_t grid[3], index[3];
    ocs_zarr_grid(&input->array, grid);
    uint64_t at = (grid[0] * grid[1] * grid[2] - 1) * i / (SAMPLES - 1);
    for (unsigned axis = 3; axis-- > 0;) {
        index[axis] = at % grid[axis];
        at /= grid[axis];
    }
    ocs_zarr_input_key(input, index, key);
}

/* The beginnings, which every server gives and which say where the ends are; then these. */
static enum ocs_status get_pieces(const struct ocs_zarr_input *input,
                                  struct ocs_store_get gets[PIECES], struct ocs_error *error)
{
    const enum ocs_status status = ocs_store_get(input->store, gets, SAMPLES, error);
    bool parts = false;
    for (unsigned i = 0; i < SAMPLES && status == OCS_OK; ++i) {
        parts = parts || gets[i].parts;
        gets[SAMPLES + i].offset = gets[i].total - ocs_min_u64(gets[i].total, PIECE_BYTES);
    }
    return parts ? ocs_store_get(input->store, gets + SAMPLES, SAMPLES, error) : status;
}

enum ocs_status ocs_zarr_input_identify(const struct ocs_zarr_input *input, uint64_t *digest_ret,
                                        struct ocs_error *error)
{
    unsigned char *const bytes = calloc(PIECES, PIECE_BYTES);
    if (!bytes)
        return ocs_fail(error, OCS_LIMIT, "reading", ocs_store_path(input->store), "no memory");
    char keys[SAMPLES][OCS_ZARR_INPUT_KEY_BYTES];
    struct ocs_store_get gets[PIECES];
    for (uint64_t i = 0; i < PIECES; ++i) {
        if (i < SAMPLES)
            key_of_sample(input, i, keys[i]);
        gets[i] = (struct ocs_store_get){
            .key = keys[i % SAMPLES], .room = PIECE_BYTES, .to = bytes + i * PIECE_BYTES};
    }
    const enum ocs_status status = get_pieces(input, gets, error);
    uint64_t totals[PIECES] = {0};
    for (unsigned i = 0; i < PIECES && status == OCS_OK; ++i)
        totals[i] = gets[i].total + (gets[i].found ? 1 : 0);
    *digest_ret = ocs_place_sum(0, bytes, (uint64_t)PIECES * PIECE_BYTES) +
                  ocs_place_sum((uint64_t)PIECES * PIECE_BYTES, totals, sizeof totals);
    free(bytes);
    return status;
}
