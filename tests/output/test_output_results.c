/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "result_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "publish_file.h"
#include "python_check.h"
#include "sample_report.h"

#include <sys/stat.h>

/* Made anew for every test: a folder "d" in a temporary one, to write into. */
static char folder[256];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/ocs-results-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void in_folder(char path[1024], const char *name)
{
    snprintf(path, 1024, "%s/%s", folder, name);
}

typedef enum ocs_status write_function(const struct ocs_report *, struct ocs_output_file *,
                                       struct ocs_error *);

static void write_result(write_function *write, const struct ocs_report *report, const char *name)
{
    char path[1024];
    in_folder(path, name);
    struct ocs_error error;
    struct ocs_output_file *file;
    assert_int_equal(ocs_output_file_create(path, false, 0, &file, &error), OCS_OK);
    assert_int_equal(write(report, file, &error), OCS_OK);
    assert_int_equal(publish_file(file, &error), OCS_OK);
}

static const char *command_line = "occustream estimate 'a\xff\xc3\xa9' --tau 0.9";

static enum ocs_status write_json(const struct ocs_report *report, struct ocs_output_file *file,
                                  struct ocs_error *error)
{
    return ocs_write_report_json(report, command_line, file, error);
}

static enum ocs_status write_log(const struct ocs_report *report, struct ocs_output_file *file,
                                 struct ocs_error *error)
{
    return ocs_write_log(report, command_line, file, error);
}

/* A map with ORIGIN set: voxel (0,0,0) lies at 100, 200, 300 A. */
static enum ocs_status write_script(const struct ocs_report *report, struct ocs_output_file *file,
                                    struct ocs_error *error)
{
    const struct ocs_mrc like = {.header = {.nx = 50,
                                            .ny = 40,
                                            .nz = 30,
                                            .alpha = 90,
                                            .beta = 90,
                                            .gamma = 90,
                                            .origin_x = 100,
                                            .origin_y = 200,
                                            .origin_z = 300,
                                            .nxstart = 5},
                                 .box = {30, 40, 50},
                                 .voxel = {1.5, 1.25, 1.0},
                                 .axis_of = {2, 1, 0}};
    return ocs_write_chimerax(report, &like, file, error);
}

static void report_with_outputs(struct ocs_report *report)
{
    char path[1024];
    in_folder(path, "in.map");
    sample_report(report, path);
    static const struct {
        enum ocs_output kind;
        const char *name;
    } outputs[] = {{OCS_OUTPUT_SCALE, "in_scale.mrc"},
                   {OCS_OUTPUT_CONFIDENCE, "in_confidence.mrc"},
                   {OCS_OUTPUT_AMPLIFIED, "in_amplified.mrc"},
                   {OCS_OUTPUT_SIGMOID, "in_sigmoid.mrc"}};
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; ++i) {
        in_folder(path, outputs[i].name);
        sample_output(report, outputs[i].kind, path);
    }
    in_folder(path, "in.map");
    fclose(fopen(path, "w"));
}

static struct ocs_report report;

static void json_holds_every_field(void **state)
{
    (void)state;
    need_python("json");
    report_with_outputs(&report);
    write_result(write_json, &report, "r.json");
    expect_python("output/check_results.py", "json", folder);
}

static void json_without_tiles_has_null(void **state)
{
    (void)state;
    need_python("json");
    report_with_outputs(&report);
    report.tiles = (struct ocs_report_tiles){.used = false};
    report.target_count = report.output_count = report.warning_count = 0;
    write_result(write_json, &report, "r.json");
    expect_python("output/check_results.py", "json-bare", folder);
}

static void log_is_plain_lines(void **state)
{
    (void)state;
    need_python("json");
    report_with_outputs(&report);
    write_result(write_log, &report, "r.log");
    expect_python("output/check_results.py", "log", folder);
}

static void targets_are_a_table(void **state)
{
    (void)state;
    need_python("json");
    report_with_outputs(&report);
    write_result(ocs_write_targets_csv, &report, "r.csv");
    expect_python("output/check_results.py", "csv", folder);
}

