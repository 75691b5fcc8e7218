/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "domains.h"

#include <math.h>
#include <string.h>

/* Centres and radius as fractions of the cube the domains are laid out in. */
struct plan {
    double radius;
    double centre[PHANTOM_MAX_DOMAINS][3];
};

/* Up to three: the arrangement used throughout the tests, each overlapping the others a little. */
static const struct plan touching_few = {.154, {{.5, .5, .40}, {.5, .36, .58}, {.5, .64, .60}}};

/* Up to three with solvent between them: corners of a triangle .22 from the middle. */
static const struct plan separate_few = {.154, {{.5, .5, .28}, {.5, .31, .61}, {.5, .69, .61}}};

/* More: corners of a cube. */
static struct plan corners(double half_edge)
{
    struct plan plan = {.radius = .1};
    for (unsigned corner = 0; corner < PHANTOM_MAX_DOMAINS; ++corner)
        for (unsigned axis = 0; axis < 3; ++axis)
            plan.centre[corner][axis] = .5 + ((corner >> axis & 1) ? half_edge : -half_edge);
    return plan;
}

static struct plan plan_for(enum phantom_layout layout, unsigned count)
{
    if (layout == PHANTOM_TOUCHING)
        return count <= 3 ? touching_few : corners(.09);
    return count <= 3 ? separate_few : corners(.15);
}

static void bound(struct phantom_domains *domains)
{
    for (int axis = 0; axis < 3; ++axis) {
        domains->low[axis] = INFINITY;
        domains->high[axis] = -INFINITY;
        for (unsigned i = 0; i < domains->count; ++i) {
            const struct phantom_domain *domain = &domains->item[i];
            domains->low[axis] =
                fmin(domains->low[axis], domain->centre[axis] - domain->radius[axis]);
            domains->high[axis] =
                fmax(domains->high[axis], domain->centre[axis] + domain->radius[axis]);
        }
    }
}

struct phantom_domains phantom_domains_place(enum phantom_layout layout, unsigned count,
                                             const double *occupancy, const int64_t box[3],
                                             const double voxel[3])
{
    double extent = INFINITY; /* edge of the cube, angstrom */
    for (int axis = 0; axis < 3; ++axis)
        extent = fmin(extent, (double)box[axis] * voxel[axis]);
    const struct plan plan = plan_for(layout, count);
    struct phantom_domains domains = {.count = count};
    for (unsigned i = 0; i < count; ++i) {
        domains.item[i].occupancy = occupancy[i];
        for (int axis = 0; axis < 3; ++axis) {
            const double middle = .5 * (double)(box[axis] - 1);
            const double edge_vox = extent / voxel[axis];
            domains.item[i].centre[axis] = middle + (plan.centre[i][axis] - .5) * edge_vox;
            domains.item[i].radius[axis] = plan.radius * edge_vox;
        }
    }
    bound(&domains);
    return domains;
}

/* Square of the distance to the centre, in radii. */
static double distance(const struct phantom_domain *domain, double z, double y, double x)
{
    const double dz = (z - domain->centre[AXIS_Z]) / domain->radius[AXIS_Z];
    const double dy = (y - domain->centre[AXIS_Y]) / domain->radius[AXIS_Y];
    const double dx = (x - domain->centre[AXIS_X]) / domain->radius[AXIS_X];
    return dz * dz + dy * dy + dx * dx;
}

int phantom_domain_at(const struct phantom_domains *domains, double z, double y, double x)
{
    int nearest = -1;
    double best = 1; /* all radii are equal, so distances in radii compare */
    for (unsigned i = 0; i < domains->count; ++i) {
        const double d = distance(&domains->item[i], z, y, x);
        if (d <= best && (nearest < 0 || d < best)) {
            best = d;
            nearest = (int)i;
        }
    }
    return nearest;
}

void phantom_domains_label_row(const struct phantom_domains *domains, int64_t z, int64_t y,
                               int64_t nx, signed char *labels, uint64_t *counts)
{
    memset(labels, 0, (size_t)nx);
    const double at_z = (double)z, at_y = (double)y;
    if (at_z < domains->low[AXIS_Z] || at_z > domains->high[AXIS_Z] ||
        at_y < domains->low[AXIS_Y] || at_y > domains->high[AXIS_Y])
        return;
    const int64_t end = (int64_t)floor(domains->high[AXIS_X]) + 1;
    for (int64_t x = (int64_t)ceil(domains->low[AXIS_X]); x < end && x < nx; ++x) {
        const int domain = phantom_domain_at(domains, at_z, at_y, (double)x);
        if (domain >= 0) {
            labels[x] = (signed char)(domain + 1);
            ++counts[domain];
        }
    }
}
