/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "codec.h"

#include <string.h>

struct mark {
    enum ocs_codec codec;
    unsigned length;
    unsigned char bytes[OCS_CODEC_MARK_BYTES];
};

/* A skippable frame of zstd has any low half in its first byte. */
static int is_skippable_frame(const unsigned char *bytes, uint64_t count)
{
    return count >= 4 && (bytes[0] & 0xf0) == 0x50 && memcmp(bytes + 1, "\x2a\x4d\x18", 3) == 0;
}

enum ocs_codec ocs_codec_sniff(const unsigned char *bytes, uint64_t count)
{
    static const struct mark marks[] = {
        {OCS_CODEC_GZIP, 3, {0x1f, 0x8b, 8}},
        {OCS_CODEC_BZIP2, 3, {'B', 'Z', 'h'}},
        {OCS_CODEC_XZ, 6, {0xfd, '7', 'z', 'X', 'Z', 0}},
        {OCS_CODEC_ZSTD, 4, {0x28, 0xb5, 0x2f, 0xfd}},
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; ++i)
        if (count >= marks[i].length && memcmp(bytes, marks[i].bytes, marks[i].length) == 0)
            return marks[i].codec;
    return is_skippable_frame(bytes, count) ? OCS_CODEC_ZSTD : OCS_CODEC_NONE;
}

const char *ocs_codec_name(enum ocs_codec codec)
{
    static const char *const names[] = {"none", "gzip", "bzip2", "xz", "zstd"};
    return names[codec];
}
