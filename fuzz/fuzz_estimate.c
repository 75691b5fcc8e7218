/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole run over any bytes, in the smallest memory that the plan says is enough: it keeps to its
 * budget, and ends with an error and nothing written, or with files that are complete, a scale and
 * a confidence between 0 and 1, and maps that lie over the input. Input: options, a byte for
 * threads, memory and, where the run can be resumed, how many of its allocations go well at first:
 * the run that goes on must have the voxels of one that was not interrupted; then the file. The
 * last byte of the options has the form of the input in two bits: that file; it, converted to a
 * Zarr store or to seekable zstd; or a store of any files (store_files.h). Five more say how it is
 * converted. */
#include "converted.h"
#include "map_bytes.h"
#include "need.h"
#include "place_sum.h"
#include "plan.h"
#include "read_map.h"
#include "run_options.h"
#include "store_files.h"
#include "temporary.h"

#include "occustream/estimate.h"

#include <jansson.h>
#include <math.h>

enum { MIB = 1 << 20, AMPLE = 64 * MIB, MOST_VOXELS = 6000 };

/* Of what the run reads, as it is given. */
enum form { FILE_ITSELF, CONVERTED_TO_STORE, CONVERTED_TO_FRAMES, STORE_OF_PARTS };

/* ---- what a run leaves ---- */

static void check_values(const struct fuzz_volume *volume, enum ocs_output kind)
{
    const uint64_t count = ocs_box_voxels(volume->mrc.box);
    for (uint64_t i = 0; i < count; ++i) {
        FUZZ_CHECK(isfinite(volume->voxels[i]));
        if (kind & (OCS_OUTPUT_SCALE | OCS_OUTPUT_CONFIDENCE))
            FUZZ_CHECK(volume->voxels[i] >= 0 && volume->voxels[i] <= 1);
    }
}

/* Some rules leave maps that are no modification in the box that the estimate worked in. Returns a
 * checksum of the voxels. */
static uint64_t check_map(const struct ocs_report_output *output, const struct ocs_plan *plan)
{
    const struct ocs_mrc *const input = ocs_map_mrc(plan->inputs.map);
    const bool cropped = plan->settings.padded && !(output->kind & OCS_MODIFICATIONS);
    const struct ocs_box box = cropped ? plan->settings.box : input->box;
    struct fuzz_volume volume = fuzz_read_map(output->path);
    FUZZ_CHECK(memcmp(&volume.mrc.box, &box, sizeof box) == 0);
    FUZZ_CHECK(memcmp(volume.mrc.axis_of, input->axis_of, sizeof input->axis_of) == 0);
    check_values(&volume, output->kind);
    const uint64_t sum = ocs_place_sum(0, volume.voxels, ocs_box_voxels(box) * sizeof(float));
    free(volume.voxels);
    return sum;
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

/* Returns a checksum of all voxels. */
static uint64_t check_results(const struct ocs_plan *plan, const struct ocs_report *report)
{
    unsigned texts = 0;
    uint64_t sum = 0;
    for (int text = 0; text < OCS_TEXTS; ++text)
        texts += plan->results.text_path[text][0] != '\0';
    FUZZ_CHECK(report->output_count == (unsigned)__builtin_popcount(plan->settings.outputs));
    FUZZ_CHECK(fuzz_folder_files() == report->output_count + texts);
    for (unsigned i = 0; i < report->output_count; ++i)
        sum = sum * 3 + check_map(&report->outputs[i], plan);
    check_report_file(plan->results.text_path[OCS_TEXT_REPORT]);
    FUZZ_CHECK(isfinite(report->full_scale) && report->full_scale > 0);
    FUZZ_CHECK(report->solvent_fit.sigma > 0);
    FUZZ_CHECK(report->tau > 0 && report->tau <= 1);
    return sum;
}

/* ---- a run ---- */

static void check_error(const struct ocs_error *error, enum ocs_status status)
{
    FUZZ_CHECK(error->status == status && error->what[0]);
    FUZZ_CHECK(status != OCS_BUG && status != OCS_CANCELLED && status != OCS_NO_SPACE);
}

/* Nothing is left but what a later run may go on with. */
static void check_failed(const struct ocs_plan *plan, enum ocs_status status, enum form form)
{
    /* The plan said that it is enough; what decompresses a stream may show its need only later. */
    const bool is_stream = form == FILE_ITSELF && ocs_map_comes_once(plan->inputs.map);
    FUZZ_CHECK(status != OCS_LIMIT || plan->fail_allocation != 0 ||
               plan->options.dtype == OCS_DTYPE_F16 || is_stream);
    const bool kept = plan->options.resume && (status == OCS_LIMIT || status == OCS_IO);
    FUZZ_CHECK(kept || fuzz_folder_files() == 0);
}

/* *sum_ret: of the voxels, when all went well. */
static enum ocs_status run_plan(struct ocs_plan *plan, enum form form, uint64_t *sum_ret)
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
        *sum_ret = check_results(plan, report);
    } else {
        check_error(&error, status);
        check_failed(plan, status, form);
    }
    ocs_report_free(report);
    free(report);
    return status;
}

