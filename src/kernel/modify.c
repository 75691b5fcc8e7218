/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "modify.h"

#include <math.h>

/* mod and noise stay in the first-level cache between the kernels. */
enum { BLOCK = 1024 };

static double exponent_of(const struct ocs_modify_request *request)
{
    switch (request->kind) {
    case OCS_AMPLIFY:
        return 1 / request->strength - 1;
    case OCS_ATTENUATE:
        return request->strength - 1;
    case OCS_SIGMOID:
        return request->strength;
    default:
        return 0;
    }
}

/* mu/(1 - mu), written without the 1 - mu that cancels when mu is close to 1. */
static double ratio_of(double exponent, double pivot)
{
    const double odds = (1 - pivot) / pivot;
    return pow(odds, 1 / exponent) / odds;
}

static double sigmoid_at(double x, double ratio, double exponent)
{
    return x > 0 ? 1 / (1 + pow(ratio * (1 - x) / x, exponent)) : 0;
}

void ocs_modify_make(const struct ocs_modify_request *request, struct ocs_modify *modify_ret)
{
    const bool sigmoid = request->kind == OCS_SIGMOID;
    *modify_ret = (struct ocs_modify){
        .kind = request->kind,
        .exponent = (float)exponent_of(request),
        .scale_limit = (float)fmax(request->scale_limit, 0),
        .sigmoid_ratio = sigmoid ? ratio_of(request->strength, request->pivot) : 1,
        .sampled = sigmoid && request->reference,
        .exclude_solvent = request->exclude_solvent,
        .add_solvent = !request->exclude_solvent && (sigmoid || request->kind == OCS_ATTENUATE),
        .solvent_mean = (float)request->solvent.mean,
        .solvent_sigma = (float)request->solvent.sigma,
        .seed = request->seed,
    };
    for (int i = 0; i < OCS_SIGMOID_SAMPLES && modify_ret->sampled; ++i)
        modify_ret->sample[i] = (float)sigmoid_at((double)i / (OCS_SIGMOID_SAMPLES - 1),
                                                  modify_ret->sigmoid_ratio, request->strength);
}

static void find_mod(const struct ocs_modify *how, const struct ocs_kernels *kernels,
                     const float *scale, float *mod, uint64_t n)
{
    if (how->kind == OCS_NO_CHANGE) {
        for (uint64_t i = 0; i < n; ++i)
            mod[i] = 1;
    } else if (how->kind != OCS_SIGMOID) {
        kernels->power(scale, mod, n, how->scale_limit, how->exponent);
    } else if (how->sampled) {
        kernels->sampled(scale, mod, n, how->sample, OCS_SIGMOID_SAMPLES);
    } else {
        kernels->sigmoid(scale, mod, n, how->sigmoid_ratio, how->exponent);
    }
}

void ocs_modify_row(const struct ocs_modify *modify, const struct ocs_kernels *kernels,
                    const float *v, const float *scale, const float *confidence,
                    uint64_t first_voxel, float *out, uint64_t n)
{
    float mod[BLOCK], noise[BLOCK];
    for (uint64_t start = 0; start < n; start += BLOCK) {
        const uint64_t block = n - start < BLOCK ? n - start : BLOCK;
        find_mod(modify, kernels, scale + start, mod, block);
        kernels->blend(v + start, mod, confidence + start, modify->exclude_solvent, out + start,
                       block);
        if (!modify->add_solvent)
            continue;
        kernels->normal(modify->seed, first_voxel + start, noise, block);
        kernels->add_noise(mod, noise, modify->solvent_mean, modify->solvent_sigma, out + start,
                           block);
    }
}
