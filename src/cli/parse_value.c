/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parse_value.h"

#include "number.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Enumerations are stored through their representation; all of ours are like this. */
_Static_assert(sizeof(enum ocs_region) == sizeof(unsigned), "an enumeration is stored as unsigned");
_Static_assert(sizeof(enum cli_progress) == sizeof(unsigned), "likewise");

struct target {
    const struct cli_option *option;
    char *place;
    char *problem;
};

static void store_bytes(const struct target *target, const void *value, size_t bytes)
{
    memcpy(target->place, value, bytes);
}

/* "'x' is none of a, b, c" */
static void unknown_choice(const struct target *target, const char *text, size_t length,
                           const char *const *choices)
{
    size_t used = (size_t)snprintf(target->problem, CLI_PROBLEM_BYTES, "'%.*s' is not one of ",
                                   length > 60 ? 60 : (int)length, text);
    for (size_t i = 0; choices[i] && used < CLI_PROBLEM_BYTES; ++i)
        used += (size_t)snprintf(target->problem + used, CLI_PROBLEM_BYTES - used, "%s%s",
                                 i ? ", " : "", choices[i]);
}

/* The index of the choice, or -1. */
static int find_choice(const char *text, size_t length, const char *const *choices)
{
    for (int i = 0; choices[i]; ++i)
        if (strlen(choices[i]) == length && strncmp(choices[i], text, length) == 0)
            return i;
    return -1;
}

static bool take_choice(const struct target *target, const char *text)
{
    const char *const *const choices = target->option->choices;
    const int found = find_choice(text, strlen(text), choices);
    if (found < 0) {
        unknown_choice(target, text, strlen(text), choices);
        return false;
    }
    const unsigned value = target->option->value + (unsigned)found;
    store_bytes(target, &value, sizeof value);
    return true;
}

static bool take_outputs(const struct target *target, const char *text)
{
    unsigned bits = 0;
    for (;;) {
        const size_t length = strcspn(text, ",");
        const int found = find_choice(text, length, cli_output_names);
        if (found < 0) {
            unknown_choice(target, text, length, cli_output_names);
            return false;
        }
        bits |= 1u << found;
        if (text[length] == 0)
            break;
        text += length + 1;
    }
    store_bytes(target, &bits, sizeof bits);
    return true;
}

static bool take_real(const struct target *target, const char *text)
{
    const double low = target->option->low;
    double value;
    if (!cli_parse_real(text, &value)) {
        snprintf(target->problem, CLI_PROBLEM_BYTES, "'%.60s' is not a number", text);
        return false;
    }
    if (target->option->from_low ? value < low : value <= low) {
        snprintf(target->problem, CLI_PROBLEM_BYTES, "%.60s is not %s %g", text,
                 target->option->from_low ? "at least" : "more than", low);
        return false;
    }
    store_bytes(target, &value, sizeof value);
    return true;
}

static bool is_count_fine(const struct target *target, const char *text, bool parsed,
                          uint64_t value, uint64_t most)
{
    if (!parsed) {
        const bool size = target->option->take == CLI_TAKE_SIZE;
        snprintf(target->problem, CLI_PROBLEM_BYTES, "'%.60s' is not a %s", text,
                 size ? "size such as 800M or 2G" : "whole number");
        return false;
    }
    if ((double)value < target->option->low) {
        snprintf(target->problem, CLI_PROBLEM_BYTES, "%.60s is not at least %g", text,
                 target->option->low);
        return false;
    }
    if (value > most)
        snprintf(target->problem, CLI_PROBLEM_BYTES, "%.60s is too much", text);
    return value <= most;
}

static bool take_count(const struct target *target, const char *text)
{
    uint64_t value = 0;
    const bool parsed = target->option->take == CLI_TAKE_SIZE ? cli_parse_size(text, &value)
                                                              : cli_parse_count(text, &value);
    if (!is_count_fine(target, text, parsed, value, UINT64_MAX))
        return false;
    store_bytes(target, &value, sizeof value);
    return true;
}

/* "64,64,64" */
static bool take_extents(const struct target *target, const char *text)
{
    uint64_t extents[3];
    const char *from = text;
    for (int i = 0; i < 3; ++i) {
        char one[32];
        const size_t length = strcspn(from, ",");
        snprintf(one, sizeof one, "%.*s", length < sizeof one ? (int)length : 0, from);
        if (!cli_parse_count(one, &extents[i]) || from[length] != (i < 2 ? ',' : 0)) {
            snprintf(target->problem, CLI_PROBLEM_BYTES,
                     "'%.60s' is not three whole numbers such as 64,64,64", text);
            return false;
        }
        if (!is_count_fine(target, one, true, extents[i], UINT64_MAX))
            return false;
        from += length + 1;
    }
    store_bytes(target, extents, sizeof extents);
    return true;
}

static bool take_unsigned(const struct target *target, const char *text)
{
    uint64_t value = 0;
    const bool parsed = cli_parse_count(text, &value);
    if (!is_count_fine(target, text, parsed, value, UINT_MAX))
        return false;
    const unsigned narrow = (unsigned)value;
    store_bytes(target, &narrow, sizeof narrow);
    return true;
}

static bool take_text(const struct target *target, const char *text)
{
    if (*text == 0) {
        snprintf(target->problem, CLI_PROBLEM_BYTES, "needs a name");
        return false;
    }
    store_bytes(target, &text, sizeof text);
    return true;
}

bool cli_parse_value(const struct cli_option *option, const char *text, struct cli_request *request,
                     char problem[CLI_PROBLEM_BYTES])
{
    const struct target target = {option, (char *)request + option->at, problem};
    const bool flag = option->value != 0;
    switch (option->take) {
    case CLI_TAKE_FLAG:
        store_bytes(&target, &flag, sizeof flag);
        return true;
    case CLI_TAKE_PRESET:
        store_bytes(&target, &option->value, sizeof option->value);
        return true;
    case CLI_TAKE_CHOICE:
        return take_choice(&target, text);
    case CLI_TAKE_OUTPUTS:
        return take_outputs(&target, text);
    case CLI_TAKE_REAL:
        return take_real(&target, text);
    case CLI_TAKE_UNSIGNED:
        return take_unsigned(&target, text);
    case CLI_TAKE_COUNT:
    case CLI_TAKE_SIZE:
        return take_count(&target, text);
    case CLI_TAKE_EXTENTS:
        return take_extents(&target, text);
    case CLI_TAKE_TEXT:
        return take_text(&target, text);
    }
    return false;
}
