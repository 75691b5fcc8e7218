/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "products.h"

#include "clip.h"

enum {
    MODIFICATIONS = OCS_OUTPUT_AMPLIFIED | OCS_OUTPUT_ATTENUATED | OCS_OUTPUT_SIGMOID |
                    OCS_OUTPUT_SOLVENT_EXCLUDED
};

struct ocs_product_desk {
    const struct ocs_products *products;
    void *pen[OCS_OUTPUT_KINDS];
    struct ocs_tally tally[OCS_OUTPUT_KINDS];
    struct ocs_target_desk *target[OCS_TARGET_MAPS];
    float *modified; /* a batch                                                            */
    float *ones;     /* a batch of confidence 1, or NULL                                    */
};

static bool is_modification(unsigned index)
{
    return (MODIFICATIONS >> index & 1) != 0;
}

bool ocs_products_need_map(const struct ocs_products *products)
{
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        if (products->product[i].sink && is_modification(i))
            return true;
    return false;
}

static uint64_t batch_bytes(struct ocs_box box)
{
    return OCS_ROW_BATCH * box.x * sizeof(float);
}

uint64_t ocs_products_need(struct ocs_box box)
{
    return ocs_budget_cost(sizeof(struct ocs_product_desk)) + 2 * ocs_budget_cost(batch_bytes(box));
}

static bool make_ones(struct ocs_product_desk *desk, struct ocs_error *error)
{
    const struct ocs_products *const products = desk->products;
    if (!products->confident_everywhere && !products->confidence_as_one)
        return true;
    desk->ones = ocs_budget_alloc(products->context->budget, batch_bytes(products->box), error);
    if (!desk->ones)
        return false;
    for (uint64_t i = 0; i < OCS_ROW_BATCH * products->box.x; ++i)
        desk->ones[i] = 1.0f;
    return true;
}

static bool open_targets(struct ocs_product_desk *desk, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned map = 0; map < OCS_TARGET_MAPS && status == OCS_OK; ++map)
        if (desk->products->target[map])
            status = ocs_target_desk_open(desk->products->target[map], &desk->target[map], error);
    return status == OCS_OK;
}

static void close_targets(struct ocs_product_desk *desk)
{
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        ocs_target_desk_close(desk->products->target[map], desk->target[map]);
}

enum ocs_status ocs_products_open(const struct ocs_products *products,
                                  struct ocs_product_desk **desk_ret, struct ocs_error *error)
{
    struct ocs_budget *const budget = products->context->budget;
    struct ocs_product_desk *const desk = ocs_budget_alloc(budget, sizeof *desk, error);
    if (!desk)
        return error->status;
    desk->products = products;
    desk->modified = ocs_budget_alloc(budget, batch_bytes(products->box), error);
    if (!desk->modified || !make_ones(desk, error) || !open_targets(desk, error)) {
        close_targets(desk);
        ocs_budget_free(budget, desk->modified);
        ocs_budget_free(budget, desk->ones);
        ocs_budget_free(budget, desk);
        return error->status;
    }
    *desk_ret = desk;
    return OCS_OK;
}

void ocs_products_close(struct ocs_products *products, struct ocs_product_desk *desk)
{
    if (!desk)
        return;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        ocs_tally_merge(&products->product[i].tally, &desk->tally[i]);
    close_targets(desk);
    ocs_budget_free(products->context->budget, desk->modified);
    ocs_budget_free(products->context->budget, desk->ones);
    ocs_budget_free(products->context->budget, desk);
}

enum ocs_status ocs_products_start(struct ocs_product_desk *desk, const struct ocs_part *part,
                                   struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned map = 0; map < OCS_TARGET_MAPS && status == OCS_OK; ++map)
        if (desk->target[map])
            status = ocs_target_desk_start(desk->target[map], part, error);
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS && status == OCS_OK; ++i) {
        const struct ocs_sink *const sink = desk->products->product[i].sink;
        if (sink)
            status = sink->open(sink->self, &desk->pen[i], error);
    }
    return status;
}

/* After a part that failed the label maps' readers are closed with the desks. */
static enum ocs_status finish_targets(struct ocs_product_desk *desk, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned map = 0; map < OCS_TARGET_MAPS && status == OCS_OK; ++map)
        if (desk->target[map])
            status = ocs_target_desk_finish(desk->target[map], error);
    return status;
}

enum ocs_status ocs_products_stop(struct ocs_product_desk *desk, bool keep, struct ocs_error *error)
{
    enum ocs_status status = keep ? finish_targets(desk, error) : OCS_OK;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i) {
        if (!desk->pen[i])
            continue;
        struct ocs_error later;
        const enum ocs_status closed = desk->products->product[i].sink->close(
            desk->pen[i], keep && status == OCS_OK, status == OCS_OK ? error : &later);
        status = status == OCS_OK ? closed : status;
        desk->pen[i] = NULL;
    }
    return status;
}

static const float *modified(struct ocs_product_desk *desk, const struct ocs_product *product,
                             const struct ocs_product_rows *rows)
{
    const struct ocs_products *const products = desk->products;
    const struct ocs_box box = products->box;
    const uint64_t n = rows->rows * box.x;
    ocs_modify_row(&product->modify, products->context->kernels, rows->map, rows->scale,
                   products->confident_everywhere ? desk->ones : rows->confidence,
                   (rows->z * box.y + rows->y) * box.x, desk->modified, n);
    if (product->clip)
        ocs_clip(desk->modified, n, products->clip_min, products->clip_max);
    return desk->modified;
}

static const float *voxels_of(struct ocs_product_desk *desk, unsigned index,
                              const struct ocs_product_rows *rows)
{
    switch ((enum ocs_output)(1 << index)) {
    case OCS_OUTPUT_SCALE:
        return rows->scale;
    case OCS_OUTPUT_CONFIDENCE:
        return desk->products->confidence_as_one ? desk->ones : rows->confidence;
    case OCS_OUTPUT_LOWPASS:
        return rows->lowpass;
    default:
        return modified(desk, &desk->products->product[index], rows);
    }
}

enum ocs_status ocs_products_rows(struct ocs_product_desk *desk,
                                  const struct ocs_product_rows *rows, struct ocs_error *error)
{
    const struct ocs_products *const products = desk->products;
    const uint64_t nx = products->box.x;
    enum ocs_status status = OCS_OK;
    for (unsigned map = 0; map < OCS_TARGET_MAPS && status == OCS_OK; ++map)
        if (desk->target[map])
            status = ocs_target_desk_rows(desk->target[map], rows->rows, rows->scale, error);
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS && status == OCS_OK; ++i) {
        if (!desk->pen[i])
            continue;
        const float *const voxels = voxels_of(desk, i, rows);
        for (uint64_t row = 0; row < rows->rows; ++row)
            ocs_tally_row(&desk->tally[i], products->context->kernels, voxels + row * nx, nx);
        status = products->product[i].sink->rows(desk->pen[i], rows->z, rows->y, rows->rows, voxels,
                                                 error);
    }
    return status;
}
