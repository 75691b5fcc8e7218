/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "number.h"

#include "occustream/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Beyond this nobody means a number, and reading one may take long. */
static bool is_long(const char *text)
{
    return strnlen(text, OCS_NUMBER_LENGTH_MAX + 1) > OCS_NUMBER_LENGTH_MAX;
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* Length of "12", "12.", "12.5" or ".5" at the start of `text`; 0 if none is there. */
static size_t decimal_length(const char *text)
{
    const size_t whole = digits(text);
    if (text[whole] != '.')
        return whole;
    const size_t fraction = digits(text + whole + 1);
    return whole + fraction > 0 ? whole + 1 + fraction : 0;
}

/* Length of "e5", "E-3" at the start of `text`; 0 if none is there. */
static size_t exponent_length(const char *text)
{
    if (*text != 'e' && *text != 'E')
        return 0;
    const size_t sign = text[1] == '+' || text[1] == '-';
    const size_t count = digits(text + 1 + sign);
    return count > 0 ? 1 + sign + count : 0;
}

/* strtod reads the digits; this program never leaves the C locale, so the point is a point. */
bool cli_parse_real(const char *text, double *value_ret)
{
    const size_t sign = *text == '+' || *text == '-';
    const size_t decimal = decimal_length(text + sign);
    if (decimal == 0 || is_long(text))
        return false;
    const size_t end = sign + decimal + exponent_length(text + sign + decimal);
    if (text[end] != 0)
        return false;
    *value_ret = strtod(text, NULL);
    return isfinite(*value_ret);
}

bool cli_parse_count(const char *text, uint64_t *value_ret)
{
    uint64_t value = 0;
    if (is_long(text) || digits(text) == 0 || text[digits(text)] != 0)
        return false;
    for (; *text; ++text)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
            return false;
    *value_ret = value;
    return true;
}

/* The power of 1024 that `unit` stands for, or -1. */
static int unit_power(const char *unit)
{
    static const char letters[] = "KMGT";
    if (*unit == 0)
        return 0;
    if (unit[1] != 0 && strcasecmp(unit + 1, "iB") != 0)
        return -1;
    for (int i = 0; letters[i]; ++i)
        if ((unit[0] & ~0x20) == letters[i])
            return i + 1;
    return -1;
}

bool cli_parse_size(const char *text, uint64_t *bytes_ret)
{
    const size_t length = decimal_length(text);
    const int power = unit_power(text + length);
    char number[32];
    if (length == 0 || length >= sizeof number || power < 0)
        return false;
    memcpy(number, text, length);
    number[length] = 0;
    const uint64_t unit = UINT64_C(1) << (10 * power);
    uint64_t whole;
    if (cli_parse_count(number, &whole))
        return !__builtin_mul_overflow(whole, unit, bytes_ret);
    const double bytes = strtod(number, NULL) * (double)unit;
    if (power == 0 || !(bytes < 0x1p63)) /* there are no fractions of a byte */
        return false;
    *bytes_ret = (uint64_t)bytes;
    return true;
}
