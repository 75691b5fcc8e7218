/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "resources.h"

#include "checked.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

static const uint64_t most_by_default = UINT64_C(4) << 30;

/* The value in KiB after `key` in a /proc file, in bytes; 0 when there is none. */
static uint64_t proc_field(const char *path, const char *key)
{
    FILE *const file = fopen(path, "re");
    if (!file)
        return 0;
    char line[256];
    unsigned long long kib = 0;
    const size_t key_length = strlen(key);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, key, key_length) == 0 && sscanf(line + key_length, " %llu", &kib) == 1)
            break;
    fclose(file);
    return kib * 1024;
}

uint64_t ocs_default_memory(void)
{
    uint64_t available = proc_field("/proc/meminfo", "MemAvailable:");
    if (available == 0)
        available = uv_get_free_memory();
    const uint64_t group_limit = uv_get_constrained_memory();
    if (group_limit > 0)
        available = ocs_min_u64(available, group_limit);
    return ocs_min_u64(available / 2, most_by_default);
}

unsigned ocs_default_threads(void)
{
    return uv_available_parallelism();
}

uint64_t ocs_peak_memory(void)
{
    struct rusage usage;
    const uint64_t peak = proc_field("/proc/self/status", "VmHWM:");
    if (peak > 0 || getrusage(RUSAGE_SELF, &usage) != 0)
        return peak;
    return (uint64_t)usage.ru_maxrss * 1024; /* of the program before `exec` too */
}
