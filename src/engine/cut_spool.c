/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cut_spool.h"

#include "checked.h"
#include "cut.h"
#include "spooling.h"

uint64_t ocs_cut_spool_shared(const struct ocs_inputs *inputs)
{
    uint64_t need = 0;
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const struct ocs_map *const map = ocs_inputs_file(inputs, file);
        if (!map || !ocs_map_comes_once(map))
            continue;
        const struct ocs_spool_shape shape = ocs_spool_shape_of(ocs_map_mrc(map));
        need += ocs_spool_need(&shape);
    }
    return need;
}

/* All decoders were opened with their files; the maps are spooled one after the other. */
uint64_t ocs_cut_spool_pass(const struct ocs_inputs *inputs, unsigned threads)
{
    uint64_t held = 0, largest = 0;
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const struct ocs_map *const map = ocs_inputs_file(inputs, file);
        if (!map || !ocs_map_comes_once(map))
            continue;
        const struct ocs_spool_shape shape = ocs_spool_shape_of(ocs_map_mrc(map));
        const uint64_t thread = ocs_process_bytes(threads + 1) - ocs_process_bytes(threads);
        held += ocs_map_need(map);
        largest =
            ocs_max_u64(largest, thread + threads * ocs_spooling_need(&shape) +
                                     ocs_spool_filler_need(&shape, ocs_cut_spool_buffers(threads)));
    }
    return held + largest;
}

unsigned ocs_cut_spool_buffers(unsigned threads)
{
    return threads + 2;
}
