/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_OPTION_TABLE_H
#define OCS_CLI_OPTION_TABLE_H

/* Every option of `estimate` and `convert`, once: how it is spelled, what the help says, how its
 * value is read and where it goes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cli_group {
    CLI_GROUP_SCALE,
    CLI_GROUP_SOLVENT,
    CLI_GROUP_MODIFICATION,
    CLI_GROUP_TARGETS,
    CLI_GROUP_INPUT,
    CLI_GROUP_OUTPUTS,
    CLI_GROUP_RESOURCES,
    CLI_GROUP_TALKING,
};
#define CLI_GROUPS 8

/* As bits. */
enum cli_command { CLI_ESTIMATE = 1, CLI_CONVERT = 2 };

enum cli_take {
    CLI_TAKE_FLAG,     /* no value; stores `value` in a bool                               */
    CLI_TAKE_PRESET,   /* no value; stores `value` in an enumeration                       */
    CLI_TAKE_CHOICE,   /* one of `choices`; stores its index + `value` in an enumeration   */
    CLI_TAKE_OUTPUTS,  /* a list of output names; stores their bits in an unsigned         */
    CLI_TAKE_REAL,     /* into a double, more than `low` (or at least, when `from_low`)    */
    CLI_TAKE_UNSIGNED, /* into an unsigned, at least `low`                                 */
    CLI_TAKE_COUNT,    /* into a uint64_t, at least `low`                                  */
    CLI_TAKE_SIZE,     /* into a uint64_t, at least `low`                                  */
    CLI_TAKE_EXTENTS,  /* three, separated by commas, into uint64_t[3], each at least `low` */
    CLI_TAKE_TEXT,     /* into a const char *                                              */
};

struct cli_option {
    enum cli_group group;
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: takes no value */
    const char *text;
    enum cli_take take;
    size_t at; /* offset in struct cli_request */
    unsigned value;
    const char *const *choices; /* ends with NULL */
    double low;
    bool from_low;
    unsigned commands; /* that have it; 0: `estimate` alone */
};

bool cli_option_is_of(const struct cli_option *option, enum cli_command command);

extern const struct cli_option cli_options[];
extern const size_t cli_option_count;

/* Names of the maps, in the order of the bits of enum ocs_output; ends with NULL. */
extern const char *const cli_output_names[];

const char *cli_group_title(enum cli_group group);

#endif