/* NULL when the input is refused. */
static struct ocs_plan *make_plan(struct ocs_options *options)
{
    struct ocs_plan *plan;
    struct ocs_error error = {.status = OCS_OK};
    enum ocs_status status = ocs_plan_make(options, &plan, &error);
    const uint64_t named = fuzz_named_memory(&error);
    if (named > AMPLE)
        return NULL;
    if (named > 0) {
        options->memory_bytes = named;
        error = (struct ocs_error){.status = OCS_OK};
        status = ocs_plan_make(options, &plan, &error);
        FUZZ_CHECK(status == OCS_OK);
    }
    if (status == OCS_OK)
        return plan;
    check_error(&error, status);
    return NULL;
}

/* False when the input is refused. */
static bool run_once(struct ocs_options *options, uint64_t fail_allocation, enum form form,
                     enum ocs_status *status_ret, uint64_t *sum_ret)
{
    struct ocs_plan *const plan = make_plan(options);
    if (!plan)
        return false;
    plan->fail_allocation = fail_allocation;
    *status_ret = run_plan(plan, form, sum_ret);
    ocs_plan_destroy(plan);
    return true;
}

/* The run that goes on and the one that was not interrupted end alike, with the same voxels. */
static void run_again(struct ocs_options *options, enum form form)
{
    enum ocs_status resumed, straight;
    uint64_t resumed_sum = 0, straight_sum = 0;
    FUZZ_CHECK(run_once(options, 0, form, &resumed, &resumed_sum));
    fuzz_folder_clear();
    options->resume = false;
    FUZZ_CHECK(run_once(options, 0, form, &straight, &straight_sum));
    FUZZ_CHECK(resumed == straight && resumed_sum == straight_sum);
}

static void run_all(struct ocs_options *options, enum form form, unsigned interruption)
{
    static const uint64_t allocations[8] = {0, 3, 9, 20, 40, 70, 110, 160};
    enum ocs_status status;
    uint64_t sum;
    const uint64_t fails = options->resume ? allocations[interruption] : 0;
    if (run_once(options, fails, form, &status, &sum) && fails > 0 && status == OCS_LIMIT)
        run_again(options, form);
}

/* The path of what is read; false when it cannot be had. */
static bool make_input(enum form form, unsigned way, struct fuzz_input *input,
                       const struct ocs_options *options, char path[FUZZ_CONVERTED_PATH])
{
    if (form == CONVERTED_TO_STORE || form == CONVERTED_TO_FRAMES)
        return fuzz_convert(options, way << 1 | (form == CONVERTED_TO_STORE), path);
    snprintf(path, FUZZ_CONVERTED_PATH, "%s", options->map);
    if (form == STORE_OF_PARTS) {
        snprintf(path, FUZZ_CONVERTED_PATH, "%s/map.zarr", fuzz_input_folder());
        fuzz_store_make(input, path);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct ocs_options options;
    fuzz_take_options(&input, NULL, &options);
    const uint8_t masks = size > 17 ? data[17] : 0, means = fuzz_take_u8(&input);
    const uint8_t last = size > FUZZ_LAST_OPTION ? data[FUZZ_LAST_OPTION] : 0;
    const enum form form = (enum form)(last >> 1 & 3);
    struct fuzz_memory_file file = fuzz_memory_file(input.data, input.size, input.size);
    char path[FUZZ_CONVERTED_PATH];
    options.map = file.path;
    options.threads = means % 8 ? 1 : 2 + means / 8 % 2;
    options.memory_bytes = means & 0x80 ? AMPLE : MIB;
    options.max_voxels = MOST_VOXELS;
    options.output_dir = options.scratch_dir = fuzz_folder();
    const bool is_there = make_input(form, last >> 3, &input, &options, path);
    options.map = path;
    if (form != FILE_ITSELF)
        options.volume = 0;
    options.solvent_def = masks & 1 ? options.map : NULL;
    options.target_mask = masks & 2 ? options.map : NULL;
    options.labels = masks & 4 ? options.map : NULL;
    if (is_there)
        run_all(&options, form, means >> 4 & 7);
    fuzz_memory_file_close(&file);
    fuzz_folder_clear();
    fuzz_input_folder_clear();
    return 0;
}
