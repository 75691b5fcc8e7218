/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "file_header.h"

#include "block.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* Word `number` counts from 1, as the format's description does. */
static void put_word(unsigned char *bytes, int number, uint32_t bits, bool big_endian)
{
    phantom_put(bytes + (ptrdiff_t)4 * (number - 1), bits, 4, big_endian);
}

static void put_float(unsigned char *bytes, int number, double value, bool big_endian)
{
    const float single = (float)value;
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    put_word(bytes, number, bits, big_endian);
}

static void put_geometry(const struct phantom_header *header, unsigned char *bytes)
{
    const bool big = header->big_endian;
    for (int i = 0; i < 3; ++i) {
        const int axis = AXIS_X - i; /* the file has x, y, z */
        const uint32_t n = (uint32_t)header->box[axis];
        put_word(bytes, 1 + i, n, big);
        put_word(bytes, 8 + i, n, big);
        put_float(bytes, 11 + i, (double)n * header->voxel[axis], big);
        put_float(bytes, 14 + i, 90, big);
        put_word(bytes, 17 + i, (uint32_t)i + 1, big);
    }
    put_word(bytes, 4, (uint32_t)header->mode, big);
}

static void put_statistics(const struct phantom_header *header, unsigned char *bytes)
{
    const bool big = header->big_endian;
    const double n =
        (double)header->box[AXIS_Z] * (double)header->box[AXIS_Y] * (double)header->box[AXIS_X];
    const double mean = header->stats.sum / n;
    const double variance = header->stats.squares / n - mean * mean;
    put_float(bytes, 20, header->stats.min, big);
    put_float(bytes, 21, header->stats.max, big);
    put_float(bytes, 22, mean, big);
    put_float(bytes, 55, sqrt(fmax(variance, 0)), big);
}

void phantom_header_pack(const struct phantom_header *header,
                         unsigned char bytes[PHANTOM_HEADER_BYTES])
{
    const bool big = header->big_endian;
    memset(bytes, 0, PHANTOM_HEADER_BYTES);
    put_geometry(header, bytes);
    put_statistics(header, bytes);
    put_word(bytes, 23, 1, big); /* a volume, not a stack */
    put_word(bytes, 28, 20140, big);
    memcpy(bytes + 208, "MAP ", 4);
    memset(bytes + 212, big ? 0x11 : 0x44, 2);
    put_word(bytes, 56, 1, big);
    memset(bytes + 224, ' ', PHANTOM_LABEL_BYTES);
    for (int i = 0; i < PHANTOM_LABEL_BYTES && header->label[i]; ++i)
        bytes[224 + i] = (unsigned char)header->label[i];
}
