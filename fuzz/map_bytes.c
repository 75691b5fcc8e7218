/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_bytes.h"

#include "input.h"
#include "voxels.h"

enum word { NX, NY, NZ, MODE, MX = 7, MY, MZ, NSYMBT = 23 };

static const int32_t modes[] = {OCS_MODE_INT8,   OCS_MODE_INT16,   OCS_MODE_FLOAT32,
                                OCS_MODE_UINT16, OCS_MODE_FLOAT16, OCS_MODE_UINT4};
enum { MODES = sizeof modes / sizeof *modes };

void fuzz_make_header(struct ocs_box box, int32_t mode, float voxel_ang,
                      unsigned char header[OCS_MRC_HEADER_BYTES])
{
    const struct ocs_mrc_header fields = {
        .nx = (int32_t)box.x,
        .ny = (int32_t)box.y,
        .nz = (int32_t)box.z,
        .mode = mode,
        .mx = (int32_t)box.x,
        .my = (int32_t)box.y,
        .mz = (int32_t)box.z,
        .cell_x = voxel_ang * (float)box.x,
        .cell_y = voxel_ang * (float)box.y,
        .cell_z = voxel_ang * (float)box.z,
        .alpha = 90,
        .beta = 90,
        .gamma = 90,
        .mapc = 1,
        .mapr = 2,
        .maps = 3,
        .dmin = 0,
        .dmax = -1,
        .dmean = -2,
        .rms = -1,
        .ispg = 1,
        .nversion = 20141,
        .map = {'M', 'A', 'P', ' '},
    };
    ocs_mrc_pack(&fields, header);
}

static uint32_t get(const unsigned char *header, enum word word, bool big)
{
    const unsigned char *const at = header + 4 * (size_t)word;
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i)
        value |= (uint32_t)at[big ? 3 - i : i] << 8 * i;
    return value;
}

static void put(unsigned char *header, enum word word, bool big, uint64_t value)
{
    unsigned char *const at = header + 4 * (size_t)word;
    for (unsigned i = 0; i < 4; ++i)
        at[big ? 3 - i : i] = (unsigned char)(value >> 8 * i);
}

static bool is_big_endian(const unsigned char *header, uint64_t *random)
{
    const bool big = header[212] == 0x11;
    return fuzz_random(random) % 16 == 0 ? !big : big;
}

static void repair_mode(unsigned char *header, bool big, uint64_t *random)
{
    const uint32_t mode = get(header, MODE, big);
    bool known = false;
    for (int i = 0; i < MODES; ++i)
        known |= mode == (uint32_t)modes[i];
    if (!known || fuzz_random(random) % 32 == 0)
        put(header, MODE, big, (uint64_t)modes[fuzz_random(random) % MODES]);
}

/* Two axes as they are or something small, the third as long as there are bytes for. */
static void repair_box(unsigned char *header, bool big, uint64_t data_bytes, uint64_t least,
                       uint64_t *random)
{
    uint64_t n[3];
    for (unsigned axis = 0; axis < 2; ++axis) {
        n[axis] = get(header, (enum word)(NX + axis), big);
        if (n[axis] < least || n[axis] > 4 * least || fuzz_random(random) % 16 == 0)
            n[axis] = least + fuzz_random(random) % 8;
    }
    const int32_t mode = (int32_t)get(header, MODE, big);
    const uint64_t plane = ocs_voxels_row_bytes(mode, n[0]) * n[1];
    n[2] = plane > 0 && data_bytes / plane > 0 ? data_bytes / plane : 1;
    for (unsigned axis = 0; axis < 3; ++axis) {
        put(header, (enum word)(NX + axis), big, n[axis]);
        if (fuzz_random(random) % 4 != 0)
            put(header, (enum word)(MX + axis), big, n[axis]);
    }
}

void fuzz_repair_header(unsigned char header[OCS_MRC_HEADER_BYTES], uint64_t data_bytes,
                        uint64_t least, uint64_t *random)
{
    const bool big = is_big_endian(header, random);
    memcpy(header + 208, "MAP ", 4);
    memset(header + 212, 0, 4);
    memset(header + 212, big ? 0x11 : 0x44, 2);
    uint64_t extra = get(header, NSYMBT, big);
    if (extra > data_bytes / 2)
        put(header, NSYMBT, big, extra = 0);
    repair_mode(header, big, random);
    repair_box(header, big, data_bytes - extra, least, random);
}
