/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_options.h"

#include "fuzz_check.h"

#include <math.h>
#include <stdio.h>

/* 0: not given; otherwise from `low` on, in steps that grow; the last one is absurd. */
static double number(uint8_t byte, double low)
{
    if (byte == 0)
        return 0;
    return byte == 255 ? HUGE_VAL : low + ldexp(1 + byte % 16 / 16.0, byte / 16 - 4);
}

static void take_scale(const uint8_t *byte, struct ocs_options *options)
{
    options->rules = byte[0] & 1 ? OCS_RULES_OCCUPY_0_1_13 : OCS_RULES_DEFAULT;
    options->scale_data = (enum ocs_scale_data)(byte[0] >> 1 & 3);
    options->region = (enum ocs_region)(byte[0] >> 3 & 3);
    options->s0 = byte[0] >> 5 & 1;
    options->nlrc = byte[0] >> 6 & 1;
    options->resolution_ang = number(byte[1], 0);
    options->lowpass_ang = number(byte[2], 0);
    options->tau = byte[3] / 256.0;
    options->kernel_size_vox = byte[4];
    options->kernel_radius_vox = number(byte[5], 0);
    options->tile_size_vox = byte[6];
    options->max_box_vox = byte[7];
    if (byte[8] >> 6 & 1) /* of a large box */
        options->max_box_vox <<= byte[8] & 15;
}

static void take_modification(const uint8_t *byte, struct ocs_options *options)
{
    options->amplify = number(byte[9], 1);
    options->attenuate = number(byte[10], 1);
    options->sigmoid = number(byte[11], 1);
    if (byte[12])
        options->pivot = byte[12] / 256.0;
    if (byte[13])
        options->scale_limit = byte[13] / 256.0;
    options->lowpass_output_ang = number(byte[14], 0);
    options->hedge_confidence = number(byte[15], 1);
    options->exclude_solvent = byte[16] & 1;
    options->omit_confidence = byte[16] >> 1 & 1;
    options->hist_match = byte[16] >> 2 & 1;
    options->seed = byte[16] >> 3 & 1;
}

static void take_files(const uint8_t *byte, const char *map, struct ocs_options *options)
{
    options->solvent_def = byte[17] & 1 ? map : NULL;
    options->target_mask = byte[17] >> 1 & 1 ? map : NULL;
    options->labels = byte[17] >> 2 & 1 ? map : NULL;
    options->volume = byte[18];
    options->nonfinite = byte[19] & 1 ? OCS_NONFINITE_REFUSE : OCS_NONFINITE_ZERO;
    options->io = (enum ocs_io_mode)(byte[19] >> 1 & 3);
    options->dtype = byte[19] >> 3 & 1 ? OCS_DTYPE_F16 : OCS_DTYPE_F32;
    options->chimerax = !(byte[19] >> 4 & 1);
    options->outputs = byte[20];
}

static void take_format(const uint8_t *byte, struct ocs_options *options)
{
    static const uint64_t sides[8] = {16, 1, 5, 8, 24, 64, 300, 1 << 14};
    const unsigned format = byte[21] & 3;
    options->format = format < OCS_FORMAT_ZARR ? (enum ocs_format)format : OCS_FORMAT_ZARR;
    options->resume = byte[21] >> 6 & 1;
    if (options->format != OCS_FORMAT_ZARR)
        return;
    options->zarr_version = byte[21] >> 2 & 1 ? 3 : 0;
    options->codec = (enum ocs_zarr_codec)(byte[21] >> 3 & 3);
    if (!(byte[21] >> 5 & 1))
        return;
    options->chunk_vox[0] = sides[byte[22] & 7];
    options->chunk_vox[1] = sides[byte[22] >> 3 & 7];
    options->chunk_vox[2] = sides[byte[22] >> 6 | (byte[23] & 1) << 2];
}

void fuzz_take_options(struct fuzz_input *input, const char *map, struct ocs_options *options)
{
    uint8_t byte[FUZZ_OPTION_BYTES];
    fuzz_take(input, byte, sizeof byte);
    const struct ocs_options defaults = OCS_OPTIONS_DEFAULT;
    *options = defaults;
    options->map = map;
    take_scale(byte, options);
    take_modification(byte, options);
    take_files(byte, map, options);
    take_format(byte, options);
}

uint64_t fuzz_named_memory(const struct ocs_error *error)
{
    unsigned long long mib;
    if (error->status != OCS_LIMIT ||
        sscanf(error->advice, "give at least --memory %lluM", &mib) != 1)
        return 0;
    FUZZ_CHECK(mib > 0 && mib <= UINT64_MAX >> 20);
    return (uint64_t)mib << 20;
}
