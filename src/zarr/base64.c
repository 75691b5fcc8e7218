/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { DIGIT_BITS = 6, BYTE_BITS = 8 };

void ocs_base64_encode(const unsigned char *from, size_t bytes, char *text)
{
    size_t used = 0;
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < bytes; ++i) {
        bits = bits << BYTE_BITS | from[i];
        for (held += BYTE_BITS; held >= DIGIT_BITS; held -= DIGIT_BITS)
            text[used++] = digits[bits >> (held - DIGIT_BITS) & 63];
    }
    if (held > 0)
        text[used++] = digits[bits << (DIGIT_BITS - held) & 63];
    while (used % 4 != 0)
        text[used++] = '=';
    text[used] = '\0';
}

bool ocs_base64_decode(const char *text, unsigned char *to, size_t bytes)
{
    const size_t length = (bytes * BYTE_BITS + DIGIT_BITS - 1) / DIGIT_BITS;
    if (strlen(text) != OCS_BASE64_ROOM(bytes) - 1 ||
        strspn(text + length, "=") != OCS_BASE64_ROOM(bytes) - 1 - length)
        return false;
    size_t used = 0;
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < length; ++i) {
        const char *const digit = strchr(digits, text[i]);
        if (!digit)
            return false;
        bits = bits << DIGIT_BITS | (uint32_t)(digit - digits);
        held += DIGIT_BITS;
        if (held >= BYTE_BITS) {
            held -= BYTE_BITS;
            to[used++] = (unsigned char)(bits >> held);
        }
    }
    return true;
}
