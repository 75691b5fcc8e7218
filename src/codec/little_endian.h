/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_LITTLE_ENDIAN_H
#define OCS_LITTLE_ENDIAN_H

/* Numbers in files, lowest byte first, at any address. */

#include <stdint.h>

static inline uint64_t ocs_get_bytes(const unsigned char *from, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i)
        value |= (uint64_t)from[i] << 8 * i;
    return value;
}

static inline void ocs_put_bytes(unsigned char *to, unsigned count, uint64_t value)
{
    for (unsigned i = 0; i < count; ++i)
        to[i] = (unsigned char)(value >> 8 * i);
}

static inline uint32_t ocs_get_u32(const unsigned char *from)
{
    return (uint32_t)ocs_get_bytes(from, sizeof(uint32_t));
}

static inline uint64_t ocs_get_u64(const unsigned char *from)
{
    return ocs_get_bytes(from, sizeof(uint64_t));
}

static inline void ocs_put_u32(unsigned char *to, uint32_t value)
{
    ocs_put_bytes(to, sizeof value, value);
}

static inline void ocs_put_u64(unsigned char *to, uint64_t value)
{
    ocs_put_bytes(to, sizeof value, value);
}

#endif
