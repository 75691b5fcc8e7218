/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_LANDLOCK_H
#define OCS_LANDLOCK_H

/* The kernel's Landlock: which files the calling thread, and every thread it starts later, may
 * still open. What is open already stays usable. Functions return 0 or a positive errno. */

#include <stdbool.h>
#include <stdint.h>

enum ocs_grant {
    OCS_GRANT_READ,  /* a file, or all that is in a folder                                   */
    OCS_GRANT_WRITE, /* a folder: reading, making, changing and removing what is in it       */
};

/* A set of grants under construction. */
struct ocs_landlock {
    int ruleset; /* descriptor */
    unsigned abi;
    uint64_t handled; /* rights that will be refused where they are not granted */
};

/* ENOSYS or EOPNOTSUPP: the kernel has it not, or not switched on. `network`: connections may be
 * made; nobody may wait for any. */
int ocs_landlock_create(bool network, struct ocs_landlock *landlock_ret);

/* Symbolic links are followed. What is not there, or has no place in a file system, is left out:
 * opening it gives its own error, or is no matter of Landlock's. */
int ocs_landlock_grant(const struct ocs_landlock *landlock, const char *path, enum ocs_grant grant);

/* From now on, for good. The process must have been told never to gain privileges. */
int ocs_landlock_enforce(const struct ocs_landlock *landlock);

void ocs_landlock_destroy(struct ocs_landlock *landlock);

#endif
