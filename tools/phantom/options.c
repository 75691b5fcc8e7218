/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: phantom [options] OUT.mrc\n"
    "\n"
    "Makes a synthetic map: balls of random atoms at known occupancies in band-limited noise.\n"
    "The same options give the same bytes, whatever the number of threads.\n"
    "\n"
    "  --box N | ZxYxX      voxels (160)\n"
    "  --voxel A | Z,Y,X    voxel size in angstrom (1)\n"
    "  --domains LIST       occupancies, up to 8, each in (0,1] (1.0,0.6,0.3)\n"
    "  --layout NAME        touching or separate (touching)\n"
    "  --bfactor B          width of the atoms, in square angstrom (80)\n"
    "  --noise SIGMA        relative to the rms inside a domain of occupancy 1 (0.15)\n"
    "  --band A             resolution limit of the noise in angstrom; 0: white (3 voxels)\n"
    "  --mode M             0 int8, 1 int16, 2 float32, 6 uint16, 12 float16 (2)\n"
    "  --big-endian         write the other byte order\n"
    "  --seed N             another random phantom (1)\n"
    "  --labels FILE        also write the domains as a label map (mode 0)\n"
    "  --truth FILE         also write occupancies and geometry as JSON\n"
    "  --threads N          (the processors online, at most 8)\n"
    "\n"
    "The mean density inside a domain is its occupancy. Integer modes store density * factor\n"
    "+ offset; the truth file has both. Memory: some 50 MB a thread for any box.\n";

enum { MIN_AXIS = 16, MAX_AXIS = 65536, USUAL_THREADS = 8 };

/* One of these for each option; each reads `text` into the options and says whether it made sense.
 */
typedef bool read_function(const char *text, struct phantom_options *options);

/* Reads up to `most` numbers with `separator` between them; 0 if anything else is there. */
static unsigned read_list(const char *text, char separator, double *values, unsigned most)
{
    for (unsigned count = 0; count < most;) {
        char *end;
        values[count] = strtod(text, &end);
        if (end == text || !isfinite(values[count]))
            return 0;
        ++count;
        if (*end == '\0')
            return count;
        if (*end != separator)
            return 0;
        text = end + 1;
    }
    return 0;
}

static bool read_number(const char *text, double low, double high, double *value_ret)
{
    return read_list(text, '\0', value_ret, 1) == 1 && *value_ret >= low && *value_ret <= high;
}

static bool read_triple(const char *text, char separator, double low, double high, double *values)
{
    const unsigned count = read_list(text, separator, values, 3);
    if (count == 1)
        values[1] = values[2] = values[0];
    bool good = count == 1 || count == 3;
    for (int axis = 0; good && axis < 3; ++axis)
        good = values[axis] >= low && values[axis] <= high;
    return good;
}

static bool read_box(const char *text, struct phantom_options *options)
{
    double axes[3];
    if (strpbrk(text, ".eEpPX") || !read_triple(text, 'x', MIN_AXIS, MAX_AXIS, axes))
        return false;
    for (int axis = 0; axis < 3; ++axis)
        options->box[axis] = (int64_t)axes[axis];
    return true;
}

static bool read_voxel(const char *text, struct phantom_options *options)
{
    return read_triple(text, ',', 1e-3, 1e6, options->voxel);
}

static bool read_domains(const char *text, struct phantom_options *options)
{
    options->domain_count = read_list(text, ',', options->occupancy, PHANTOM_MAX_DOMAINS);
    bool good = options->domain_count > 0;
    for (unsigned i = 0; good && i < options->domain_count; ++i)
        good = options->occupancy[i] > 0 && options->occupancy[i] <= 1;
    return good;
}

static bool read_layout(const char *text, struct phantom_options *options)
{
    options->layout = strcmp(text, "separate") == 0 ? PHANTOM_SEPARATE : PHANTOM_TOUCHING;
    return options->layout == PHANTOM_SEPARATE || strcmp(text, "touching") == 0;
}

