/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper_internal.h"

#include "fail.h"
#include "map_identity.h"

#include "occustream/version.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the options ---- */

enum kind { REAL, UNSIGNED, COUNT, FLAG, CHOICE };

/* An option under the name that the program has for it, and where it is. What changes neither
 * voxels nor texts nor the plan is not here: --force, --scratch (where the journal was found),
 * --connections,
 * --max-voxels, and how much is said. */
struct field {
    const char *name;
    enum kind kind;
    size_t at;
};

#define FIELD(name, kind, member)                                                                  \
    {                                                                                              \
        name, kind, offsetof(struct ocs_options, member)                                           \
    }

_Static_assert(sizeof(enum ocs_region) == sizeof(unsigned), "enumerations are read as unsigned");

static const struct field fields[] = {
    FIELD("compat", CHOICE, rules),
    FIELD("resolution", REAL, resolution_ang),
    FIELD("lowpass", REAL, lowpass_ang),
    FIELD("tau", REAL, tau),
    FIELD("kernel-size", UNSIGNED, kernel_size_vox),
    FIELD("kernel-radius", REAL, kernel_radius_vox),
    FIELD("tile-size", COUNT, tile_size_vox),
    FIELD("s0", FLAG, s0),
    FIELD("occupancy or --raw-scale", CHOICE, scale_data),
    FIELD("region", CHOICE, region),
    FIELD("max-box", COUNT, max_box_vox),
    FIELD("nlrc", FLAG, nlrc),
    FIELD("hedge-confidence", REAL, hedge_confidence),
    FIELD("exclude-solvent", FLAG, exclude_solvent),
    FIELD("omit-confidence", FLAG, omit_confidence),
    FIELD("amplify", REAL, amplify),
    FIELD("attenuate", REAL, attenuate),
    FIELD("sigmoid", REAL, sigmoid),
    FIELD("pivot", REAL, pivot),
    FIELD("scale-limit", REAL, scale_limit),
    FIELD("lowpass-output", REAL, lowpass_output_ang),
    FIELD("hist-match", FLAG, hist_match),
    FIELD("seed", COUNT, seed),
    FIELD("volume", COUNT, volume),
    FIELD("nonfinite", CHOICE, nonfinite),
    FIELD("io", CHOICE, io),
    FIELD("outputs", CHOICE, outputs),
    FIELD("dtype", CHOICE, dtype),
    FIELD("format", CHOICE, format),
    FIELD("zarr", UNSIGNED, zarr_version),
    FIELD("chunk", COUNT, chunk_vox[0]),
    FIELD("chunk", COUNT, chunk_vox[1]),
    FIELD("chunk", COUNT, chunk_vox[2]),
    FIELD("codec", CHOICE, codec),
    FIELD("chimerax", FLAG, chimerax),
};

struct key {
    char *text;
    size_t used;
    bool full;
};

OCS_PRINTF(2, 3)
static void put(struct key *key, const char *form, ...)
{
    va_list arguments;
    va_start(arguments, form);
    const int length = vsnprintf(key->text + key->used, OCS_KEY_BYTES - key->used, form, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= OCS_KEY_BYTES - key->used)
        key->full = true;
    else
        key->used += (size_t)length;
}

/* The shortest of two ways to write it that gives it back exactly. */
static void put_real(struct key *key, const char *name, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.15g", value);
    const bool exact = strtod(text, NULL) == value;
    put(key, "--%s=%.*g\n", name, exact ? 15 : 17, value);
}

static void put_field(struct key *key, const struct field *field, const struct ocs_options *options)
{
    const void *const at = (const char *)options + field->at;
    switch (field->kind) {
    case REAL:
        put_real(key, field->name, *(const double *)at);
        break;
    case UNSIGNED:
        put(key, "--%s=%u\n", field->name, *(const unsigned *)at);
        break;
    case COUNT:
        put(key, "--%s=%" PRIu64 "\n", field->name, *(const uint64_t *)at);
        break;
    case CHOICE: /* its number says nothing to people */
        put(key, "--%s=#%u\n", field->name, *(const unsigned *)at);
        break;
    case FLAG:
        put(key, "--%s=%s\n", field->name, *(const bool *)at ? "on" : "off");
        break;
    }
}

/* ---- the inputs ---- */

static const char *const input_names[OCS_INPUT_FILES] = {"map", "solvent definition", "target mask",
                                                         "label map"};
_Static_assert(OCS_INPUT_TARGETS + OCS_TARGET_LABELS == 3, "in the order of the names");

static const char *input_location(const struct ocs_options *options, unsigned file)
{
    const char *const locations[OCS_INPUT_FILES] = {options->map, options->solvent_def,
                                                    options->target_mask, options->labels};
    return locations[file];
}

static enum ocs_status put_input(struct key *key, const struct ocs_plan *plan, unsigned file,
                                 struct ocs_error *error)
{
    const struct ocs_map *const map = ocs_inputs_file(&plan->inputs, file);
    const char *const name = input_names[file];
    struct ocs_identity identity = {0};
    if (map) {
        const enum ocs_status status =
            ocs_map_identify(map, input_location(&plan->options, file), &identity, error);
        if (status != OCS_OK)
            return status;
    }
    put(key, "the %s=%s\n", name, map ? "given" : "none");
    if (identity.bytes == UINT64_MAX)
        put(key, "the size of the %s=not known\n", name);
    else
        put(key, "the size of the %s=%" PRIu64 "\n", name, identity.bytes);
    put(key, "what its server says of the %s=%s\n", name, identity.state);
    put(key, "when the %s was changed=%" PRId64 "\n", name, identity.modified_ns);
    put(key, "what is in the %s=%016" PRIx64 "\n", name, identity.digest);
    return OCS_OK;
}

