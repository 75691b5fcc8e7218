/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cut_spool.h"

#include "checked.h"
#include "chunk_spooling.h"
#include "spooling.h"
#include "zarr_input.h"

/* What unpacks blosc is loaded for any store: by then the process may not load anything more. */
static const struct ocs_chunk_codec any_chunks = {.method = OCS_CHUNK_BLOSC};

uint64_t ocs_cut_spool_shared(const struct ocs_inputs *inputs)
{
    uint64_t need = 0;
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const struct ocs_map *const map = ocs_inputs_file(inputs, file);
        if (!map)
            continue;
        const struct ocs_spool_shape shape = ocs_map_spool_shape(map);
        need += ocs_map_comes_once(map) ? ocs_spool_need(&shape) : ocs_map_need(map);
        if (ocs_map_zarr(map))
            need += ocs_chunk_process_need(&any_chunks);
    }
    return need;
}

/* All decoders were opened with their files; the maps are spooled one after the other. */
/* Of a read. Wider strips are written in fewer pieces. */
enum { STRIP_READS = 4 };

struct ocs_zarr_strips ocs_cut_strips_of(const struct ocs_zarr_input *input,
                                         const struct ocs_cut *cut)
{
    return ocs_zarr_strips_make(input, STRIP_READS * cut->chunk_bytes);
}

struct ocs_zarr_strips ocs_cut_strips(const struct ocs_map *map, const struct ocs_cut *cut)
{
    return ocs_cut_strips_of(ocs_map_zarr(map), cut);
}

static uint64_t pass_need(const struct ocs_map *map, const struct ocs_cut *cut)
{
    const unsigned threads = cut->threads;
    if (ocs_map_zarr(map)) {
        const struct ocs_zarr_strips strips = ocs_cut_strips(map, cut);
        return threads * ocs_chunk_spooling_need(&strips);
    }
    const struct ocs_spool_shape shape = ocs_map_spool_shape(map);
    const uint64_t thread = ocs_process_bytes(threads + 1) - ocs_process_bytes(threads);
    return thread + threads * ocs_spooling_need(&shape) +
           ocs_spool_filler_need(&shape, ocs_cut_spool_buffers(threads));
}

uint64_t ocs_cut_spool_pass(const struct ocs_inputs *inputs, const struct ocs_cut *cut)
{
    uint64_t held = 0, largest = 0;
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const struct ocs_map *const map = ocs_inputs_file(inputs, file);
        if (!map || !ocs_map_comes_once(map))
            continue;
        held += ocs_map_need(map);
        largest = ocs_max_u64(largest, pass_need(map, cut));
    }
    return held + largest;
}

unsigned ocs_cut_spool_buffers(unsigned threads)
{
    return threads + 2;
}
