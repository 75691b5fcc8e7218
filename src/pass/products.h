/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_PRODUCTS_H
#define OCS_PRODUCTS_H

/* What is made of a batch of rows once scale and confidence are known: every wanted output, its
 * statistics, and the way to its sink. Used by whichever sweep has the rows. */

#include "modify.h"
#include "pass.h"
#include "sink.h"
#include "tally.h"
#include "target_scale.h"

#include "occustream/options.h"

/* One wanted output; `sink` NULL: not wanted. */
struct ocs_product {
    const struct ocs_sink *sink;
    struct ocs_modify modify; /* of the modifications                                      */
    bool clip;                /* to the input's extremes, at once                           */
    struct ocs_tally tally;   /* found                                                     */
};

struct ocs_products {
    const struct ocs_run_context *context;
    struct ocs_box box;
    float clip_min, clip_max;
    bool confident_everywhere; /* modify as if the confidence were 1                         */
    bool confidence_as_one;    /* and write it as 1                                         */
    struct ocs_product product[OCS_OUTPUT_KINDS]; /* by bit number of enum ocs_output          */
    struct ocs_target_scale *target[OCS_TARGET_MAPS]; /* gather the scale; NULL: none         */
};

/* The rows everything is made of: box.x floats each. NULL for what no wanted output needs. */
struct ocs_product_rows {
    uint64_t z, y, rows;
    const float *map, *scale, *confidence, *lowpass;
};

/* One worker's. */
struct ocs_product_desk;

/* Whether any wanted output is made from the map's voxels. */
bool ocs_products_need_map(const struct ocs_products *products);

static inline unsigned ocs_output_index(enum ocs_output kind)
{
    return (unsigned)__builtin_ctz((unsigned)kind);
}

/* Without the targets' desks. */
uint64_t ocs_products_need(struct ocs_box box);
OCS_MUST_USE enum ocs_status ocs_products_open(const struct ocs_products *products,
                                               struct ocs_product_desk **desk_ret,
                                               struct ocs_error *error);

/* Adds the worker's statistics to `products` and frees the desk. NULL is fine. */
void ocs_products_close(struct ocs_products *products, struct ocs_product_desk *desk);

/* Between start and stop, the rows of `part` come in file order. Stop must follow start, also after
 * an error (`keep` false). */
OCS_MUST_USE enum ocs_status ocs_products_start(struct ocs_product_desk *desk,
                                                const struct ocs_part *part,
                                                struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_products_rows(struct ocs_product_desk *desk,
                                               const struct ocs_product_rows *rows,
                                               struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_products_stop(struct ocs_product_desk *desk, bool keep,
                                               struct ocs_error *error);

#endif