static void script_shows_the_modified_map(void **state)
{
    (void)state;
    need_python("json");
    report_with_outputs(&report);
    write_result(write_script, &report, "in.cxc");
    expect_python("output/check_results.py", "cxc", folder);
}

static void script_falls_back_to_the_input(void **state)
{
    (void)state;
    need_python("json");
    report_with_outputs(&report);
    report.output_count = 2;
    char deeper[1024];
    in_folder(deeper, "results");
    assert_int_equal(mkdir(deeper, 0777), 0);
    write_result(write_script, &report, "results/in.cxc");
    expect_python("output/check_results.py", "cxc-input", folder);
}

/* Each of these would end a command, a word or a quotation, expand, or be a database entry or a
 * keyword. */
static void no_name_can_be_a_command(void **state)
{
    (void)state;
    need_python("json");
    static const char *const names[] = {
        "a b;\"c.mrc",     "x\nexit.mrc",  "x\\n.mrc",  "\" ;exit;\".mrc",
        "' ; exit ;'.mrc", "$HOME.mrc",    "~root.mrc", "*.mrc",
        "[a].mrc",         "emdb:1234",    "x\r.mrc",   "x\v.mrc",
        "a#1.mrc",         "\x1b[2J.mrc",  "<b>.mrc",   "\xc2\x85.mrc",
        "\xff.mrc",        "browse",       "1abc",      "a \"b.mrc",
        " lead.mrc",       "per%cent.mrc", "a`b`.mrc",  "q?.mrc",
        "plain name.mrc",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        char path[1024];
        in_folder(path, names[i]);
        sample_report(&report, path);
        fclose(fopen(path, "w"));
        sample_output(&report, OCS_OUTPUT_SCALE, path);
        sample_output(&report, OCS_OUTPUT_AMPLIFIED, path);
        char script[32];
        snprintf(script, sizeof script, "%zu.cxc", i);
        write_result(write_script, &report, script);
    }
    expect_python("output/check_results.py", "cxc-names", folder);
}

static void expect_stem(const char *path, const char *expected)
{
    char stem[64];
    struct ocs_error error;
    assert_int_equal(ocs_stem(path, stem, sizeof stem, &error), OCS_OK);
    assert_string_equal(stem, expected);
}

static void stem_loses_folder_and_suffixes(void **state)
{
    (void)state;
    expect_stem("/data/emd_3061.map.gz", "emd_3061");
    expect_stem("emd_3061.MAP", "emd_3061");
    expect_stem("a.b.mrc", "a.b");
    expect_stem("a.mrc.mrc", "a.mrc");
    expect_stem("a.rec.zst", "a");
    expect_stem("./x/tomo.st.bz2", "tomo");
    expect_stem("stack.mrcs", "stack");
    expect_stem("plain", "plain");
    expect_stem("plain.txt", "plain.txt");
    expect_stem("map.gz", "map");
    expect_stem("-", "stdin");
    expect_stem("dir.map/x", "x");
}

static void stem_refuses_what_leaves_no_name(void **state)
{
    (void)state;
    static const char *const names[] = {"", "a/", ".mrc", "x/.map.gz", ".gz", "..", "a/.."};
    char stem[8];
    struct ocs_error error;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i)
        assert_int_equal(ocs_stem(names[i], stem, sizeof stem, &error), OCS_USAGE);
    assert_int_equal(ocs_stem("12345678.mrc", stem, sizeof stem, &error), OCS_USAGE);
    assert_int_equal(ocs_stem("1234567.mrc", stem, sizeof stem, &error), OCS_OK);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(json_holds_every_field),
        IN_FOLDER(json_without_tiles_has_null),
        IN_FOLDER(log_is_plain_lines),
        IN_FOLDER(targets_are_a_table),
        IN_FOLDER(script_shows_the_modified_map),
        IN_FOLDER(script_falls_back_to_the_input),
        IN_FOLDER(no_name_can_be_a_command),
        cmocka_unit_test(stem_loses_folder_and_suffixes),
        cmocka_unit_test(stem_refuses_what_leaves_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
