/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole run over any bytes, in the smallest memory that the plan says is enough: it keeps to its
 * budget, and ends with an error and nothing written, or with files that are complete, a scale and
 * a confidence between 0 and 1, and maps that lie over the input. Input: options, a byte for
 * threads and memory, then the file. */
#include "map_bytes.h"
#include "need.h"
#include "plan.h"
#include "run_options.h"
#include "temporary.h"

#include "occustream/estimate.h"

#include <jansson.h>
#include <math.h>

enum { MIB = 1 << 20, AMPLE = 64 * MIB, MOST_VOXELS = 6000 };

/* ---- what a run leaves ---- */

static void check_values(const struct ocs_mrc *mrc, const unsigned char *voxels,
                         enum ocs_output kind)
{
    const struct ocs_voxel_format format = {mrc->header.mode, mrc->swapped, false};
    const uint64_t n = mrc->box.x;
    float *const row = fuzz_room(n * sizeof *row);
    for (uint64_t r = 0; r < mrc->box.y * mrc->box.z; ++r) {
        ocs_voxels_decode_row(&format, OCS_SIMD_SCALAR, voxels + r * mrc->row_bytes, row, n);
        for (uint64_t x = 0; x < n; ++x) {
            FUZZ_CHECK(isfinite(row[x]));
            if (kind & (OCS_OUTPUT_SCALE | OCS_OUTPUT_CONFIDENCE))
                FUZZ_CHECK(row[x] >= 0 && row[x] <= 1);
        }
    }
    free(row);
}

/* Some rules leave maps that are no modification in the box that the estimate worked in. */
static void check_map(const struct ocs_report_output *output, const struct ocs_plan *plan)
{
    const struct ocs_mrc *const input = ocs_map_mrc(plan->inputs.map);
    const bool cropped = plan->settings.padded && !(output->kind & OCS_MODIFICATIONS);
    const struct ocs_box box = cropped ? plan->settings.box : input->box;
    static struct ocs_mrc mrc;
    struct ocs_error error;
    size_t bytes;
    char *const file = fuzz_read_file(output->path, &bytes);
    const unsigned char *const front = (const unsigned char *)file;
    FUZZ_CHECK(bytes >= OCS_MRC_HEADER_BYTES);
    FUZZ_CHECK(ocs_mrc_parse(front, OCS_MRC_HEADER_BYTES, bytes, "output", &mrc, &error) == OCS_OK);
    FUZZ_CHECK(mrc.expected_bytes == bytes && mrc.volumes == 1);
    FUZZ_CHECK(memcmp(&mrc.box, &box, sizeof mrc.box) == 0);
    FUZZ_CHECK(memcmp(mrc.axis_of, input->axis_of, sizeof mrc.axis_of) == 0);
    check_values(&mrc, front + mrc.data_offset, output->kind);
    free(file);
}

static void check_report_file(const char *path)
{
    size_t bytes;
    json_error_t why;
    char *const text = fuzz_read_file(path, &bytes);
    json_t *const root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &why);
    FUZZ_CHECK(root);
    json_decref(root);
    free(text);
}

static void check_results(const struct ocs_plan *plan, const struct ocs_report *report)
{
    unsigned texts = 0;
    for (int text = 0; text < OCS_TEXTS; ++text)
        texts += plan->results.text_path[text][0] != '\0';
    FUZZ_CHECK(report->output_count == (unsigned)__builtin_popcount(plan->settings.outputs));
    FUZZ_CHECK(fuzz_folder_files() == report->output_count + texts);
    for (unsigned i = 0; i < report->output_count; ++i)
        check_map(&report->outputs[i], plan);
    check_report_file(plan->results.text_path[OCS_TEXT_REPORT]);
    FUZZ_CHECK(isfinite(report->full_scale) && report->full_scale > 0);
    FUZZ_CHECK(report->solvent_fit.sigma > 0);
    FUZZ_CHECK(report->tau > 0 && report->tau <= 1);
}

/* ---- a run ---- */

static void check_error(const struct ocs_error *error, enum ocs_status status)
{
    FUZZ_CHECK(error->status == status && error->what[0]);
    FUZZ_CHECK(status != OCS_BUG && status != OCS_CANCELLED && status != OCS_NO_SPACE);
}

static void run_plan(struct ocs_plan *plan)
{
    struct ocs_report *const report = calloc(1, sizeof *report);
    FUZZ_CHECK(report);
    struct ocs_error error = {.status = OCS_OK};
    const uint64_t before = ocs_budget_in_use(plan->inputs.budget);
    const enum ocs_status status = ocs_run(plan, NULL, report, &error);
    const uint64_t limit = plan->summary.memory_limit_bytes - ocs_process_bytes(plan->cut.threads);
    FUZZ_CHECK(ocs_budget_high_water(plan->inputs.budget) <= limit);
    FUZZ_CHECK(ocs_budget_in_use(plan->inputs.budget) <= before);
    if (status == OCS_OK) {
        check_results(plan, report);
    } else {
        check_error(&error, status);
        /* The plan said that it is enough; what decompresses may show its need only later. */
        FUZZ_CHECK(status != OCS_LIMIT || plan->options.dtype == OCS_DTYPE_F16 ||
                   ocs_map_comes_once(plan->inputs.map));
        FUZZ_CHECK(fuzz_folder_files() == 0);
    }
    ocs_report_free(report);
    free(report);
}

/* NULL when the input is refused. */
static struct ocs_plan *make_plan(struct ocs_options *options)
{
    struct ocs_plan *plan;
    struct ocs_error error = {.status = OCS_OK};
    enum ocs_status status = ocs_plan_make(options, &plan, &error);
    unsigned long long mib;
    if (status == OCS_LIMIT && sscanf(error.advice, "give at least --memory %lluM", &mib) == 1) {
        if (mib > AMPLE / MIB)
            return NULL;
        options->memory_bytes = mib * MIB;
        error = (struct ocs_error){.status = OCS_OK};
        status = ocs_plan_make(options, &plan, &error);
        FUZZ_CHECK(status == OCS_OK);
    }
    if (status == OCS_OK)
        return plan;
    check_error(&error, status);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct ocs_options options;
    fuzz_take_options(&input, NULL, &options);
    const uint8_t masks = size > 17 ? data[17] : 0, means = fuzz_take_u8(&input);
    struct fuzz_memory_file file = fuzz_memory_file(input.data, input.size, input.size);
    options.map = file.path;
    options.solvent_def = masks & 1 ? file.path : NULL;
    options.target_mask = masks & 2 ? file.path : NULL;
    options.labels = masks & 4 ? file.path : NULL;
    options.threads = means % 8 ? 1 : 2 + means / 8 % 2;
    options.memory_bytes = means & 0x80 ? AMPLE : MIB;
    options.max_voxels = MOST_VOXELS;
    options.output_dir = options.scratch_dir = fuzz_folder();
    struct ocs_plan *const plan = make_plan(&options);
    if (plan) {
        run_plan(plan);
        ocs_plan_destroy(plan);
    }
    fuzz_memory_file_close(&file);
    fuzz_folder_clear();
    return 0;
}
