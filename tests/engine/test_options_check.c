/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "options_check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ocs_options plain(void)
{
    struct ocs_options options = OCS_OPTIONS_DEFAULT;
    options.map = "a.mrc";
    return options;
}

static void expect_fine(const struct ocs_options *options)
{
    struct ocs_error error;
    assert_int_equal(ocs_options_check(options, &error), OCS_OK);
}

/* Refused, with `first` and `second` both named. */
static void expect_refused(const struct ocs_options *options, const char *first, const char *second)
{
    struct ocs_error error;
    char line[1024];
    assert_int_equal(ocs_options_check(options, &error), OCS_USAGE);
    assert_int_equal(error.status, OCS_USAGE);
    ocs_error_format(&error, line, sizeof line);
    if (!strstr(line, first) || !strstr(line, second))
        fail_msg("`%s` does not name %s and %s", line, first, second);
}

#define CHANGED(...) changed_options = plain(), __VA_ARGS__, &changed_options
static struct ocs_options changed_options;
#define FINE(...) expect_fine((CHANGED(__VA_ARGS__)))
#define REFUSED(first, second, ...) expect_refused((CHANGED(__VA_ARGS__)), first, second)
#define SET(field, value) (changed_options.field = (value))

static void names_must_be_there(void **state)
{
    (void)state;
    FINE(SET(threads, 1));
    REFUSED("MAP", "", SET(map, NULL));
    REFUSED("MAP", "", SET(map, ""));
    REFUSED("--output", "", SET(output_dir, ""));
    FINE(SET(output_dir, "-"));
    FINE(SET(solvent_def, "-"));
    REFUSED("-", "only one", SET(map, "-"), SET(solvent_def, "-"));
    REFUSED("-", "only one", SET(labels, "-"), SET(target_mask, "-"));
    REFUSED("--solvent-def", "", SET(solvent_def, ""));
    REFUSED("--target-mask", "", SET(target_mask, ""));
    REFUSED("--labels", "", SET(labels, ""));
    REFUSED("--scratch", "", SET(scratch_dir, ""));
    REFUSED("options", "version", SET(struct_bytes, 8));
}

static void numbers_must_be_in_range(void **state)
{
    (void)state;
    const double wrong[] = {-1, NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 4; ++i) {
        REFUSED("--resolution", "", SET(resolution_ang, wrong[i]));
        REFUSED("--lowpass", "", SET(lowpass_ang, wrong[i]));
        REFUSED("--lowpass-output", "",
                (SET(exclude_solvent, true), SET(lowpass_output_ang, wrong[i])));
        REFUSED("--kernel-radius", "", SET(kernel_radius_vox, wrong[i]));
        REFUSED("--tau", "", SET(tau, wrong[i]));
        REFUSED("--amplify", "", SET(amplify, wrong[i]));
        REFUSED("--attenuate", "", SET(attenuate, wrong[i]));
        REFUSED("--sigmoid", "", SET(sigmoid, wrong[i]));
        REFUSED("--hedge-confidence", "", SET(hedge_confidence, wrong[i]));
        REFUSED("--pivot", "", (SET(sigmoid, 2), SET(pivot, wrong[i])));
        REFUSED("--scale-limit", "", (SET(amplify, 2), SET(scale_limit, wrong[i])));
    }
    REFUSED("--tau", "", SET(tau, 1));
    REFUSED("--amplify", "", SET(amplify, 0.5));
    REFUSED("--pivot", "", (SET(sigmoid, 2), SET(pivot, 0.001)));
    REFUSED("--pivot", "", (SET(sigmoid, 2), SET(pivot, 0.995)));
    REFUSED("--scale-limit", "", (SET(amplify, 2), SET(scale_limit, 1)));
    REFUSED("--kernel-size", "", SET(kernel_size_vox, 4));
    REFUSED("--kernel-size", "", SET(kernel_size_vox, 1));
    REFUSED("--kernel-size", "", SET(kernel_size_vox, 65));
    REFUSED("--max-box", "", SET(max_box_vox, 15));
    REFUSED("--max-voxels", "", SET(max_voxels, 0));
    REFUSED("--max-expansion", "", SET(max_expansion, 0));
    REFUSED("--threads", "", SET(threads, 4097));
    REFUSED("--seed", "", (SET(attenuate, 2), SET(seed, UINT64_MAX)));
    FINE((SET(kernel_size_vox, 63), SET(tau, 0.5), SET(max_box_vox, 16), SET(threads, 4096)));
    FINE((SET(sigmoid, 2), SET(pivot, 0.99), SET(scale_limit, 0), SET(seed, INT64_MAX)));
    FINE((SET(hedge_confidence, 1), SET(amplify, 1)));
}

