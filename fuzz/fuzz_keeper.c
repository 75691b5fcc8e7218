/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run is interrupted, its journal changed, and it is gone on with. Whatever the journal holds:
 * the run is refused with a reason, or it ends, within its budget. Where no record holds anything
 * else than was recorded, whatever was cut off, damaged, dropped, repeated or moved: it ends with
 * the voxels of a run that was not interrupted. Input: a byte for the options, one for how many of
 * its allocations go well at first, then changes (struct change). */
#include "input.h"
#include "journal.h"
#include "need.h"
#include "place_sum.h"
#include "plan.h"
#include "read_map.h"
#include "temporary.h"

#include "occustream/estimate.h"

#include <sys/stat.h>
#include <unistd.h>

enum {
    AXIS = 18,
    WISHES = 8,
    MEMORY = 128 << 20,
    MOST_RECORDS = 256,
    MOST_CHANGES = 16,
    MOST_BYTES = 1 << 20 /* of a record that is made longer                               */
};

#define MARK UINT64_C(0x0a314e524a53434f)

struct head {
    uint64_t mark, kind, bytes, sum;
};

struct record {
    struct head head;
    unsigned char *payload;
};

struct journal {
    unsigned count;
    struct record record[MOST_RECORDS];
    bool is_forged; /* a record holds what no run recorded, and a checksum that is right        */
};

/* ---- the map, and what is asked for ---- */

/* Two balls of density in noise. */
static struct fuzz_memory_file make_map(void)
{
    static struct {
        unsigned char header[OCS_MRC_HEADER_BYTES];
        float voxel[AXIS * AXIS * AXIS];
    } map;
    struct ocs_mrc_header fields = {.nx = AXIS, .ny = AXIS, .nz = AXIS, .mode = OCS_MODE_FLOAT32};
    fields.mx = fields.my = fields.mz = AXIS;
    fields.cell_x = fields.cell_y = fields.cell_z = 1.5F * AXIS;
    fields.alpha = fields.beta = fields.gamma = 90;
    fields.mapc = 1, fields.mapr = 2, fields.maps = 3;
    fields.dmax = -1, fields.dmean = -2, fields.rms = -1;
    fields.nversion = 20141, fields.ispg = 1;
    memcpy(fields.map, "MAP ", 4);
    ocs_mrc_pack(&fields, map.header);
    uint64_t random = 7;
    for (int i = 0; i < AXIS * AXIS * AXIS; ++i) {
        const float z = (float)(i / (AXIS * AXIS)) / AXIS - .5F,
                    y = (float)(i / AXIS % AXIS) / AXIS - .5F, x = (float)(i % AXIS) / AXIS - .5F;
        const float far =
            z * z + y * y + (x < 0 ? (x + .25F) * (x + .25F) : (x - .25F) * (x - .25F));
        map.voxel[i] =
            (x < 0 ? 1.F : .6F) / (1 + 60 * far) + (float)(fuzz_random(&random) % 64) / 800;
    }
    return fuzz_memory_file(&map, sizeof map, sizeof map);
}

static struct ocs_options options_for(unsigned wish, const char *map)
{
    struct ocs_options options = OCS_OPTIONS_DEFAULT;
    options.map = map;
    options.output_dir = options.scratch_dir = fuzz_folder();
    options.memory_bytes = MEMORY;
    options.threads = 1;
    options.lowpass_ang = 6;
    switch (wish) {
    case 1:
        options.amplify = 2, options.lowpass_output_ang = 8;
        break;
    case 2:
        options.attenuate = 2, options.sigmoid = 3, options.hist_match = true;
        break;
    case 3:
        options.max_box_vox = 16, options.amplify = 2;
        break;
    case 4:
        options.rules = OCS_RULES_OCCUPY_0_1_13, options.max_box_vox = 16, options.amplify = 2;
        break;
    case 5:
        options.solvent_def = options.target_mask = map;
        break;
    case 6:
        options.format = OCS_FORMAT_ZARR, options.amplify = 2;
        break;
    case 7:
        options.s0 = true, options.dtype = OCS_DTYPE_F16, options.exclude_solvent = true;
        break;
    default:
        break;
    }
    return options;
}

/* ---- runs ---- */

static uint64_t sum_of_results(const struct ocs_report *report)
{
    uint64_t sum = report->output_count;
    for (unsigned i = 0; i < report->output_count; ++i) {
        struct fuzz_volume volume = fuzz_read_map(report->outputs[i].path);
        const uint64_t bytes = ocs_box_voxels(volume.mrc.box) * sizeof(float);
        sum = sum * 3 + ocs_place_sum(0, volume.voxels, bytes);
        free(volume.voxels);
    }
    return sum;
}

struct outcome {
    enum ocs_status status;
    uint64_t sum; /* of the voxels of all results; 0: they were not looked at                */
    char journal[OCS_REPORT_PATH + 16];
};

