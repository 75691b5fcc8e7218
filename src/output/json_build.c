/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json_build.h"

#include "result_files.h"
#include "utf8.h"

#include <math.h>
#include <stdlib.h>

void ocs_json_member(struct ocs_json *json, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        json->failed = true;
}

void ocs_json_element(struct ocs_json *json, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        json->failed = true;
}

json_t *ocs_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *ocs_json_count(uint64_t value)
{
    return value <= INT64_MAX ? json_integer((json_int_t)value) : json_real((double)value);
}

json_t *ocs_json_string(const char *string)
{
    if (!string)
        return json_null();
    char *const clean = ocs_utf8_clean(string);
    json_t *const value = clean ? json_string(clean) : NULL;
    free(clean);
    return value;
}

json_t *ocs_json_numbers(struct ocs_json *json, const double *values, size_t count)
{
    json_t *const array = json_array();
    for (size_t i = 0; i < count; ++i)
        ocs_json_element(json, array, ocs_json_number(values[i]));
    return array;
}

json_t *ocs_json_counts3(struct ocs_json *json, const uint64_t values[3])
{
    json_t *const array = json_array();
    for (size_t i = 0; i < 3; ++i)
        ocs_json_element(json, array, ocs_json_count(values[i]));
    return array;
}

json_t *ocs_json_integers3(struct ocs_json *json, const int64_t values[3])
{
    json_t *const array = json_array();
    for (size_t i = 0; i < 3; ++i)
        ocs_json_element(json, array, json_integer(values[i]));
    return array;
}

const char *ocs_json_library(void)
{
    return jansson_version_str();
}
