/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Length of the well-formed sequence at `s` (never past the terminating 0), or 0. Overlong forms,
 * surrogates and values above U+10FFFF are not well-formed. */
static size_t sequence_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    const size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t value = s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; ++i) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (s[i] & 0x3fu);
    }
    const int first_ok = s[0] >= 0xc2 && s[0] <= 0xf4;
    const int surrogate = value >= 0xd800 && value <= 0xdfff;
    return first_ok && value >= smallest[length] && value <= 0x10ffff && !surrogate ? length : 0;
}

char *ocs_utf8_clean(const char *bytes)
{
    char *const clean = malloc(3 * strlen(bytes) + 1);
    if (!clean)
        return NULL;
    char *to = clean;
    while (*bytes) {
        const size_t length = sequence_length((const unsigned char *)bytes);
        memcpy(to, length ? bytes : "\xef\xbf\xbd", length ? length : 3);
        to += length ? length : 3;
        bytes += length ? length : 1;
    }
    *to = 0;
    return clean;
}
