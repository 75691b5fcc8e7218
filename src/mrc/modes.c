/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "modes.h"

#include <stddef.h>

/* Transforms (complex voxels) are known but not read. */
static const struct mode {
    int32_t number;
    unsigned bits;
    const char *name;
} modes[] = {
    {OCS_MODE_INT8, 8, "int8"},
    {OCS_MODE_INT16, 16, "int16"},
    {OCS_MODE_FLOAT32, 32, "float32"},
    {OCS_MODE_COMPLEX_INT16, 0, "complex int16"},
    {OCS_MODE_COMPLEX_FLOAT32, 0, "complex float32"},
    {OCS_MODE_UINT16, 16, "uint16"},
    {OCS_MODE_FLOAT16, 16, "float16"},
    {OCS_MODE_UINT4, 4, "uint4"},
};

static const struct mode *find(int32_t number)
{
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; ++i)
        if (modes[i].number == number)
            return &modes[i];
    return NULL;
}

bool ocs_mrc_mode_known(int32_t mode)
{
    return find(mode) != NULL;
}

unsigned ocs_mrc_mode_bits(int32_t mode)
{
    const struct mode *const found = find(mode);
    return found ? found->bits : 0;
}

const char *ocs_mrc_mode_name(int32_t mode)
{
    const struct mode *const found = find(mode);
    return found ? found->name : "unknown";
}
