/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper_internal.h"

#include "checked.h"
#include "place_sum.h"

/* A pass over everything that is claimed: a unit is a piece of one claim. */

enum { PIECE_BYTES = 4 << 20, BUFFER_BYTES = 128 << 10 };

struct check {
    struct ocs_run_state *run;
    _Atomic uint64_t sum[OCS_CLAIMS];
};

uint64_t ocs_keeper_need(void)
{
    return ocs_budget_cost(BUFFER_BYTES);
}

static uint64_t pieces_of(const struct ocs_claim *claim)
{
    return ocs_div_up_u64(claim->done, PIECE_BYTES);
}

static enum ocs_status open_worker(void *self, void **worker_ret, struct ocs_error *error)
{
    const struct check *const check = self;
    *worker_ret = ocs_budget_alloc(check->run->budget, BUFFER_BYTES, error);
    return *worker_ret ? OCS_OK : error->status;
}

static void close_worker(void *self, void *worker)
{
    const struct check *const check = self;
    ocs_budget_free(check->run->budget, worker);
}

static enum ocs_status read_back(const struct ocs_run_state *run, uint64_t file, uint64_t offset,
                                 void *to, uint64_t count, struct ocs_error *error)
{
    return file == OCS_SCRATCH_FILE ? ocs_scratch_read(run->scratch, offset, to, count, error)
                                    : ocs_output_file_read(ocs_run_output(run, (unsigned)file),
                                                           offset, to, count, error);
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    struct check *const check = self;
    const struct ocs_keeper *const keeper = check->run->keeper;
    unsigned which = 0;
    for (; unit >= pieces_of(&keeper->claim[which]); ++which)
        unit -= pieces_of(&keeper->claim[which]);
    const struct ocs_claim *const claim = &keeper->claim[which];
    const uint64_t end = ocs_min_u64((unit + 1) * PIECE_BYTES, claim->done);
    uint64_t sum = 0;
    for (uint64_t at = unit * PIECE_BYTES; at < end; at += BUFFER_BYTES) {
        const uint64_t count = ocs_min_u64(BUFFER_BYTES, end - at);
        const enum ocs_status status =
            read_back(check->run, claim->file, claim->offset + at, worker, count, error);
        if (status != OCS_OK)
            return status;
        sum += ocs_place_sum(claim->offset + at, worker, count);
    }
    atomic_fetch_add(&check->sum[which], sum);
    return ocs_beat(&check->run->beat, end - unit * PIECE_BYTES, error);
}

enum ocs_status ocs_keeper_check(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_keeper *const keeper = run->keeper;
    struct check check = {.run = run};
    struct ocs_pass pass = {
        .name = "check",
        .self = &check,
        .open = open_worker,
        .unit = do_unit,
        .close = close_worker,
    };
    for (unsigned i = 0; i < keeper->claim_count; ++i) {
        pass.units += pieces_of(&keeper->claim[i]);
        pass.voxels += keeper->claim[i].done;
    }
    if (pass.units == 0)
        return OCS_OK;
    const enum ocs_status status = ocs_run_pass(run, &pass, NULL, error);
    if (status == OCS_IO)
        ocs_keeper_advise(ocs_journal_path(keeper->journal), error);
    if (status != OCS_OK)
        return status;
    for (unsigned i = 0; i < keeper->claim_count; ++i)
        if (atomic_load(&check.sum[i]) != keeper->claim[i].sum)
            return ocs_keeper_fail(OCS_IO, ocs_journal_path(keeper->journal),
                                   keeper->claim[i].file == OCS_SCRATCH_FILE
                                       ? "its scratch is not what was written"
                                       : "an unfinished map is not what was written",
                                   error);
    return OCS_OK;
}
