/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "order.h"

#include "modes.h"

enum ocs_byte_order ocs_mrc_stamped_order(const struct ocs_mrc_header *header)
{
    const unsigned char first = header->machst[0], second = header->machst[1];
    if (first == 0x44 && (second == 0x44 || second == 0x41))
        return OCS_ORDER_LITTLE;
    if (first == 0x11 && second == 0x11)
        return OCS_ORDER_BIG;
    return OCS_ORDER_UNKNOWN;
}

static bool has_positive_dimensions(const struct ocs_mrc_header *header)
{
    return header->nx > 0 && header->ny > 0 && header->nz > 0;
}

/* How believable a header is on its own: a mode that exists weighs more than dimensions that are
 * positive, because small modes turned round never exist, while small dimensions turned round stay
 * positive. */
static int belief(const struct ocs_mrc_header *header)
{
    const bool mode = ocs_mrc_mode_known(header->mode),
               dimensions = has_positive_dimensions(header);
    return (mode && dimensions ? 4 : 0) + (mode ? 2 : 0) + (dimensions ? 1 : 0);
}

static int64_t distance(int32_t n)
{
    return n < 0 ? -(int64_t)n : n;
}

static int64_t largest_dimension(const struct ocs_mrc_header *header)
{
    const int64_t x = distance(header->nx), y = distance(header->ny), z = distance(header->nz);
    const int64_t xy = x > y ? x : y;
    return xy > z ? xy : z;
}

/* How many of MAPC, MAPR, MAPS name an axis: none of them does turned round. */
static int axes_named(const struct ocs_mrc_header *header)
{
    const int32_t axes[] = {header->mapc, header->mapr, header->maps};
    int named = 0;
    for (int i = 0; i < 3; ++i)
        named += axes[i] >= 1 && axes[i] <= 3;
    return named;
}

enum ocs_byte_order ocs_mrc_believable_order(const unsigned char bytes[OCS_MRC_HEADER_BYTES])
{
    struct ocs_mrc_header little, big;
    ocs_mrc_unpack(bytes, OCS_ORDER_LITTLE, &little);
    ocs_mrc_unpack(bytes, OCS_ORDER_BIG, &big);
    const int little_belief = belief(&little), big_belief = belief(&big);
    if (little_belief != big_belief)
        return little_belief > big_belief ? OCS_ORDER_LITTLE : OCS_ORDER_BIG;
    /* Mode 0 reads the same both ways, and a dimension of 2^20 turned round is 4096. */
    const int little_axes = axes_named(&little), big_axes = axes_named(&big);
    if (little_axes != big_axes)
        return little_axes > big_axes ? OCS_ORDER_LITTLE : OCS_ORDER_BIG;
    /* Of headers without axes: a dimension of 64 turned round is a thousand million. */
    const int64_t little_size = largest_dimension(&little), big_size = largest_dimension(&big);
    if (little_size != big_size)
        return little_size < big_size ? OCS_ORDER_LITTLE : OCS_ORDER_BIG;
    return ocs_mrc_stamped_order(&little) == OCS_ORDER_BIG ? OCS_ORDER_BIG : OCS_ORDER_LITTLE;
}
