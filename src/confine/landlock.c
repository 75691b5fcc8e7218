/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the kernel learnt later than the headers of Debian 12. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (UINT64_C(1) << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (UINT64_C(1) << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (UINT64_C(1) << 15)
#endif
enum { BIND_TCP = 1, CONNECT_TCP = 2, SCOPE_ABSTRACT_SOCKETS = 1, SCOPE_SIGNALS = 2 };

/* struct landlock_ruleset_attr as of ABI 6. Older kernels take it as long as what they do not know
 * is 0. */
struct ruleset {
    uint64_t files, network, scoped;
};

static const uint64_t since_abi_1 = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
                      reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
                      of_files = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                 LANDLOCK_ACCESS_FS_TRUNCATE,
                      writing = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                                LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |
                                LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                LANDLOCK_ACCESS_FS_REFER;

static struct ruleset ruleset_of(unsigned abi, bool network)
{
    struct ruleset ruleset = {.files = since_abi_1};
    if (abi >= 2)
        ruleset.files |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        ruleset.files |= LANDLOCK_ACCESS_FS_TRUNCATE;
    if (abi >= 4)
        ruleset.network = network ? BIND_TCP : BIND_TCP | CONNECT_TCP;
    if (abi >= 5)
        ruleset.files |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
    if (abi >= 6)
        ruleset.scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
    return ruleset;
}

int ocs_landlock_create(bool network, struct ocs_landlock *landlock_ret)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 0)
        return errno;
    const struct ruleset ruleset = ruleset_of((unsigned)abi, network);
    const long descriptor = syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0);
    if (descriptor < 0)
        return errno;
    *landlock_ret = (struct ocs_landlock){(int)descriptor, (unsigned)abi, ruleset.files};
    return 0;
}

static int add_rule(const struct ocs_landlock *landlock, int descriptor, enum ocs_grant grant)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return errno;
    uint64_t rights = grant == OCS_GRANT_READ ? reading : writing;
    if (!S_ISDIR(about.st_mode))
        rights &= of_files; /* no others exist for a file */
    const struct landlock_path_beneath_attr rule = {
        .allowed_access = rights & landlock->handled,
        .parent_fd = descriptor,
    };
    const long result =
        syscall(SYS_landlock_add_rule, landlock->ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    return result == 0 || errno == EBADFD ? 0 : errno; /* EBADFD: a pipe, a socket */
}

int ocs_landlock_grant(const struct ocs_landlock *landlock, const char *path, enum ocs_grant grant)
{
    int descriptor;
    do
        descriptor = open(path, O_PATH | O_CLOEXEC);
    while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0)
        return 0;
    const int failure = add_rule(landlock, descriptor, grant);
    close(descriptor);
    return failure;
}

int ocs_landlock_enforce(const struct ocs_landlock *landlock)
{
    return syscall(SYS_landlock_restrict_self, landlock->ruleset, 0) == 0 ? 0 : errno;
}

void ocs_landlock_destroy(struct ocs_landlock *landlock)
{
    close(landlock->ruleset);
    landlock->ruleset = -1;
}
