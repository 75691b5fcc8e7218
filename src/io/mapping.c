/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mapping.h"

#include "bus_guard.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

int ocs_mapping_open(int descriptor, uint64_t bytes, struct ocs_mapping *mapping_ret)
{
    *mapping_ret = (struct ocs_mapping){.start = NULL};
    if (bytes > SIZE_MAX)
        return ENOMEM;
    void *const start = mmap(NULL, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
    if (start == MAP_FAILED)
        return errno;
    struct ocs_mapping mapping = {.start = start, .bytes = bytes};
    const int failure = ocs_bus_guard_add(start, bytes, &mapping.guard);
    if (failure)
        munmap(start, bytes);
    else
        *mapping_ret = mapping;
    return failure;
}

bool ocs_mapping_is_broken(const struct ocs_mapping *mapping)
{
    return mapping->start && ocs_bus_guard_is_broken(mapping->guard);
}

void ocs_mapping_close(struct ocs_mapping *mapping)
{
    if (!mapping->start)
        return;
    ocs_bus_guard_remove(mapping->guard);
    munmap(mapping->start, mapping->bytes);
    mapping->start = NULL;
}
