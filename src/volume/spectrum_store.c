/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spectrum_store.h"

#include "scratch.h"

#include <string.h>

struct ocs_spectrum_store {
    struct ocs_budget *budget;
    float complex *memory; /* NULL: in scratch                                            */
    struct ocs_scratch *scratch;
    uint64_t scratch_offset;
    uint64_t planes, columns;
};

static uint64_t index_of(const struct ocs_spectrum_store *store, uint64_t plane, uint64_t column)
{
    return plane * store->columns + column;
}

uint64_t ocs_spectrum_store_bytes(uint64_t planes, uint64_t columns)
{
    return planes * columns * sizeof(float complex);
}

enum ocs_status ocs_spectrum_store_create(struct ocs_budget *budget, struct ocs_scratch *scratch,
                                          uint64_t scratch_offset, uint64_t planes,
                                          uint64_t columns, struct ocs_spectrum_store **store_ret,
                                          struct ocs_error *error)
{
    struct ocs_spectrum_store *const store = ocs_budget_alloc(budget, sizeof *store, error);
    if (!store)
        return error->status;
    *store = (struct ocs_spectrum_store){
        .budget = budget,
        .scratch = scratch,
        .scratch_offset = scratch_offset,
        .planes = planes,
        .columns = columns,
    };
    if (!scratch) {
        store->memory = ocs_budget_alloc(budget, ocs_spectrum_store_bytes(planes, columns), error);
        if (!store->memory) {
            ocs_budget_free(budget, store);
            return error->status;
        }
    }
    *store_ret = store;
    return OCS_OK;
}

void ocs_spectrum_store_destroy(struct ocs_spectrum_store *store)
{
    if (!store)
        return;
    ocs_budget_free(store->budget, store->memory);
    ocs_budget_free(store->budget, store);
}

static enum ocs_status write_run(struct ocs_spectrum_store *store, uint64_t index,
                                 const float complex *from, uint64_t count, struct ocs_error *error)
{
    if (!store->memory)
        return ocs_scratch_write(store->scratch, store->scratch_offset + index * sizeof *from, from,
                                 count * sizeof *from, error);
    memcpy(store->memory + index, from, count * sizeof *from);
    return OCS_OK;
}

static enum ocs_status read_run(const struct ocs_spectrum_store *store, uint64_t index,
                                float complex *to, uint64_t count, struct ocs_error *error)
{
    if (!store->memory)
        return ocs_scratch_read(store->scratch, store->scratch_offset + index * sizeof *to, to,
                                count * sizeof *to, error);
    memcpy(to, store->memory + index, count * sizeof *to);
    return OCS_OK;
}

enum ocs_status ocs_spectrum_store_put(struct ocs_spectrum_store *store, uint64_t plane,
                                       const float complex *columns, struct ocs_error *error)
{
    return write_run(store, index_of(store, plane, 0), columns, store->columns, error);
}

enum ocs_status ocs_spectrum_store_get(const struct ocs_spectrum_store *store, uint64_t plane,
                                       float complex *buffer, const float complex **columns_ret,
                                       struct ocs_error *error)
{
    if (store->memory) {
        *columns_ret = store->memory + index_of(store, plane, 0);
        return OCS_OK;
    }
    *columns_ret = buffer;
    return read_run(store, index_of(store, plane, 0), buffer, store->columns, error);
}

enum ocs_status ocs_spectrum_store_get_block(const struct ocs_spectrum_store *store, uint64_t first,
                                             uint64_t count, uint64_t planes, float complex *block,
                                             struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (uint64_t plane = 0; plane < planes && status == OCS_OK; ++plane)
        status =
            read_run(store, index_of(store, plane, first), block + plane * count, count, error);
    return status;
}

enum ocs_status ocs_spectrum_store_put_block(struct ocs_spectrum_store *store, uint64_t first,
                                             uint64_t count, uint64_t planes,
                                             const float complex *block, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (uint64_t plane = 0; plane < planes && status == OCS_OK; ++plane)
        status =
            write_run(store, index_of(store, plane, first), block + plane * count, count, error);
    return status;
}
