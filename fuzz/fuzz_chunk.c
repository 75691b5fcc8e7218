/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored chunks of any content give exactly the bytes of a chunk or a reason, in no more memory
 * than is said; and whatever is packed comes back. Input: a byte for the method, one for the
 * element, shuffle and checksum, two for the size of a chunk, then what is stored. */
#include "chunk_codec.h"
#include "crc32c.h"
#include "fuzz_check.h"

#include <string.h>

enum { PREFIX = 4, SHUFFLED = 4, CHECKSUM = 8 };

static unsigned char *room(size_t bytes)
{
    unsigned char *const block = malloc(bytes + (bytes == 0));
    FUZZ_CHECK(block);
    return block;
}

static struct ocs_chunk_codec codec_of(const uint8_t *data)
{
    return (struct ocs_chunk_codec){.method = (enum ocs_chunk_method)(data[0] % 5),
                                    .level = 1 + data[0] / 5 % 9,
                                    .element_bytes = 1U << data[1] % 3,
                                    .shuffled = data[1] & SHUFFLED,
                                    .crc32c = data[1] & CHECKSUM,
                                    .blosc_inner = (enum ocs_blosc_inner)(data[1] / 16 % 6),
                                    .blosc_shuffle = (enum ocs_blosc_shuffle)(data[0] / 45 % 3)};
}

static struct ocs_budget *budget_of(uint64_t need)
{
    struct ocs_error error;
    struct ocs_budget *budget;
    FUZZ_CHECK(ocs_budget_create(need, &budget, &error) == OCS_OK);
    return budget;
}

/* Twice, from and into blocks of exactly their size: the same bytes or the same refusal. */
static enum ocs_status unpack(const struct ocs_chunk_codec *codec, const unsigned char *packed,
                              uint64_t packed_bytes, unsigned char *plain, uint64_t plain_bytes)
{
    struct ocs_error error = {0};
    struct ocs_budget *const budget = budget_of(ocs_chunk_unpacker_need(codec, plain_bytes));
    struct ocs_chunk_unpacker *unpacker;
    FUZZ_CHECK(ocs_chunk_unpacker_open(budget, codec, plain_bytes, &unpacker, &error) == OCS_OK);
    const enum ocs_status status =
        ocs_chunk_unpack(unpacker, "fuzz", packed, packed_bytes, plain, &error);
    FUZZ_CHECK(status == OCS_OK || (status == OCS_BAD_INPUT && error.status == status &&
                                    error.what[0] != '\0' && strcmp(error.path, "fuzz") == 0));
    unsigned char *const again = room(plain_bytes);
    FUZZ_CHECK(ocs_chunk_unpack(unpacker, "fuzz", packed, packed_bytes, again, &error) == status);
    FUZZ_CHECK(status != OCS_OK || memcmp(again, plain, plain_bytes) == 0);
    free(again);
    ocs_chunk_unpacker_close(unpacker);
    FUZZ_CHECK(ocs_budget_in_use(budget) == 0);
    ocs_budget_destroy(budget);
    return status;
}

static void open_stored(const struct ocs_chunk_codec *codec, const uint8_t *data, size_t size,
                        uint64_t plain_bytes)
{
    const size_t packed_bytes = size + (codec->crc32c ? OCS_CRC32C_BYTES : 0);
    unsigned char *const packed = room(packed_bytes), *const plain = room(plain_bytes);
    memcpy(packed, data, size);
    if (codec->crc32c) /* a right one, so that what is behind it is reached */
        ocs_crc32c_append(packed, size);
    const enum ocs_status status = unpack(codec, packed, packed_bytes, plain, plain_bytes);
    if (codec->method == OCS_CHUNK_PLAIN && !codec->shuffled)
        FUZZ_CHECK(size == plain_bytes ? status == OCS_OK && memcmp(plain, data, size) == 0
                                       : status == OCS_BAD_INPUT);
    free(packed);
    free(plain);
}

static void pack_and_open(const struct ocs_chunk_codec *codec, const uint8_t *data, uint64_t bytes)
{
    struct ocs_error error;
    struct ocs_budget *const budget = budget_of(ocs_chunk_packer_need(codec, bytes));
    struct ocs_chunk_packer *packer;
    uint64_t packed_bytes;
    unsigned char *const packed = room(ocs_chunk_bound(codec, bytes)), *const plain = room(bytes);
    FUZZ_CHECK(ocs_chunk_packer_open(budget, codec, bytes, &packer, &error) == OCS_OK);
    FUZZ_CHECK(ocs_chunk_pack(packer, data, bytes, packed, &packed_bytes, &error) == OCS_OK);
    ocs_chunk_packer_close(packer);
    ocs_budget_destroy(budget);
    FUZZ_CHECK(packed_bytes <= ocs_chunk_bound(codec, bytes));
    FUZZ_CHECK(packed_bytes <= ocs_chunk_packed_limit(bytes));
    FUZZ_CHECK(unpack(codec, packed, packed_bytes, plain, bytes) == OCS_OK);
    FUZZ_CHECK(memcmp(plain, data, bytes) == 0);
    free(packed);
    free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < PREFIX)
        return 0;
    struct ocs_chunk_codec codec = codec_of(data);
    const uint64_t elements = 1 + (data[2] | (uint64_t)data[3] << 8);
    open_stored(&codec, data + PREFIX, size - PREFIX, elements * codec.element_bytes);
    codec.shuffled = false;
    const uint64_t whole = (size - PREFIX) / codec.element_bytes * codec.element_bytes;
    if (codec.method <= OCS_CHUNK_BLOSC && whole > 0)
        pack_and_open(&codec, data + PREFIX, whole);
    return 0;
}
