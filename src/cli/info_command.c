/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "info_command.h"

#include "info_show.h"
#include "say.h"
#include "spelling.h"

#include "occustream/confine.h"
#include "occustream/location.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: occustream info [options] MAP...\n"
    "\n"
    "Shows geometry, mode and labels of MRC and CCP4 maps, plain or compressed, and every\n"
    "departure from MRC2014; and of Zarr stores the same as the MRC files they would be. Safe on\n"
    "any file. A MAP may be `-` for standard input, or a URL: http://, https://, s3://BUCKET/KEY\n"
    "or emdb:NNNN.\n"
    "\n"
    "Options:\n"
    "      --json               one JSON object with all maps\n"
    "      --stats              also read the voxels: minimum, maximum, mean, rms deviation, and\n"
    "                           how many are not finite\n"
    "      --sandbox HOW        auto, on or off: before reading, give up the right to open other\n"
    "                           files and to start programs (default: auto, as far as the kernel\n"
    "                           can; on fails where it cannot)\n"
    "  -h, --help               show this\n"
    "\n"
    "Exit status, the highest of all maps:\n"
    "  0       readable\n"
    "  2       wrong usage\n"
    "  3       not a map that can be read\n"
    "  4       refused by a limit\n"
    "  5       reading or writing failed\n";

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

static int refuse(const char *word)
{
    static const char *const names[] = {"--json", "--stats", "--sandbox", "--help"};
    const size_t length = strcspn(word, "=");
    if (length == strlen("--sandbox") && strncmp(word, "--sandbox", length) == 0)
        return cli_usage_error("info", "--sandbox is one of auto, on, off");
    unsigned errors;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i)
        if (cli_is_misspelling(word, length, names[i], &errors))
            return cli_usage_error("info", "unknown option %.100s (did you mean %s?)", word,
                                   names[i]);
    return cli_usage_error("info", "unknown option %.100s", word);
}

int ocs_cli_info(int argc, char **argv)
{
    struct request request = {0};
    const char *unknown = NULL;
    if (!parse(argc, argv, &request, &unknown))
        return refuse(unknown);
    if (request.help) {
        fputs(help, stdout);
        return cli_close_output(0);
    }
    if (request.file_count == 0)
        return cli_usage_error("info", "no MAP was given");
    return show_all(argv + 1, &request);
}