static bool read_bfactor(const char *text, struct phantom_options *options)
{
    return read_number(text, 0, 500, &options->bfactor);
}

static bool read_noise(const char *text, struct phantom_options *options)
{
    return read_number(text, 0, 100, &options->noise);
}

static bool read_band(const char *text, struct phantom_options *options)
{
    return read_number(text, 0, 1e6, &options->band);
}

static bool read_mode(const char *text, struct phantom_options *options)
{
    static const char *const names[] = {"0", "1", "2", "6", "12"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        if (strcmp(text, names[i]) == 0) {
            options->mode = atoi(text);
            return true;
        }
    }
    return false;
}

static bool read_big_endian(const char *text, struct phantom_options *options)
{
    (void)text;
    options->big_endian = true;
    return true;
}

static bool read_seed(const char *text, struct phantom_options *options)
{
    char *end;
    errno = 0;
    options->seed = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *text != '-';
}

static bool read_labels(const char *text, struct phantom_options *options)
{
    options->labels = text;
    return *text != '\0';
}

static bool read_truth(const char *text, struct phantom_options *options)
{
    options->truth = text;
    return *text != '\0';
}

static bool read_threads(const char *text, struct phantom_options *options)
{
    double threads;
    if (!read_number(text, 1, PHANTOM_MAX_THREADS, &threads))
        return false;
    options->threads = (unsigned)threads;
    return threads == floor(threads);
}

static const struct {
    const char *name;
    int has_value;
    read_function *read;
} table[] = {
    {"box", required_argument, read_box},         {"voxel", required_argument, read_voxel},
    {"domains", required_argument, read_domains}, {"layout", required_argument, read_layout},
    {"bfactor", required_argument, read_bfactor}, {"noise", required_argument, read_noise},
    {"band", required_argument, read_band},       {"mode", required_argument, read_mode},
    {"big-endian", no_argument, read_big_endian}, {"seed", required_argument, read_seed},
    {"labels", required_argument, read_labels},   {"truth", required_argument, read_truth},
    {"threads", required_argument, read_threads},
};
enum { OPTION_COUNT = sizeof table / sizeof *table, FIRST_CODE = 256, HELP_CODE = 1000 };

static struct phantom_options defaults(void)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return (struct phantom_options){
        .box = {160, 160, 160},
        .voxel = {1, 1, 1},
        .occupancy = {1.0, .6, .3},
        .domain_count = 3,
        .bfactor = 80,
        .noise = .15,
        .band = -1,
        .mode = 2,
        .seed = 1,
        .threads = processors < 1               ? 1
                   : processors > USUAL_THREADS ? USUAL_THREADS
                                                : (unsigned)processors,
    };
}

static void make_long_options(struct option long_options[OPTION_COUNT + 2])
{
    for (int i = 0; i < OPTION_COUNT; ++i)
        long_options[i] = (struct option){table[i].name, table[i].has_value, NULL, FIRST_CODE + i};
    long_options[OPTION_COUNT] = (struct option){"help", no_argument, NULL, HELP_CODE};
    long_options[OPTION_COUNT + 1] = (struct option){NULL, 0, NULL, 0};
}

enum phantom_parsed phantom_options_parse(int argc, char **argv, struct phantom_options *options)
{
    struct option long_options[OPTION_COUNT + 2];
    make_long_options(long_options);
    *options = defaults();
    int code;
    while ((code = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (code == HELP_CODE) {
            fputs(help, stdout);
            return PHANTOM_HELP;
        }
        if (code < FIRST_CODE) /* getopt_long has complained */
            return PHANTOM_USAGE;
        const int i = code - FIRST_CODE;
        if (!table[i].read(optarg, options)) {
            fprintf(stderr, "phantom: --%s %s makes no sense; see --help\n", table[i].name, optarg);
            return PHANTOM_USAGE;
        }
    }
    if (optind != argc - 1) {
        fputs("phantom: give one output file; see --help\n", stderr);
        return PHANTOM_USAGE;
    }
    options->out = argv[optind];
    return PHANTOM_RUN;
}
