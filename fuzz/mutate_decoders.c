/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes what a stream decodes to and compresses it again, so that checksums are right; or changes
 * the stream itself. */
#include "members.h"
#include "input.h"
#include "mutate.h"

enum { HEAD = 2, KINDS = 4, MOST_PLAIN = 8 << 10 };

static size_t decode_all(enum ocs_codec codec, const uint8_t *stream, size_t bytes, uint8_t *plain)
{
    size_t have = 0, got, used;
    while (bytes > 0 &&
           fuzz_member_read(codec, stream, bytes, plain + have, MOST_PLAIN - have, &got, &used)) {
        have += got;
        stream += used;
        bytes -= used;
    }
    return have;
}

/* One member or several, with zeros between them now and then. 0 when they do not fit. */
static size_t encode_all(enum ocs_codec codec, uint64_t *random, const uint8_t *plain, size_t bytes,
                         uint8_t *stream, size_t room)
{
    size_t have = 0;
    do {
        const bool last = fuzz_random(random) % 2 == 0;
        const size_t part = last ? bytes : fuzz_random(random) % (bytes + 1);
        size_t written;
        if (!fuzz_member_write(codec, fuzz_random(random), plain, part, stream + have, room - have,
                              &written))
            return 0;
        have += written;
        for (uint32_t zeros = fuzz_random(random) % 16; zeros < 8 && have < room; ++zeros)
            stream[have++] = 0;
        plain += part;
        bytes -= part;
    } while (bytes > 0);
    return have;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    uint64_t random = seed;
    if (size < HEAD || max_size < HEAD + 64 || fuzz_random(&random) % 3 == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    if (fuzz_random(&random) % 8 == 0)
        data[0] = (uint8_t)fuzz_random(&random);
    const enum ocs_codec codec = (enum ocs_codec)(OCS_CODEC_GZIP + data[0] % KINDS);
    uint8_t *const plain = fuzz_room(MOST_PLAIN);
    size_t bytes = decode_all(codec, data + HEAD, size - HEAD, plain);
    bytes = LLVMFuzzerMutate(plain, bytes, MOST_PLAIN);
    const size_t written = encode_all(codec, &random, plain, bytes, data + HEAD, max_size - HEAD);
    free(plain);
    if (written == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    if (fuzz_random(&random) % 4 == 0)
        return HEAD + LLVMFuzzerMutate(data + HEAD, written, max_size - HEAD);
    return HEAD + written;
}
