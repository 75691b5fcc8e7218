/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_float(enum ocs_zarr_type type)
{
    return type == OCS_ZARR_FLOAT16 || type == OCS_ZARR_FLOAT32;
}

static double half_value(unsigned bits)
{
    const int exponent = bits >> 10 & 31;
    const unsigned fraction = bits & 0x3ff;
    const double sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 31)
        return fraction ? (double)NAN : sign * (double)INFINITY;
    return exponent ? sign * ldexp(0x400 + fraction, exponent - 25) : sign * ldexp(fraction, -24);
}

/* "0x" and the digits of exactly one voxel, highest first. */
static bool read_bits(const char *text, enum ocs_zarr_type type, double *fill_ret)
{
    const size_t digits = 2 * ocs_zarr_type_bytes(type);
    if (strncmp(text, "0x", 2) != 0 || strlen(text) != 2 + digits ||
        strspn(text + 2, "0123456789abcdefABCDEF") != digits)
        return false;
    uint32_t bits = 0;
    sscanf(text + 2, "%8" SCNx32, &bits);
    float value;
    memcpy(&value, &bits, sizeof value);
    *fill_ret = type == OCS_ZARR_FLOAT16 ? half_value(bits) : (double)value;
    return true;
}

static bool read_word(const char *text, enum ocs_zarr_type type, double *fill_ret)
{
    if (strcmp(text, "NaN") == 0)
        *fill_ret = (double)NAN;
    else if (strcmp(text, "Infinity") == 0)
        *fill_ret = (double)INFINITY;
    else if (strcmp(text, "-Infinity") == 0)
        *fill_ret = -(double)INFINITY;
    else
        return read_bits(text, type, fill_ret);
    return true;
}

static bool integer_fits(double value, enum ocs_zarr_type type)
{
    static const double range[][2] = {
        [OCS_ZARR_INT8] = {INT8_MIN, INT8_MAX},
        [OCS_ZARR_UINT8] = {0, UINT8_MAX},
        [OCS_ZARR_INT16] = {INT16_MIN, INT16_MAX},
        [OCS_ZARR_UINT16] = {0, UINT16_MAX},
    };
    return value >= range[type][0] && value <= range[type][1] && trunc(value) == value;
}

enum ocs_status ocs_zarr_read_fill(const struct ocs_zarr_reader *reader, const json_t *value,
                                   struct ocs_zarr_array *array)
{
    array->fill = json_number_value(value); /* 0 for what is no number */
    bool right = !value || json_is_null(value);
    if (json_is_number(value))
        right = is_float(array->type) || integer_fits(array->fill, array->type);
    else if (json_is_string(value) && is_float(array->type))
        right = read_word(json_string_value(value), array->type, &array->fill);
    if (!right)
        return ocs_zarr_refuse(reader, "its fill value is none of its type");
    return OCS_OK;
}

json_t *ocs_zarr_fill_json(const struct ocs_zarr_array *array)
{
    if (isnan(array->fill))
        return json_string("NaN");
    if (isinf(array->fill))
        return json_string(array->fill > 0 ? "Infinity" : "-Infinity");
    return is_float(array->type) ? json_real(array->fill) : json_integer((json_int_t)array->fill);
}
