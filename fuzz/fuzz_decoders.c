/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes decode to the same, however they are cut and whatever room there is; the budget is
 * kept; a complete first member is what the library itself makes of it. Input: a byte for the
 * decoder and the limit, one for the cuts of input and output, then the stream. */
#include "decoder.h"
#include "members.h"
#include "input.h"

enum { MOST_OUT = 64 << 10, KINDS = 4, SMALL_LIMIT = 1 << 20, LARGE_LIMIT = 64 << 20 };

struct decoded {
    unsigned char *plain; /* MOST_OUT bytes of room                                          */
    size_t bytes;
    bool full; /* there may be more                                                         */
    enum ocs_status status;
    enum ocs_decoder_place place; /* when all was decoded                                    */
};

struct cutting {
    uint64_t random;
    bool whole; /* one piece                                                                */
};

static size_t next_piece(struct cutting *cutting, size_t most)
{
    if (cutting->whole || most == 0)
        return most;
    const uint32_t random = fuzz_random(&cutting->random);
    const size_t wanted = random & 1 ? 1 + random / 2 % 9 : 1 + random / 2 % 4096;
    return wanted < most ? wanted : most;
}

static void check_step(const struct ocs_decoder_step *step, const unsigned char *in,
                       size_t in_bytes, const unsigned char *out, size_t out_bytes)
{
    FUZZ_CHECK(step->in_left <= in_bytes && step->in + step->in_left == in + in_bytes);
    FUZZ_CHECK(step->out_left <= out_bytes && step->out + step->out_left == out + out_bytes);
}

/* Gives one piece of input and as much room as its plain bytes want. */
static void give(struct ocs_decoder *decoder, const unsigned char *in, size_t in_bytes,
                 struct cutting *cutting, struct decoded *decoded)
{
    size_t used = 0;
    bool stuck = false;
    while (decoded->status == OCS_OK && !stuck && !decoded->full) {
        const size_t room = next_piece(cutting, MOST_OUT - decoded->bytes);
        unsigned char *const out = fuzz_room(room);
        struct ocs_error error = {.status = OCS_OK};
        struct ocs_decoder_step step = {in + used, in_bytes - used, out, room};
        decoded->status = ocs_decoder_run(decoder, &step, &error);
        check_step(&step, in, in_bytes, out, room);
        FUZZ_CHECK(decoded->status == OCS_OK || decoded->status == OCS_BAD_INPUT ||
                   decoded->status == OCS_LIMIT);
        FUZZ_CHECK(decoded->status == error.status && (error.status == OCS_OK || error.what[0]));
        memcpy(decoded->plain + decoded->bytes, out, room - step.out_left);
        free(out);
        decoded->bytes += room - step.out_left;
        used = in_bytes - step.in_left;
        decoded->full = decoded->bytes == MOST_OUT;
        stuck = step.out_left > 0;
        if (stuck && decoded->status == OCS_OK && step.in_left > 0)
            FUZZ_CHECK(ocs_decoder_place(decoder) == OCS_DECODER_GARBAGE);
    }
}

static struct decoded decode(enum ocs_codec codec, uint64_t limit, struct cutting cutting,
                             const uint8_t *data, size_t size)
{
    struct ocs_budget *budget;
    struct ocs_decoder *decoder;
    struct ocs_error error;
    FUZZ_CHECK(ocs_budget_create(limit, &budget, &error) == OCS_OK);
    FUZZ_CHECK(ocs_decoder_create(budget, codec, "fuzz", &decoder, &error) == OCS_OK);
    struct decoded decoded = {.plain = fuzz_room(MOST_OUT)};
    for (size_t used = 0; used < size && decoded.status == OCS_OK && !decoded.full;) {
        const size_t piece = next_piece(&cutting, size - used);
        unsigned char *const in = fuzz_copy(data + used, piece);
        give(decoder, in, piece, &cutting, &decoded);
        free(in);
        used += piece;
        FUZZ_CHECK(decoded.status != OCS_OK ||
                   ocs_budget_in_use(budget) <= ocs_decoder_need(decoder));
    }
    decoded.place = ocs_decoder_place(decoder);
    ocs_decoder_destroy(decoder);
    FUZZ_CHECK(ocs_budget_high_water(budget) <= limit);
    FUZZ_CHECK(ocs_budget_in_use(budget) == 0);
    ocs_budget_destroy(budget);
    return decoded;
}

/* A decoder that meets the limit of memory may meet it sooner or later. */
static void check_same(const struct decoded *one, const struct decoded *other)
{
    const size_t both = one->bytes < other->bytes ? one->bytes : other->bytes;
    FUZZ_CHECK(memcmp(one->plain, other->plain, both) == 0);
    if (one->full || other->full || one->status == OCS_LIMIT || other->status == OCS_LIMIT)
        return;
    FUZZ_CHECK(one->status == other->status);
    if (one->status == OCS_OK)
        FUZZ_CHECK(one->bytes == other->bytes && one->place == other->place);
}

static void check_first_member(enum ocs_codec codec, const struct decoded *decoded,
                               const uint8_t *data, size_t size)
{
    if (decoded->status != OCS_OK || decoded->full || decoded->place == OCS_DECODER_INSIDE)
        return;
    unsigned char *const plain = fuzz_room(MOST_OUT);
    size_t bytes, used;
    FUZZ_CHECK(fuzz_member_read(codec, data, size, plain, MOST_OUT, &bytes, &used));
    FUZZ_CHECK(bytes <= decoded->bytes && memcmp(plain, decoded->plain, bytes) == 0);
    free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    const uint8_t kind = fuzz_take_u8(&input), cuts = fuzz_take_u8(&input);
    const enum ocs_codec codec = (enum ocs_codec)(OCS_CODEC_GZIP + kind % KINDS);
    const uint64_t limit = kind & 0x80 ? SMALL_LIMIT : LARGE_LIMIT;
    const struct cutting pieces = {.random = cuts}, whole = {.whole = true};
    const struct decoded in_pieces = decode(codec, limit, pieces, input.data, input.size);
    const struct decoded at_once = decode(codec, limit, whole, input.data, input.size);
    check_same(&at_once, &in_pieces);
    check_first_member(codec, &at_once, input.data, input.size);
    free(at_once.plain);
    free(in_pieces.plain);
    return 0;
}
