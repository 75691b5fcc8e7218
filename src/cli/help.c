/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "help.h"

#include "option_table.h"

#include "occustream/error.h"
#include "occustream/version.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 98, TEXT_COLUMN = 27 };

/* Words of `text` from `column` on, wrapped to it. */
static void put_wrapped(const char *text, int column)
{
    size_t at = (size_t)column;
    bool first = true;
    while (*text) {
        const size_t length = strcspn(text, " ");
        const bool wrap = !first && at + 1 + length > WIDTH;
        if (wrap)
            printf("\n%*s", column, "");
        else if (!first)
            putchar(' ');
        printf("%.*s", (int)length, text);
        at = (wrap ? (size_t)column : at + !first) + length;
        first = false;
        text += length + (text[length] == ' ');
    }
    putchar('\n');
}

static void put_option(const struct cli_option *option)
{
    char head[64];
    const int length =
        option->letter
            ? snprintf(head, sizeof head, "  -%c, --%s%s%s", option->letter, option->name,
                       option->argument ? " " : "", option->argument ? option->argument : "")
            : snprintf(head, sizeof head, "      --%s%s%s", option->name,
                       option->argument ? " " : "", option->argument ? option->argument : "");
    const size_t used = (size_t)length;
    if (used + 1 > TEXT_COLUMN)
        printf("%s\n%*s", head, TEXT_COLUMN, "");
    else
        printf("%-*s", TEXT_COLUMN, head);
    put_wrapped(option->text, TEXT_COLUMN);
}

static void put_statuses(void)
{
#define STATUS_LINE(name, exit_status, text)                                                       \
    if ((name) == OCS_USAGE)                                                                       \
        printf("  %-7d wrong usage, or %s\n", exit_status, text);                                  \
    else if ((name) != OCS_CANCELLED)                                                              \
        printf("  %-7d %s\n", exit_status, text);
    puts("\nExit status:");
    OCS_STATUS_TABLE(STATUS_LINE)
#undef STATUS_LINE
    puts("  129,130,143 interrupted by SIGHUP, SIGINT or SIGTERM; nothing half-written\n"
         "          is left but what --resume can use");
}

static bool has_options(int group, enum cli_command command)
{
    for (size_t i = 0; i < cli_option_count; ++i)
        if (cli_options[i].group == (enum cli_group)group &&
            cli_option_is_of(&cli_options[i], command))
            return true;
    return false;
}

static void put_options(enum cli_command command)
{
    for (int group = 0; group < CLI_GROUPS; ++group) {
        if (!has_options(group, command))
            continue;
        printf("\n%s:\n", cli_group_title((enum cli_group)group));
        for (size_t i = 0; i < cli_option_count; ++i)
            if (cli_options[i].group == (enum cli_group)group &&
                cli_option_is_of(&cli_options[i], command))
                put_option(&cli_options[i]);
    }
}

void cli_put_convert_help(void)
{
    puts("Usage: occustream convert [options] IN OUT\n\n"
         "Converts a map between MRC files, the same compressed and seekable (.mrc.zst), and "
         "OME-Zarr\n"
         "stores (.zarr), whichever the name of OUT ends with. Voxels stay what they are, bit for "
         "bit;\n"
         "geometry, axis order, labels and statistics are kept. IN is any map that `estimate` "
         "takes:\n"
         "plain or compressed, `-` for standard input, a Zarr store or an array in it, a URL. "
         "With `-`\n"
         "for OUT an MRC map goes to standard output.");
    put_options(CLI_CONVERT);
    put_statuses();
    puts("\nExamples:\n"
         "  occustream convert emd_3061.map.gz emd_3061.zarr\n"
         "      an OME-Zarr store with a pyramid, for viewers\n"
         "  occustream convert emd_3061.zarr/1 half.mrc --dtype f16\n"
         "      its second level as an MRC map of half the voxel type\n"
         "  occustream convert https://example.org/emd_3061.zarr emd_3061.mrc.zst --verify\n"
         "      from a server to a compressed map that can be read at any place");
}

void cli_put_estimate_help(void)
{
    puts("Usage: occustream estimate [options] MAP\n\n"
         "Estimates the local scale of a cryo-EM map and how far it can be trusted, and writes "
         "maps\n"
         "modified by it when asked. MAP is an MRC or CCP4 file, plain or compressed, `-` for "
         "standard "
         "input,\n"
         "a Zarr store, or a URL: http://, https://, s3://BUCKET/KEY or emdb:NNNN. So is every "
         "other "
         "map.\n"
         "Options are spelled out; `--option=value` and `--option value` are the same; `--` ends "
         "them.");
    put_options(CLI_ESTIMATE);
    put_statuses();
    puts("\nExamples:\n"
         "  occustream estimate emd_3061.map --output results\n"
         "      writes results/emd_3061_scale.mrc, _confidence.mrc, a report, a log and a ChimeraX "
         "script\n"
         "  occustream estimate emd_3061.map --resolution 3.4 --amplify 3 --exclude-solvent "
         "--memory 1G\n"
         "      also emd_3061_amplified.mrc: weak parts raised, solvent flattened, in 1 GiB of "
         "memory");
}

void cli_put_help(void)
{
    puts("Usage: occustream COMMAND [options] ...\n\n"
         "Local scale of cryo-EM maps of any size, in bounded memory.\n\n"
         "Commands:\n"
         "  estimate [options] MAP    local scale, confidence and, if asked, modified maps\n"
         "  convert [options] IN OUT  between MRC files, compressed MRC files and Zarr stores\n"
         "  info [options] MAP...     what MRC files are: geometry, mode, departures from the "
         "format\n\n"
         "Options:\n"
         "  -h, --help                show this; `occustream COMMAND --help` for a command\n"
         "      --version             versions of the program and of what it stands on");
    put_statuses();
    puts("\nExamples:\n"
         "  occustream info emd_3061.map\n"
         "  occustream estimate emd_3061.map --output results");
}

void cli_put_version(void)
{
    char details[512];
    ocs_version_details(details, sizeof details);
    printf("occustream %s\n%s\n", ocs_version(), details);
}
