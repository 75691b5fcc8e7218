/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvent.h"

#include "fail.h"

#include <cminpack.h>
#include <float.h>
#include <math.h>

enum { PARAMETERS = 3, EVALUATIONS_MAX = 200 * (PARAMETERS + 1) };
static const double relative_tolerance = 1.49012e-8;

/* The points the model goes through: numpy.linspace(min, max, 1000) against the density. */
struct points {
    double x[OCS_BINS];
    const double *density;
};

double ocs_gaussian_at(const struct ocs_gaussian *gaussian, double grey)
{
    const double from_mean = grey - gaussian->mean;
    return gaussian->scale *
           exp(-(from_mean * from_mean) / (2 * gaussian->sigma * gaussian->sigma));
}

static void make_points(const struct ocs_bins *bins, const double *density, struct points *points)
{
    const double step = ((double)bins->max - (double)bins->min) / (OCS_BINS - 1);
    for (int i = 0; i < OCS_BINS; ++i)
        points->x[i] = i * step + (double)bins->min;
    points->x[OCS_BINS - 1] = (double)bins->max;
    points->density = density;
}

static int highest_bin(const double *density)
{
    int peak = 0;
    for (int i = 1; i < OCS_BINS; ++i)
        if (density[i] > density[peak])
            peak = i;
    return peak;
}

/* Height and left edge of the highest bin, and how far right of it the density falls below 1/e of
 * that. False when it does not fall so far. */
static bool start_values(const struct ocs_bins *bins, const double *density,
                         struct ocs_gaussian *start_ret)
{
    const double e = 2.718281828459045;
    const int peak = highest_bin(density);
    int flank = peak;
    while (flank < OCS_BINS - 1 && density[flank] >= density[peak] / e)
        ++flank;
    const float width = bins->edge[1] - bins->edge[0];
    *start_ret = (struct ocs_gaussian){.scale = density[peak],
                                       .mean = (double)bins->edge[peak],
                                       .sigma = (flank > peak ? flank - peak : 1) * (double)width};
    return flank < OCS_BINS - 1;
}

static int residuals(void *context, int count, int parameters, const double *parameter,
                     double *residual, int flag)
{
    (void)parameters;
    (void)flag;
    const struct points *const points = context;
    const struct ocs_gaussian model = {parameter[0], parameter[1], parameter[2]};
    for (int i = 0; i < count; ++i)
        residual[i] = ocs_gaussian_at(&model, points->x[i]) - points->density[i];
    return 0;
}

/* False when it did not converge to a Gaussian; then *fit is unchanged. */
static bool settle(struct points *points, struct ocs_gaussian *fit)
{
    double parameter[PARAMETERS] = {fit->scale, fit->mean, fit->sigma};
    double residual[OCS_BINS], jacobian[PARAMETERS * OCS_BINS], scaling[PARAMETERS];
    double qtf[PARAMETERS], work[3][PARAMETERS], long_work[OCS_BINS];
    int evaluations, pivot[PARAMETERS];
    const int info =
        lmdif(residuals, points, OCS_BINS, PARAMETERS, parameter, residual, relative_tolerance,
              relative_tolerance, 0.0, EVALUATIONS_MAX, DBL_EPSILON, scaling, 1, 100.0, 0,
              &evaluations, jacobian, OCS_BINS, pivot, qtf, work[0], work[1], work[2], long_work);
    const double scale = parameter[0], mean = parameter[1], sigma = fabs(parameter[2]);
    if (info < 1 || info > 4 || !isfinite(scale) || !isfinite(mean) || !isfinite(sigma) ||
        scale <= 0 || sigma <= 0)
        return false;
    *fit = (struct ocs_gaussian){.scale = scale, .mean = mean, .sigma = sigma};
    return true;
}

/* Densities have the unit 1/grey. The reference compares them with plain numbers; otherwise the
 * fitted scale is the unit, so that multiplying a map by a constant changes nothing. */
static void find_limits(const struct ocs_bins *bins, const struct points *points, bool reference,
                        struct ocs_solvent_model *model)
{
    const double unit = reference ? 1 : model->fit.scale, relative = reference ? 1e-3 : 1e-5;
    const double tolerance = unit * relative;
    int content = 0, edge = 0;
    for (int i = 0; i < OCS_BINS; ++i) {
        const double solvent = ocs_gaussian_at(&model->fit, points->x[i]);
        const double all = points->density[i] + tolerance;
        if ((all - fmax(solvent, tolerance * relative)) / all <= 0.01)
            content = i + 1;
        if (solvent >= tolerance * relative * relative)
            edge = i;
    }
    model->content_at_1pct = (double)bins->edge[content];
    model->solvent_edge = (double)bins->edge[edge];
}

static bool all_finite(const double density[OCS_BINS])
{
    for (int i = 0; i < OCS_BINS; ++i)
        if (!isfinite(density[i]))
            return false;
    return true;
}

enum ocs_status ocs_solvent_fit(const struct ocs_bins *bins, const double density[OCS_BINS],
                                bool reference, struct ocs_solvent_model *model_ret,
                                struct ocs_error *error)
{
    if (!all_finite(density)) {
        ocs_fail(error, OCS_BAD_INPUT, "estimating", NULL,
                 "the values from %g to %g are too close together for a histogram",
                 (double)bins->min, (double)bins->max);
        ocs_advise(error, "subtract a constant from the map first");
        return OCS_BAD_INPUT;
    }
    struct points points;
    make_points(bins, density, &points);
    struct ocs_solvent_model model;
    const bool has_flank = start_values(bins, density, &model.fit);
    const bool settled = settle(&points, &model.fit);
    model.poor = !has_flank || !settled;
    find_limits(bins, &points, reference, &model);
    *model_ret = model;
    return OCS_OK;
}