/* ---- together ---- */

/* What counts of units and sizes of states depend on. */
static void put_cut(struct key *key, const struct ocs_cut *cut)
{
    put(key, "how the work is cut=#%u %u %u", cut->threads, cut->gather_tiles, cut->stocked);
    const uint64_t sizes[] = {cut->band_rows,       cut->emit_planes,     cut->filter_columns,
                              cut->chunk_bytes,     cut->target_bytes[0], cut->target_bytes[1],
                              cut->layout.spool[0], cut->layout.bytes};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i)
        put(key, " %" PRIu64, sizes[i]);
    put(key, "\n");
}

static const char memory_name[] = "--memory", threads_name[] = "--threads";

enum ocs_status ocs_keeper_make_key(const struct ocs_run_state *run, char key_ret[OCS_KEY_BYTES],
                                    struct ocs_error *error)
{
    const struct ocs_plan *const plan = run->plan;
    struct key key = {.text = key_ret};
    put(&key, "the version=%s\n", ocs_version());
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const enum ocs_status status = put_input(&key, plan, file, error);
        if (status != OCS_OK)
            return status;
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; ++i)
        put_field(&key, &fields[i], &plan->options);
    put(&key, "%s=%" PRIu64 "\n", memory_name, plan->summary.memory_limit_bytes);
    put(&key, "%s=%u\n", threads_name, plan->wanted_threads);
    put_cut(&key, &plan->cut);
    return key.full ? ocs_fail(error, OCS_LIMIT, "making", "the journal", "its key is too long")
                    : OCS_OK;
}

void ocs_keeper_advise(const char *folder, struct ocs_error *error)
{
    const size_t length = strlen(folder);
    if (length < sizeof error->advice - 40)
        ocs_advise(error, "to start afresh, remove %s", folder);
    else
        ocs_advise(error, "to start afresh, remove that folder");
}

enum ocs_status ocs_keeper_fail(enum ocs_status status, const char *folder, const char *what,
                                struct ocs_error *error)
{
    ocs_fail(error, status, "resuming", folder, "%s", what);
    ocs_keeper_advise(folder, error);
    return status;
}

enum ocs_status ocs_keeper_fail_record(const struct ocs_keeper *keeper, struct ocs_error *error)
{
    return ocs_keeper_fail(OCS_IO, ocs_journal_path(keeper->journal),
                           "the journal does not fit this run", error);
}

/* What stands behind the name in a line, cut to what fits a sentence. */
static void copy_value(char to[64], const char *line, size_t name)
{
    snprintf(to, 64, "%.*s", (int)strcspn(line + name + 1, "\n"), line + name + 1);
    if (strcmp(to, "0") == 0)
        snprintf(to, 64, "not given");
}

/* Sums, times and numbers of choices say nothing to people. */
static bool is_telling(const char *line, size_t name)
{
    return line[name + 1] != '#' && strncmp(line, "what", 4) != 0 && strncmp(line, "when", 4) != 0;
}

static void say_difference(char *to, size_t bytes, const char *was, const char *now)
{
    const size_t name = strcspn(now, "=");
    char before[64], after[64];
    copy_value(before, was, name);
    copy_value(after, now, name);
    if (is_telling(now, name))
        snprintf(to, bytes, "%.*s differs from the interrupted run: %s then, %s now", (int)name,
                 now, before, after);
    else
        snprintf(to, bytes, "%.*s differs from the interrupted run", (int)name, now);
}

enum ocs_status ocs_keeper_compare(const char *folder, const char *was, const char *now,
                                   struct ocs_error *error)
{
    if (strcmp(was, now) == 0)
        return OCS_OK;
    size_t length = strcspn(was, "\n") + 1;
    while (strncmp(was, now, length) == 0) {
        was += length;
        now += length;
        length = strcspn(was, "\n") + 1;
    }
    char what[sizeof error->what];
    if (strncmp(was, now, strcspn(now, "=") + 1) != 0) /* only another version writes other lines */
        return ocs_keeper_fail(OCS_USAGE, folder, "it is of another version", error);
    say_difference(what, sizeof what, was, now);
    const bool of_option =
        now[0] == '-' || strncmp(now, "the version", 11) == 0 || strncmp(now, "how", 3) == 0;
    return ocs_keeper_fail(of_option ? OCS_USAGE : OCS_BAD_INPUT, folder, what, error);
}

/* ---- what an interrupted run was allowed ---- */

static bool find_number(const char *key, const char *name, uint64_t *value_ret)
{
    const size_t length = strlen(name);
    for (const char *line = key; *line; line += strcspn(line, "\n") + 1)
        if (strncmp(line, name, length) == 0 && line[length] == '=')
            return sscanf(line + length + 1, "%" SCNu64, value_ret) == 1;
    return false;
}

void ocs_keeper_read_resources(const struct ocs_journal *journal, uint64_t *memory_ret,
                               unsigned *threads_ret)
{
    struct ocs_journal_record record;
    struct ocs_error error;
    char key[OCS_KEY_BYTES];
    uint64_t threads;
    if (!ocs_journal_peek(journal, &record) || record.kind != OCS_KEEPER_KEY ||
        record.bytes > sizeof key ||
        ocs_journal_read(journal, &record, 0, key, record.bytes, &error) != OCS_OK ||
        record.bytes == 0 || key[record.bytes - 1] != '\0')
        return;
    find_number(key, memory_name, memory_ret);
    if (find_number(key, threads_name, &threads))
        *threads_ret = (unsigned)threads;
}
