/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "buffer_set.h"

#include "checked.h"

#include <assert.h>

enum { ALIGNMENT = 64 };

/* So large that it can only be refused when the rounding does not fit. */
static uint64_t stride_of(uint64_t buffer_bytes)
{
    if (buffer_bytes > UINT64_MAX - ALIGNMENT)
        return UINT64_MAX;
    return ocs_div_up_u64(buffer_bytes, ALIGNMENT) * ALIGNMENT;
}

uint64_t ocs_buffer_set_need(uint64_t owner_bytes, uint64_t buffer_bytes, unsigned count)
{
    uint64_t data, need;
    if (!ocs_mul_u64(stride_of(buffer_bytes), count, &data) ||
        !ocs_add_u64(ocs_budget_cost(data), ocs_budget_cost(owner_bytes), &need))
        return UINT64_MAX;
    return need;
}

enum ocs_status ocs_buffer_set_open(struct ocs_budget *budget, uint64_t buffer_bytes,
                                    unsigned count, struct ocs_buffer_set *set_ret,
                                    struct ocs_error *error)
{
    const uint64_t stride = stride_of(buffer_bytes);
    unsigned char *const data = ocs_budget_array(budget, count, stride, error);
    if (!data)
        return error->status;
    *set_ret = (struct ocs_buffer_set){.data = data, .stride = stride, .count = count};
    return OCS_OK;
}

unsigned char *ocs_buffer_set_at(const struct ocs_buffer_set *set, unsigned index)
{
    assert(index < set->count);
    return set->data + index * set->stride;
}

unsigned ocs_buffer_set_index(const struct ocs_buffer_set *set, const unsigned char *buffer)
{
    const uint64_t index = (uint64_t)(buffer - set->data) / set->stride;
    assert(index < set->count && set->data + index * set->stride == buffer);
    return (unsigned)index;
}

void ocs_buffer_set_close(struct ocs_buffer_set *set, struct ocs_budget *budget)
{
    ocs_budget_free(budget, set->data);
}
