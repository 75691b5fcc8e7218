/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TESTS_HEADER_BYTES_H
#define OCS_TESTS_HEADER_BYTES_H

/* Headers written byte by byte, apart from the library's own writer. Words are counted from 1, as
 * the format's description does. */

#include "header.h"

#include <string.h>

static inline void put_int(unsigned char *header, unsigned word, int32_t value, bool big)
{
    for (unsigned i = 0; i < 4; ++i)
        header[(word - 1) * 4 + (big ? 3 - i : i)] = (unsigned char)((uint32_t)value >> (8 * i));
}

static inline void put_float(unsigned char *header, unsigned word, float value, bool big)
{
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_int(header, word, bits, big);
}

/* A flawless 2022 header: float32, 24 columns, 20 rows, 16 sections, 2 A voxels, one label. */
static inline void good_header(unsigned char header[OCS_MRC_HEADER_BYTES], bool big)
{
    static const int32_t sizes[3] = {24, 20, 16};
    memset(header, 0, OCS_MRC_HEADER_BYTES);
    for (unsigned i = 0; i < 3; ++i) {
        put_int(header, 1 + i, sizes[i], big);
        put_int(header, 8 + i, sizes[i], big);
        put_float(header, 11 + i, 2.0F * (float)sizes[i], big);
        put_float(header, 14 + i, 90, big);
        put_int(header, 17 + i, (int32_t)i + 1, big);
    }
    put_int(header, 4, OCS_MODE_FLOAT32, big);
    put_float(header, 20, -1, big);
    put_float(header, 21, 3, big);
    put_float(header, 22, 0.5F, big);
    put_int(header, 23, 1, big);
    put_int(header, 28, 20141, big);
    memcpy(header + 208, "MAP ", 4);
    memcpy(header + 212, big ? "\x11\x11\0\0" : "\x44\x44\0\0", 4);
    put_float(header, 55, 0.25F, big);
    put_int(header, 56, 1, big);
    memset(header + 224, ' ', 80);
    memcpy(header + 224, "made for a test", 15);
}

enum { GOOD_DATA_BYTES = 24 * 20 * 16 * 4, GOOD_FILE_BYTES = 1024 + GOOD_DATA_BYTES };

#endif
