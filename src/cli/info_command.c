/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "info_command.h"

#include "info_show.h"
#include "say.h"

#include "occustream/confine.h"
#include "occustream/location.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: occustream info [--json] [--stats] [--sandbox HOW] [--help] FILE...\n"
    "\n"
    "Shows geometry, mode and labels of MRC and CCP4 maps and every departure from MRC2014.\n"
    "Safe on any file. A FILE may also be a URL: http://, https://, s3://BUCKET/KEY, emdb:NNNN.\n"
    "\n"
    "  --stats   also read the voxels: minimum, maximum, mean, rms deviation, values that are not "
    "finite\n"
    "  --json    one JSON object with all files\n"
    "  --sandbox HOW\n"
    "            auto, on or off: before reading, give up the right to open other files and to "
    "start\n"
    "            programs (default: auto, as far as the kernel can; on fails where it cannot)\n"
    "  --help    this text\n"
    "\n"
    "The exit status is that of the worst file: 0 readable, 3 not a readable map, 5 reading "
    "failed.\n";

struct request {
    bool json, statistics, help;
    enum ocs_sandbox sandbox;
    int file_count; /* the files stand at argv[1] to argv[file_count] */
};

static bool parse_sandbox(const char *how, enum ocs_sandbox *sandbox)
{
    static const char *const names[] = {
        [OCS_SANDBOX_AUTO] = "auto", [OCS_SANDBOX_ON] = "on", [OCS_SANDBOX_OFF] = "off"};
    for (unsigned i = 0; how && i < sizeof names / sizeof names[0]; ++i) {
        if (strcmp(how, names[i]) != 0)
            continue;
        *sandbox = (enum ocs_sandbox)i;
        return true;
    }
    return false;
}

/* Moves the files to the front. False for a word that is not understood, which is left in
 * `unknown_ret`. */
static bool parse(int argc, char **argv, struct request *request, const char **unknown_ret)
{
    static const char sandbox[] = "--sandbox=";
    bool options_ended = false;
    for (int i = 1; i < argc; ++i) {
        char *const word = argv[i];
        *unknown_ret = word;
        if (options_ended || word[0] != '-' || strcmp(word, "-") == 0) {
            argv[++request->file_count] = word;
        } else if (strcmp(word, "--") == 0) {
            options_ended = true;
        } else if (strcmp(word, "--json") == 0) {
            request->json = true;
        } else if (strcmp(word, "--stats") == 0) {
            request->statistics = true;
        } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            request->help = true;
        } else if (strcmp(word, "--sandbox") == 0) {
            if (!parse_sandbox(argv[++i], &request->sandbox)) /* argv ends with NULL */
                return false;
        } else if (strncmp(word, sandbox, strlen(sandbox)) != 0 ||
                   !parse_sandbox(word + strlen(sandbox), &request->sandbox)) {
            return false;
        }
    }
    return true;
}

/* Shows one file or says why not. Adds to `files` when that is wanted, otherwise prints. */
static int show(const char *path, const struct request *request, bool first, json_t *files)
{
    char shown[OCS_REPORT_PATH];
    ocs_location_show(path, shown, sizeof shown);
    struct ocs_info info;
    struct ocs_error error;
    const enum ocs_status status = ocs_info_read(path, request->statistics, &info, &error);
    if (status != OCS_OK) {
        const int exit_status = cli_report_error("info", &error);
        if (files)
            json_array_append_new(files, ocs_info_error_json(shown, &error));
        return exit_status;
    }
    if (files) {
        json_array_append_new(files, ocs_info_json(shown, &info));
        return 0;
    }
    if (!first)
        putchar('\n');
    ocs_info_print(shown, &info);
    return 0;
}

static void print_document(json_t *files)
{
    json_t *const document = json_pack("{s:s, s:o}", "schema", "occustream-info/1", "files", files);
    json_dumpf(document, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(document);
}

static int show_all(char **files, const struct request *request)
{
    struct ocs_confinement confinement;
    struct ocs_error error;
    if (ocs_confine_info((const char *const *)files, (size_t)request->file_count, request->sandbox,
                         &confinement, &error) != OCS_OK)
        return cli_report_error("info", &error);
    json_t *const array = request->json ? json_array() : NULL;
    int worst = 0;
    for (int i = 0; i < request->file_count; ++i) {
        const int status = show(files[i], request, i == 0, array);
        worst = status > worst ? status : worst;
    }
    if (array)
        print_document(array);
    return cli_close_output(worst);
}

int ocs_cli_info(int argc, char **argv)
{
    struct request request = {0};
    const char *unknown = NULL;
    const bool parsed = parse(argc, argv, &request, &unknown);
    if (!parsed && strncmp(unknown, "--sandbox", 9) == 0)
        return cli_usage_error("info", "--sandbox is one of auto, on, off");
    if (!parsed)
        return cli_usage_error("info", "unknown option %.100s", unknown);
    if (request.help) {
        fputs(help, stdout);
        return cli_close_output(0);
    }
    if (request.file_count == 0)
        return cli_usage_error("info", "no file was given");
    return show_all(argv + 1, &request);
}
