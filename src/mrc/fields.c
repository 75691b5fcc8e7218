/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fields.h"

#include <string.h>

/* A four-byte number: its word in the file, counted from 1 as the format's description does, and
 * its place in the struct. */
struct field {
    unsigned word;
    size_t member;
};

#define FIELD(word, member)                                                                        \
    {                                                                                              \
        word, offsetof(struct ocs_mrc_header, member)                                              \
    }

static const struct field fields[] = {
    FIELD(1, nx),        FIELD(2, ny),          FIELD(3, nz),          FIELD(4, mode),
    FIELD(5, nxstart),   FIELD(6, nystart),     FIELD(7, nzstart),     FIELD(8, mx),
    FIELD(9, my),        FIELD(10, mz),         FIELD(11, cell_x),     FIELD(12, cell_y),
    FIELD(13, cell_z),   FIELD(14, alpha),      FIELD(15, beta),       FIELD(16, gamma),
    FIELD(17, mapc),     FIELD(18, mapr),       FIELD(19, maps),       FIELD(20, dmin),
    FIELD(21, dmax),     FIELD(22, dmean),      FIELD(23, ispg),       FIELD(24, nsymbt),
    FIELD(28, nversion), FIELD(39, imod_stamp), FIELD(40, imod_flags), FIELD(50, origin_x),
    FIELD(51, origin_y), FIELD(52, origin_z),   FIELD(55, rms),        FIELD(56, nlabl),
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

enum { EXTTYP_AT = 26 * 4, MAP_AT = 52 * 4, MACHST_AT = 53 * 4, LABELS_AT = 56 * 4 };

_Static_assert(sizeof(int32_t) == 4 && sizeof(float) == 4, "every number is one word");
_Static_assert(LABELS_AT + OCS_MRC_LABELS * OCS_MRC_LABEL_BYTES == OCS_MRC_HEADER_BYTES,
               "the labels end the header");

const char *ocs_byte_order_name(enum ocs_byte_order order)
{
    switch (order) {
    case OCS_ORDER_LITTLE:
        return "little-endian";
    case OCS_ORDER_BIG:
        return "big-endian";
    default:
        return "no byte order";
    }
}

bool ocs_byte_order_swapped(enum ocs_byte_order order)
{
    const bool host_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    return (order == OCS_ORDER_BIG) != host_is_big;
}

static size_t offset_of(const struct field *field)
{
    return (size_t)(field->word - 1) * 4;
}

static void move_word(void *to, const void *from, bool swapped)
{
    uint32_t word;
    memcpy(&word, from, sizeof word);
    if (swapped)
        word = __builtin_bswap32(word);
    memcpy(to, &word, sizeof word);
}

void ocs_mrc_unpack(const unsigned char bytes[OCS_MRC_HEADER_BYTES], enum ocs_byte_order order,
                    struct ocs_mrc_header *header_ret)
{
    const bool swapped = ocs_byte_order_swapped(order);
    *header_ret = (struct ocs_mrc_header){0};
    for (int i = 0; i < FIELDS; ++i)
        move_word((char *)header_ret + fields[i].member, bytes + offset_of(&fields[i]), swapped);
    memcpy(header_ret->exttyp, bytes + EXTTYP_AT, sizeof header_ret->exttyp);
    memcpy(header_ret->map, bytes + MAP_AT, sizeof header_ret->map);
    memcpy(header_ret->machst, bytes + MACHST_AT, sizeof header_ret->machst);
    memcpy(header_ret->labels, bytes + LABELS_AT, sizeof header_ret->labels);
}

void ocs_mrc_pack(const struct ocs_mrc_header *header, unsigned char bytes[OCS_MRC_HEADER_BYTES])
{
    static const unsigned char little_stamp[4] = {0x44, 0x44, 0, 0};
    const bool swapped = ocs_byte_order_swapped(OCS_ORDER_LITTLE);
    memset(bytes, 0, OCS_MRC_HEADER_BYTES);
    for (int i = 0; i < FIELDS; ++i)
        move_word(bytes + offset_of(&fields[i]), (const char *)header + fields[i].member, swapped);
    memcpy(bytes + EXTTYP_AT, header->exttyp, sizeof header->exttyp);
    memcpy(bytes + MAP_AT, header->map, sizeof header->map);
    memcpy(bytes + MACHST_AT, little_stamp, sizeof little_stamp);
    memcpy(bytes + LABELS_AT, header->labels, sizeof header->labels);
}