static struct outcome run_once(const struct ocs_options *options, uint64_t fail_allocation,
                               bool may_be_forged)
{
    struct outcome outcome = {.status = OCS_OK};
    struct ocs_report *const report = calloc(1, sizeof *report);
    struct ocs_error error = {.status = OCS_OK};
    struct ocs_plan *plan;
    FUZZ_CHECK(report && ocs_plan_make(options, &plan, &error) == OCS_OK);
    snprintf(outcome.journal, sizeof outcome.journal, "%s/journal", plan->resume_folder);
    plan->fail_allocation = fail_allocation;
    outcome.status = ocs_run(plan, NULL, report, &error);
    FUZZ_CHECK(ocs_budget_high_water(plan->inputs.budget) <=
               plan->summary.memory_limit_bytes - ocs_process_bytes(plan->cut.threads));
    FUZZ_CHECK(outcome.status == error.status || outcome.status == OCS_OK);
    FUZZ_CHECK(outcome.status == OCS_OK || error.what[0]);
    if (outcome.status == OCS_OK && !may_be_forged)
        outcome.sum = sum_of_results(report);
    ocs_plan_destroy(plan);
    ocs_report_free(report);
    free(report);
    return outcome;
}

/* Of the results of a run that nothing happens to. */
static uint64_t right_sum(const struct ocs_options *options, unsigned wish)
{
    static uint64_t sums[WISHES];
    if (sums[wish])
        return sums[wish];
    struct ocs_options straight = *options;
    straight.resume = false;
    const struct outcome outcome = run_once(&straight, 0, false);
    FUZZ_CHECK(outcome.status == OCS_OK && outcome.sum != 0);
    fuzz_folder_clear();
    return sums[wish] = outcome.sum;
}

/* ---- the journal ---- */

static uint64_t sum_of(const struct record *record)
{
    const uint64_t start[2] = {record->head.kind, record->head.bytes};
    return ocs_place_sum(0, start, sizeof start) +
           ocs_place_sum(sizeof start, record->payload, record->head.bytes);
}

static void read_journal(const char *path, struct journal *journal)
{
    size_t bytes, at = 0;
    char *const all = fuzz_read_file(path, &bytes);
    while (journal->count < MOST_RECORDS && bytes - at >= sizeof(struct head)) {
        struct record *const record = &journal->record[journal->count++];
        memcpy(&record->head, all + at, sizeof record->head);
        at += sizeof record->head;
        FUZZ_CHECK(record->head.mark == MARK && record->head.bytes <= bytes - at);
        record->payload = fuzz_copy(all + at, record->head.bytes);
        FUZZ_CHECK(record->head.sum == sum_of(record));
        at += record->head.bytes;
    }
    free(all);
}

/* Without the last `cut` bytes. */
static void write_journal(const char *path, const struct journal *journal, uint64_t cut)
{
    FILE *const to = fopen(path, "wb");
    FUZZ_CHECK(to);
    uint64_t bytes = 0;
    for (unsigned i = 0; i < journal->count; ++i) {
        const struct record *const record = &journal->record[i];
        FUZZ_CHECK(fwrite(&record->head, sizeof record->head, 1, to) == 1);
        FUZZ_CHECK(fwrite(record->payload, 1, record->head.bytes, to) == record->head.bytes);
        bytes += sizeof record->head + record->head.bytes;
    }
    FUZZ_CHECK(fclose(to) == 0);
    if (cut > 0)
        FUZZ_CHECK(truncate(path, (off_t)(cut < bytes ? bytes - cut : 0)) == 0);
}

static void free_journal(struct journal *journal)
{
    for (unsigned i = 0; i < journal->count; ++i)
        free(journal->record[i].payload);
}

/* ---- changes ---- */

enum way {
    DAMAGE,
    DROP,
    REPEAT,
    SWAP,
    CUT_OFF,
    FORGE_BYTES,
    FORGE_NUMBER,
    FORGE_KIND,
    FORGE_LENGTH,
    FORGE_NAMING,
    WAYS
};

struct change {
    uint8_t way, record;
    uint16_t place;
    uint64_t value;
};

static void drop(struct journal *journal, unsigned which)
{
    free(journal->record[which].payload);
    --journal->count;
    memmove(&journal->record[which], &journal->record[which + 1],
            (journal->count - which) * sizeof *journal->record);
}

static void repeat(struct journal *journal, unsigned which)
{
    if (journal->count == MOST_RECORDS)
        return;
    memmove(&journal->record[which + 1], &journal->record[which],
            (journal->count - which) * sizeof *journal->record);
    ++journal->count;
    const struct record *const record = &journal->record[which];
    journal->record[which + 1].payload = fuzz_copy(record->payload, record->head.bytes);
}

static void lengthen(struct record *record, uint64_t bytes)
{
    unsigned char *const payload = fuzz_room(bytes);
    memset(payload, 0, bytes);
    const uint64_t kept = bytes < record->head.bytes ? bytes : record->head.bytes;
    if (kept > 0)
        memcpy(payload, record->payload, kept);
    free(record->payload);
    record->payload = payload;
    record->head.bytes = bytes;
}

