/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "occustream/error.h"

#include <stdio.h>

#define STATUS_EXIT(name, exit_status, text) exit_status,
#define STATUS_NAME(name, exit_status, text) #name,

static const int exit_statuses[] = {OCS_STATUS_TABLE(STATUS_EXIT)};
static const char *const names[] = {OCS_STATUS_TABLE(STATUS_NAME)};

int ocs_status_exit(enum ocs_status status)
{
    return (unsigned)status < OCS_STATUS_COUNT ? exit_statuses[status] : 1;
}

const char *ocs_status_name(enum ocs_status status)
{
    return (unsigned)status < OCS_STATUS_COUNT ? names[status] : "OCS_BUG";
}

/* File names and file contents end up in messages: none of them may move the terminal's cursor. */
static void hide_control_characters(char *text)
{
    for (; *text; ++text)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

size_t ocs_error_format(const struct ocs_error *error, char *buffer, size_t buffer_bytes)
{
    char at[40] = "";
    if (error->offset >= 0)
        snprintf(at, sizeof at, " at byte %lld", (long long)error->offset);
    const int needed = snprintf(buffer, buffer_bytes, "%s%s%s%s: %s%s%s", error->operation,
                                error->path[0] ? " " : "", error->path, at, error->what,
                                error->advice[0] ? "; " : "", error->advice);
    if (buffer_bytes > 0)
        hide_control_characters(buffer);
    return needed < 0 ? 0 : (size_t)needed;
}
