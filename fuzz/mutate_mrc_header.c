/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps headers such that most get past the first checks. */
#include "input.h"
#include "map_bytes.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    uint64_t random = seed;
    size = LLVMFuzzerMutate(data, size, max_size);
    if (max_size < OCS_MRC_HEADER_BYTES + sizeof(uint64_t) || fuzz_random(&random) % 4 == 0)
        return size;
    const size_t wanted = OCS_MRC_HEADER_BYTES + sizeof(uint64_t);
    if (size < wanted)
        memset(data + size, 0, wanted - size);
    const uint64_t file_bytes = OCS_MRC_HEADER_BYTES + (UINT64_C(1) << fuzz_random(&random) % 40) +
                                fuzz_random(&random) % 3;
    if (fuzz_random(&random) % 2 == 0)
        fuzz_repair_header(data, file_bytes - OCS_MRC_HEADER_BYTES,
                           UINT64_C(1) << fuzz_random(&random) % 12, &random);
    memcpy(data + OCS_MRC_HEADER_BYTES, &file_bytes, sizeof file_bytes);
    return wanted;
}