/* What is recorded when only names are missing: inodes, here none, a report and its targets. */
static void make_naming(struct record *record, unsigned targets)
{
    const struct ocs_report report = {.target_count = targets};
    const uint64_t inodes = (OCS_OUTPUT_KINDS + OCS_TEXTS) * sizeof(uint64_t);
    lengthen(record, 0);
    lengthen(record, inodes + sizeof report + targets * sizeof *report.targets);
    memcpy(record->payload + inodes, &report, sizeof report);
    record->head.kind = 3;
}

static void forge(struct journal *journal, struct record *record, const struct change *change)
{
    const uint64_t bytes = record->head.bytes;
    const uint64_t place = bytes > 0 ? change->place % bytes : 0;
    if (change->way == FORGE_BYTES && bytes > 0)
        record->payload[place] ^= (uint8_t)change->value;
    else if (change->way == FORGE_NUMBER && bytes >= 8)
        memcpy(record->payload + (place / 8 * 8 < bytes - 7 ? place / 8 * 8 : 0), &change->value,
               8);
    else if (change->way == FORGE_KIND)
        record->head.kind = change->value;
    else if (change->way == FORGE_LENGTH)
        lengthen(record, change->value % MOST_BYTES);
    else if (change->way == FORGE_NAMING)
        make_naming(record, (unsigned)(change->value % 3));
    record->head.sum = sum_of(record);
    journal->is_forged = true;
}

/* Returns how many bytes the file is to lose. */
static uint64_t make_change(struct journal *journal, const struct change *change)
{
    const unsigned which =
        change->record == UINT8_MAX ? journal->count - 1 : change->record % journal->count;
    struct record *const record = &journal->record[which];
    switch ((enum way)change->way) {
    case DAMAGE:
        if (record->head.bytes > 0)
            record->payload[change->place % record->head.bytes] ^= (uint8_t)(change->value | 1);
        else
            record->head.sum ^= change->value | 1;
        return 0;
    case DROP:
        drop(journal, which);
        return 0;
    case REPEAT:
        repeat(journal, which);
        return 0;
    case SWAP: {
        const struct record other = journal->record[change->place % journal->count];
        journal->record[change->place % journal->count] = *record;
        journal->record[which] = other;
        return 0;
    }
    case CUT_OFF:
        return change->place;
    default:
        forge(journal, record, change);
        return 0;
    }
}

static bool change_journal(struct fuzz_input *input, const char *path)
{
    struct journal *const journal = calloc(1, sizeof *journal);
    FUZZ_CHECK(journal);
    read_journal(path, journal);
    uint64_t cut = 0;
    for (unsigned i = 0; i < MOST_CHANGES && input->size > 0 && journal->count > 0; ++i) {
        struct change change = {.way = fuzz_take_u8(input) % WAYS, .record = fuzz_take_u8(input)};
        change.place = fuzz_take_u16(input);
        change.value = change.way >= FORGE_NUMBER ? fuzz_take_u64(input) : fuzz_take_u8(input);
        cut += make_change(journal, &change);
    }
    write_journal(path, journal, cut);
    const bool is_forged = journal->is_forged;
    free_journal(journal);
    free(journal);
    return is_forged;
}

/* ---- going on ---- */

static void go_on(const struct ocs_options *options, bool is_forged, uint64_t right)
{
    const struct outcome outcome = run_once(options, 0, is_forged);
    if (outcome.status == OCS_OK) {
        FUZZ_CHECK(is_forged || outcome.sum == right);
        return;
    }
    FUZZ_CHECK(outcome.status == OCS_IO || is_forged);
    FUZZ_CHECK(outcome.status != OCS_BUG && outcome.status != OCS_CANCELLED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_memory_file map;
    if (!map.path[0]) {
        map = make_map();
        FUZZ_CHECK(setenv("OCCUSTREAM_CHECKPOINT", "1e-7", 1) == 0);
    }
    struct fuzz_input input = {data, size};
    const uint8_t first = fuzz_take_u8(&input), allocations = fuzz_take_u8(&input);
    const unsigned wish = first % WISHES;
    struct ocs_options options = options_for(wish, map.path);
    const uint64_t right = right_sum(&options, wish);
    options.resume = true;
    options.threads = 1 + (first >> 4) % 2;
    const struct outcome interrupted = run_once(&options, 1 + 6 * (uint64_t)allocations, false);
    struct stat about;
    if (interrupted.status == OCS_OK) {
        FUZZ_CHECK(interrupted.sum == right);
    } else if (stat(interrupted.journal, &about) == 0) {
        FUZZ_CHECK(interrupted.status == OCS_LIMIT);
        go_on(&options, change_journal(&input, interrupted.journal), right);
    }
    fuzz_folder_clear();
    return 0;
}