static void choices_must_be_known(void **state)
{
    (void)state;
    REFUSED("--compat", "", SET(rules, (enum ocs_rules_name)2));
    REFUSED("--occupancy", "", SET(scale_data, (enum ocs_scale_data)3));
    REFUSED("--region", "", SET(region, (enum ocs_region)3));
    REFUSED("--nonfinite", "", SET(nonfinite, (enum ocs_nonfinite)2));
    REFUSED("--io", "", SET(io, (enum ocs_io_mode)3));
    REFUSED("--dtype", "", SET(dtype, (enum ocs_dtype)2));
    REFUSED("--outputs", "", SET(outputs, 1u << OCS_OUTPUT_KINDS));
}

static void contradictions_name_both(void **state)
{
    (void)state;
    REFUSED("--s0", "--tile-size", (SET(s0, true), SET(tile_size_vox, 5)));
    REFUSED("--pivot", "--sigmoid", SET(pivot, 0.5));
    REFUSED("--pivot", "--sigmoid", (SET(amplify, 2), SET(pivot, 0.5)));
    REFUSED("--scale-limit", "--amplify", SET(scale_limit, 0.5));
    REFUSED("--lowpass-output", "--exclude-solvent", SET(lowpass_output_ang, 5));
    REFUSED("--hist-match", "--exclude-solvent", SET(hist_match, true));
    REFUSED("--seed", "--sigmoid", SET(seed, 1));
    REFUSED("--seed", "--attenuate", (SET(amplify, 2), SET(seed, 1)));
    REFUSED("--outputs", "--amplify", SET(outputs, OCS_OUTPUT_AMPLIFIED));
    REFUSED("--outputs", "--attenuate", SET(outputs, OCS_OUTPUT_ATTENUATED));
    REFUSED("--outputs", "--sigmoid", SET(outputs, OCS_OUTPUT_SIGMOID));
    REFUSED("--outputs", "--exclude-solvent", SET(outputs, OCS_OUTPUT_SOLVENT_EXCLUDED));
    REFUSED(
        "--outputs", "--amplify",
        (SET(amplify, 2), SET(exclude_solvent, true), SET(outputs, OCS_OUTPUT_SOLVENT_EXCLUDED)));
    FINE((SET(exclude_solvent, true), SET(lowpass_output_ang, 5), SET(hist_match, true)));
    FINE((SET(attenuate, 2), SET(seed, 1), SET(outputs, OCS_OUTPUT_ATTENUATED)));
    FINE((SET(exclude_solvent, true), SET(outputs, OCS_OUTPUT_SOLVENT_EXCLUDED)));
    FINE((SET(labels, "l.mrc"), SET(rules, OCS_RULES_OCCUPY_0_1_13)));
    FINE((SET(outputs, OCS_OUTPUT_LOWPASS), SET(labels, "l.mrc"), SET(target_mask, "m.mrc")));
}

static void formats_have_their_own_options(void **state)
{
    (void)state;
    FINE(SET(format, OCS_FORMAT_MRC_ZST));
    FINE((SET(format, OCS_FORMAT_ZARR), SET(zarr_version, 3), SET(codec, OCS_ZARR_CODEC_BLOSC),
          SET(chunk_vox[0], 1), SET(chunk_vox[1], 2), SET(chunk_vox[2], 3)));
    FINE((SET(format, OCS_FORMAT_ZARR), SET(chunk_vox[0], 1), SET(chunk_vox[1], 1),
          SET(chunk_vox[2], 1 << 26)));
    REFUSED("--format", "no such", SET(format, (enum ocs_format)3));
    REFUSED("--codec", "no such",
            (SET(format, OCS_FORMAT_ZARR), SET(codec, (enum ocs_zarr_codec)3)));
    REFUSED("--zarr", "2 or 3", (SET(format, OCS_FORMAT_ZARR), SET(zarr_version, 4)));
    REFUSED("--zarr", "a Zarr store", SET(zarr_version, 2));
    REFUSED("--codec", "a Zarr store",
            (SET(format, OCS_FORMAT_MRC_ZST), SET(codec, OCS_ZARR_CODEC_ZSTD)));
    REFUSED("--chunk", "a Zarr store", SET(chunk_vox[1], 5));
    REFUSED("--chunk", "three extents", (SET(format, OCS_FORMAT_ZARR), SET(chunk_vox[0], 5)));
    REFUSED("--chunk", "67108864",
            (SET(format, OCS_FORMAT_ZARR), SET(chunk_vox[0], UINT64_C(1) << 40),
             SET(chunk_vox[1], UINT64_C(1) << 40), SET(chunk_vox[2], 1)));
    REFUSED("--format", "standard output", (SET(format, OCS_FORMAT_ZARR), SET(output_dir, "-")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_must_be_there),
        cmocka_unit_test(numbers_must_be_in_range),
        cmocka_unit_test(choices_must_be_known),
        cmocka_unit_test(contradictions_name_both),
        cmocka_unit_test(formats_have_their_own_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
