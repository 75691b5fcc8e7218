/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "space.h"

#include "checked.h"
#include "fail.h"

#include <sys/statvfs.h>

enum ocs_status ocs_space_check(int descriptor, const char *path, uint64_t needed_bytes,
                                struct ocs_error *error)
{
    struct statvfs about;
    uint64_t free_bytes;
    if (fstatvfs(descriptor, &about) != 0 || about.f_blocks == 0 ||
        !ocs_mul_u64(about.f_bavail, about.f_frsize, &free_bytes) || needed_bytes <= free_bytes)
        return OCS_OK;
    ocs_fail(error, OCS_NO_SPACE, "reserving space for", path,
             "%llu bytes are needed, %llu are free", (unsigned long long)needed_bytes,
             (unsigned long long)free_bytes);
    ocs_advise(error, "free some space or choose another folder");
    return OCS_NO_SPACE;
}
