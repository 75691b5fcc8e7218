/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fail.h"

#include "occustream/location.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Without what is secret in a URL, whoever reports it. A path too long for its field keeps its end,
 * which tells files apart. */
static void copy_path(char *field, size_t field_bytes, const char *path)
{
    char shown[PATH_MAX];
    size_t length = ocs_location_show(path ? path : "", shown, sizeof shown);
    if (length >= sizeof shown)
        length = sizeof shown - 1;
    if (length < field_bytes)
        memcpy(field, shown, length + 1);
    else
        snprintf(field, field_bytes, "...%s", shown + length - (field_bytes - 4));
}

static void start(struct ocs_error *error, enum ocs_status status, const char *operation,
                  const char *path)
{
    *error = (struct ocs_error){.status = status, .offset = -1};
    snprintf(error->operation, sizeof error->operation, "%s", operation);
    copy_path(error->path, sizeof error->path, path);
}

enum ocs_status ocs_fail(struct ocs_error *error, enum ocs_status status, const char *operation,
                         const char *path, const char *what, ...)
{
    start(error, status, operation, path);
    va_list arguments;
    va_start(arguments, what);
    vsnprintf(error->what, sizeof error->what, what, arguments);
    va_end(arguments);
    return status;
}

static enum ocs_status status_of(int system)
{
    switch (system) {
    case ENOSPC:
    case EDQUOT:
        return OCS_NO_SPACE;
    case ENOMEM:
        return OCS_LIMIT;
    default:
        return OCS_IO;
    }
}

static const char *advice_for(int system)
{
    switch (system) {
    case ENOENT:
        return "check the name";
    case EACCES:
    case EPERM:
        return "check the permissions";
    case ENOSPC:
    case EDQUOT:
        return "free some space or choose another folder";
    case EFBIG:
        return "the file system or a limit (ulimit -f) allows no larger files";
    case EROFS:
        return "choose a folder that can be written";
    case EMFILE:
    case ENFILE:
        return "raise the limit of open files (ulimit -n)";
    case EISDIR:
        return "give a file, not a folder";
    default:
        return "";
    }
}

enum ocs_status ocs_fail_system(struct ocs_error *error, const char *operation, const char *path,
                                int system)
{
    start(error, status_of(system), operation, path);
    error->system = system;
    char buffer[128]; /* the GNU form may or may not use it */
    snprintf(error->what, sizeof error->what, "%s", strerror_r(system, buffer, sizeof buffer));
    snprintf(error->advice, sizeof error->advice, "%s", advice_for(system));
    return error->status;
}

void ocs_advise(struct ocs_error *error, const char *advice, ...)
{
    va_list arguments;
    va_start(arguments, advice);
    vsnprintf(error->advice, sizeof error->advice, advice, arguments);
    va_end(arguments);
}
