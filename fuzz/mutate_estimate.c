/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps maps such that most runs begin: the header is repaired for the voxels that there are, and
 * the file may be compressed as a whole. The parts of a store are changed as they are. */
#include "members.h"
#include "input.h"
#include "map_bytes.h"
#include "mutate.h"
#include "run_options.h"

enum { FRONT = FUZZ_OPTION_BYTES + 1, SHORTEST_AXIS = 16, MOST_FILE = 24 << 10, OF_PARTS = 6 };

/* The file, decompressed when it is compressed. Its size. */
static size_t plain_file(const uint8_t *file, size_t bytes, uint8_t *plain)
{
    size_t have, used;
    const enum ocs_codec codec = ocs_codec_sniff(file, bytes);
    if (codec != OCS_CODEC_NONE &&
        fuzz_member_read(codec, file, bytes, plain, MOST_FILE, &have, &used))
        return have;
    const size_t fits = bytes < MOST_FILE ? bytes : MOST_FILE;
    memcpy(plain, file, fits);
    return fits;
}

/* Mostly options in which little is asked for, since many things asked for contradict. */
static void change_options(uint8_t *options, uint64_t *random)
{
    for (uint32_t changes = fuzz_random(random) % 3; changes > 0; --changes) {
        const uint32_t at = fuzz_random(random) % FRONT;
        options[at] = fuzz_random(random) % 2 ? 0 : (uint8_t)fuzz_random(random);
    }
}

/* The header or the voxels. */
static size_t change_file(uint8_t *file, size_t bytes, uint64_t *random)
{
    if (bytes < OCS_MRC_HEADER_BYTES || fuzz_random(random) % 2)
        return LLVMFuzzerMutate(file, bytes, MOST_FILE);
    LLVMFuzzerMutate(file, OCS_MRC_HEADER_BYTES, OCS_MRC_HEADER_BYTES);
    return bytes;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    uint64_t random = seed;
    if (size < FRONT || max_size < FRONT + OCS_MRC_HEADER_BYTES || fuzz_random(&random) % 16 == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    if ((data[FUZZ_LAST_OPTION] & OF_PARTS) == OF_PARTS && fuzz_random(&random) % 8 != 0)
        return FRONT + LLVMFuzzerMutate(data + FRONT, size - FRONT, max_size - FRONT);
    change_options(data, &random);
    uint8_t *const plain = fuzz_room(MOST_FILE);
    size_t bytes = change_file(plain, plain_file(data + FRONT, size - FRONT, plain), &random);
    if (bytes >= OCS_MRC_HEADER_BYTES && fuzz_random(&random) % 8)
        fuzz_repair_header(plain, bytes - OCS_MRC_HEADER_BYTES, SHORTEST_AXIS, &random);
    const enum ocs_codec codec = (enum ocs_codec)(fuzz_random(&random) % 20);
    size_t written = 0;
    if (codec == OCS_CODEC_NONE || codec > OCS_CODEC_ZSTD ||
        !fuzz_member_write(codec, fuzz_random(&random), plain, bytes, data + FRONT, max_size - FRONT,
                          &written)) {
        written = bytes < max_size - FRONT ? bytes : max_size - FRONT;
        memcpy(data + FRONT, plain, written);
    }
    free(plain);
    return FRONT + written;
}
