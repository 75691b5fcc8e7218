/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "encode.h"

#include <math.h>
#include <string.h>

struct phantom_encoding phantom_encoding_make(int mode, bool big_endian, double low, double high)
{
    struct phantom_encoding encoding = {mode, big_endian, 1, 0};
    if (mode == 0)
        encoding.factor = (float)(127 / high);
    else if (mode == 1)
        encoding.factor = (float)(32767 / high);
    else if (mode == 6) {
        encoding.factor = (float)(65535 / (high - low));
        encoding.offset = (float)(-low * 65535 / (high - low));
    }
    return encoding;
}

int64_t phantom_voxel_bytes(int mode)
{
    return mode == 0 ? 1 : mode == 2 ? 4 : 2;
}

struct phantom_stats phantom_stats_none(void)
{
    return (struct phantom_stats){.min = INFINITY, .max = -INFINITY};
}

struct phantom_stats phantom_stats_merge(struct phantom_stats a, struct phantom_stats b)
{
    return (struct phantom_stats){fmin(a.min, b.min), fmax(a.max, b.max), a.sum + b.sum,
                                  a.squares + b.squares};
}

void phantom_put(unsigned char *to, uint32_t bits, int64_t bytes, bool big_endian)
{
    for (int64_t i = 0; i < bytes; ++i)
        to[big_endian ? bytes - 1 - i : i] = (unsigned char)(bits >> (8 * i));
}

/* One voxel as stored: its bits and the value they stand for. */
struct stored {
    uint32_t bits;
    float value;
};

static struct stored as_float32(float value)
{
    struct stored stored = {.value = value};
    memcpy(&stored.bits, &value, sizeof value);
    return stored;
}

/* Rounds half to even. Below 2^-14 a float16 counts in steps of 2^-24; above, it has 13 bits fewer
 * than a float32 and an exponent bias smaller by 112. */
static struct stored as_float16(float value)
{
    const float size = fminf(fabsf(value), 65504);
    const uint32_t sign = signbit(value) ? 0x8000 : 0;
    if (size < 0x1p-14f) {
        const float steps = rintf(size * 0x1p24f);
        return (struct stored){sign | (uint32_t)steps, copysignf(steps * 0x1p-24f, value)};
    }
    uint32_t bits = as_float32(size).bits;
    bits = (bits + 0xFFF + (bits >> 13 & 1)) >> 13 << 13;
    float rounded;
    memcpy(&rounded, &bits, sizeof rounded);
    return (struct stored){sign | ((bits - (112u << 23)) >> 13), copysignf(rounded, value)};
}

static struct stored as_integer(float value, float low, float high)
{
    const float whole = rintf(fminf(fmaxf(value, low), high));
    return (struct stored){(uint32_t)(int32_t)whole, whole};
}

static struct stored store(int mode, float value)
{
    switch (mode) {
    case 0:
        return as_integer(value, -128, 127);
    case 1:
        return as_integer(value, -32768, 32767);
    case 6:
        return as_integer(value, 0, 65535);
    case 12:
        return as_float16(value);
    default:
        return as_float32(value);
    }
}

void phantom_encode(const struct phantom_encoding *encoding, const float *density, int64_t n,
                    unsigned char *to, struct phantom_stats *stats)
{
    const int64_t bytes = phantom_voxel_bytes(encoding->mode);
    for (int64_t i = 0; i < n; ++i) {
        const float wanted = density[i] * encoding->factor + encoding->offset;
        const struct stored stored = store(encoding->mode, wanted);
        phantom_put(to + i * bytes, stored.bits, bytes, encoding->big_endian);
        const double value = (double)stored.value;
        stats->min = value < stats->min ? value : stats->min;
        stats->max = value > stats->max ? value : stats->max;
        stats->sum += value;
        stats->squares += value * value;
    }
}
