/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The solvent model against SciPy's fit of the same values, and by what must hold of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

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
    return sizeof recorded_confidence == 0;
}

static struct ocs_solvent_model fit(bool reference)
{
    struct ocs_solvent_model model;
    struct ocs_error error;
    assert_int_equal(ocs_solvent_fit(&bins, density, reference, &model, &error), OCS_OK);
    return model;
}

static void assert_fit(const struct ocs_gaussian *a, const struct ocs_gaussian *b, double relative)
{
    assert_true(fabs(a->scale - b->scale) <= relative * b->scale);
    assert_true(fabs(a->sigma - b->sigma) <= relative * b->sigma);
    assert_true(fabs(a->mean - b->mean) <= relative * b->sigma); /* the mean is near 0 */
}

static void equals_scipy(void **state)
{
    (void)state;
    solvent_density(values, SOLVENT_REGION, &bins, density);
    for (int reference = 0; reference < 2; ++reference) {
        const struct ocs_solvent_model model = fit(reference);
        assert_false(model.poor);
        assert_fit(&model.fit, &recorded_fit, 1e-6);
        assert_true(model.content_at_1pct == recorded_limits[reference][0]);
        assert_true(model.solvent_edge == recorded_limits[reference][1]);
    }
}

/* Points that lie on a Gaussian give that Gaussian. */
static void finds_a_gaussian(void **state)
{
    (void)state;
    const struct ocs_gaussian truth = {7.5, 0.2, 0.13};
    ocs_bins_make(-1, 2, &bins);
    for (int i = 0; i < OCS_BINS; ++i)
        density[i] = ocs_gaussian_at(&truth, -1 + i * 3.0 / (OCS_BINS - 1));
    const struct ocs_solvent_model model = fit(false);
    assert_false(model.poor);
    assert_fit(&model.fit, &truth, 1e-9);
    /* The last point where the model still has 1e-15 of its height; its bin begins up to one bin
     * below it. */
    const double reach = truth.mean + truth.sigma * sqrt(2 * log(1e15));
    assert_true(model.solvent_edge <= reach &&
                model.solvent_edge > reach - 2 * 3.0 / (OCS_BINS - 1));
}

/* A map in other units: every grey value follows. 1024 changes no rounding, 1000 does. */
static void units_do_not_matter(void **state)
{
    (void)state;
    static float scaled[SOLVENT_VALUES];
    solvent_density(values, SOLVENT_REGION, &bins, density);
    const struct ocs_solvent_model one = fit(false);
    const float factors[] = {1024, 1000, 1e-6F};
    for (int f = 0; f < 3; ++f) {
        for (int i = 0; i < SOLVENT_VALUES; ++i)
            scaled[i] = values[i] * factors[f];
        solvent_density(scaled, SOLVENT_REGION, &bins, density);
        const struct ocs_solvent_model other = fit(false);
        const double factor = (double)factors[f], bin = (double)(bins.edge[1] - bins.edge[0]);
        const struct ocs_gaussian back = {other.fit.scale * factor, other.fit.mean / factor,
                                          other.fit.sigma / factor};
        assert_fit(&back, &one.fit, f == 0 ? 1e-6 : 1e-4);
        assert_true(fabs(other.solvent_edge - one.solvent_edge * factor) <= bin);
        if (f == 0)
            assert_true(other.content_at_1pct == one.content_at_1pct * factor);
    }
}

static void assert_usable_but_poor(void)
{
    for (int reference = 0; reference < 2; ++reference) {
        const struct ocs_solvent_model model = fit(reference);
        assert_true(model.poor);
        assert_true(isfinite(model.fit.scale) && isfinite(model.fit.mean));
        assert_true(isfinite(model.fit.sigma) && model.fit.sigma > 0);
        assert_true(isfinite(model.content_at_1pct) && isfinite(model.solvent_edge));
    }
}

static void says_when_it_is_poor(void **state)
{
    (void)state;
    ocs_bins_make(0, 1, &bins);
    for (int i = 0; i < OCS_BINS; ++i)
        density[i] = 1; /* no flank */
    assert_usable_but_poor();
    for (int i = 0; i < OCS_BINS; ++i)
        density[i] = i == OCS_BINS - 1 ? 1000 : 0; /* the peak is the last bin */
    assert_usable_but_poor();
    for (int i = 0; i < OCS_BINS; ++i)
        density[i] = i; /* rises to the end */
    assert_usable_but_poor();
}

static void refuses_densities_without_meaning(void **state)
{
    (void)state;
    const float close[] = {1000, 1000.0001F, 1000.0002F, 1000.0003F};
    struct ocs_solvent_model model;
    struct ocs_error error;
    solvent_density(close, 4, &bins, density);
    assert_int_equal(ocs_solvent_fit(&bins, density, false, &model, &error), OCS_BAD_INPUT);
    assert_int_equal(error.status, OCS_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_scipy),
        cmocka_unit_test(finds_a_gaussian),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(says_when_it_is_poor),
        cmocka_unit_test(refuses_densities_without_meaning),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
