/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The confidence curve against a NumPy statement of both rule sets, and by what must hold of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "confidence.h"
#include "solvent_values.h"

#include "solvent_recorded.h"

#include <math.h>

static float values[SOLVENT_VALUES];
static struct ocs_bins bins;
static double density[OCS_BINS];

static int fill(void **state)
{
    (void)state;
    solvent_fill(values);
    solvent_density(values, SOLVENT_VALUES, &bins, density);
    return sizeof recorded_limits == 0;
}

static void equals_numpy(void **state)
{
    (void)state;
    static struct ocs_confidence confidence;
    for (size_t r = 0; r < sizeof recorded_confidence / sizeof *recorded_confidence; ++r) {
        ocs_confidence_make(&bins, density, &recorded_fit, recorded_confidence[r].reference,
                            recorded_confidence[r].hedge, &confidence);
        for (int i = 0; i < 125; ++i) {
            const double expected = recorded_confidence[r].curve[i];
            assert_true(fabs(confidence.curve[8 * i] - expected) <= 1e-5);
            assert_true(fabs((double)confidence.table[8 * i] - fmin(fmax(expected, 0), 1)) <= 1e-5);
        }
        assert_true(confidence.limit_grey == recorded_confidence[r].limit_grey);
        assert_true((double)bins.edge[confidence.limit_bin] == confidence.limit_grey);
    }
}

static void falls_toward_the_solvent(void **state)
{
    (void)state;
    static struct ocs_confidence confidence;
    for (int reference = 0; reference < 2; ++reference) {
        ocs_confidence_make(&bins, density, &recorded_fit, reference, 0, &confidence);
        for (int i = 1; i < OCS_BINS; ++i)
            assert_true(confidence.table[i] >= confidence.table[i - 1]);
        assert_true(confidence.table[OCS_BINS - 1] > 0.99F && confidence.table[0] == 0);
    }
}

/* No solvent: all bins are content. All solvent: none is, and the limit is the top. */
static void extremes(void **state)
{
    (void)state;
    static struct ocs_confidence confidence;
    const struct ocs_gaussian nothing = {1e-12, 0, 1}, everything = {1e6, 0, 1e6};
    ocs_confidence_make(&bins, density, &nothing, true, 1, &confidence);
    assert_int_equal(confidence.limit_bin, 0);
    assert_true(confidence.limit_grey == (double)bins.min);
    for (int hedge = 1; hedge <= 2; ++hedge) {
        ocs_confidence_make(&bins, density, &everything, false, hedge, &confidence);
        assert_int_equal(confidence.limit_bin, OCS_BINS);
        assert_true(confidence.limit_grey == (double)bins.max);
        assert_true(confidence.table[OCS_BINS - 1] == 0);
    }
}

/* The lookup finds, for the values themselves, the bin that NumPy's rule of the rule set gives. */
static void lookup_follows_the_rules(void **state)
{
    (void)state;
    static struct ocs_confidence confidence;
    static float found[SOLVENT_VALUES];
    const float range = bins.max - bins.min;
    for (int reference = 0; reference < 2; ++reference) {
        ocs_confidence_make(&bins, density, &recorded_fit, reference, 1, &confidence);
        const struct ocs_lookup lookup = ocs_confidence_lookup(&confidence, &bins, reference);
        ocs_kernels_for(ocs_simd_best())->lookup(&lookup, values, found, SOLVENT_VALUES);
        for (int i = 0; i < SOLVENT_VALUES; ++i) {
            const float reference_place = (values[i] / range - bins.min / range) * 1000.0F - 1.0F;
            const float default_place = (values[i] - bins.min) / range * 1000.0F;
            const int bin = (int)(reference ? reference_place : default_place);
            assert_true(found[i] == confidence.table[bin < 0 ? 0 : bin > 999 ? 999 : bin]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_numpy),
        cmocka_unit_test(falls_toward_the_solvent),
        cmocka_unit_test(extremes),
        cmocka_unit_test(lookup_follows_the_rules),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
