/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "say.h"

#include "occustream/location.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

void cli_put_visible(FILE *to, const char *text)
{
    for (; *text; ++text) {
        const bool control = (unsigned char)*text < 0x20 || *text == 0x7f;
        fputc(control ? '?' : *text, to);
    }
}

static void put_hint(const char *command)
{
    fprintf(stderr, "; see occustream %s%s--help\n", command, *command ? " " : "");
}

int cli_usage_error(const char *command, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    char shown[sizeof line + 4];
    ocs_location_show(line, shown, sizeof shown);
    fputs("occustream: ", stderr);
    cli_put_visible(stderr, shown);
    put_hint(command);
    return ocs_status_exit(OCS_USAGE);
}

int cli_report_error(const char *command, const struct ocs_error *error)
{
    char line[2048];
    ocs_error_format(error, line, sizeof line);
    fprintf(stderr, "occustream: %s", line);
    if (error->status == OCS_USAGE && !*error->advice)
        put_hint(command);
    else
        fputc('\n', stderr);
    return ocs_status_exit(error->status);
}

int cli_close_output(int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    const enum ocs_status failure = errno == ENOSPC ? OCS_NO_SPACE : OCS_IO;
    fprintf(stderr, "occustream: writing standard output: %s\n",
            errno ? strerror(errno) : "failed");
    return ocs_status_exit(failure);
}
