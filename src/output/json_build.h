/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_JSON_BUILD_H
#define OCS_JSON_BUILD_H

/* Building JSON without looking at every step: a value that could not be made is NULL, and a member
 * or element that could not be added marks the builder as failed. Values handed over belong to what
 * they were put in. */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct ocs_json {
    bool failed;
};

void ocs_json_member(struct ocs_json *json, json_t *object, const char *key, json_t *value);
void ocs_json_element(struct ocs_json *json, json_t *array, json_t *value);

/* null for NaN and infinities, which JSON has no word for. */
json_t *ocs_json_number(double value);

/* Values above INT64_MAX, which no count of ours reaches, become numbers with a fraction. */
json_t *ocs_json_count(uint64_t value);

/* Cleaned to UTF-8; null for NULL. */
json_t *ocs_json_string(const char *string);

json_t *ocs_json_numbers(struct ocs_json *json, const double *values, size_t count);
json_t *ocs_json_counts3(struct ocs_json *json, const uint64_t values[3]);
json_t *ocs_json_integers3(struct ocs_json *json, const int64_t values[3]);

#endif
