/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crc32c.h"

#include "little_endian.h"

#include <string.h>

/* The remainders of the sixteen values of half a byte, lowest bit first, polynomial 0x82F63B78. */
static const uint32_t half_byte[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t by_table(uint32_t crc, const unsigned char *bytes, uint64_t count)
{
    for (uint64_t i = 0; i < count; ++i) {
        crc ^= bytes[i];
        crc = half_byte[crc & 15] ^ crc >> 4;
        crc = half_byte[crc & 15] ^ crc >> 4;
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t
by_instruction(uint32_t crc, const unsigned char *bytes, uint64_t count)
{
    uint64_t wide = crc;
    for (; count >= sizeof(uint64_t); count -= sizeof(uint64_t), bytes += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    return by_table((uint32_t)wide, bytes, count);
}
#endif

uint32_t ocs_crc32c(const unsigned char *bytes, uint64_t count)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return ~by_instruction(UINT32_MAX, bytes, count);
#endif
    return ~by_table(UINT32_MAX, bytes, count);
}

void ocs_crc32c_append(unsigned char *bytes, uint64_t count)
{
    ocs_put_u32(bytes + count, ocs_crc32c(bytes, count));
}

bool ocs_crc32c_follows(const unsigned char *bytes, uint64_t count)
{
    return ocs_get_u32(bytes + count) == ocs_crc32c(bytes, count);
}
