/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "option_table.h"

#include "request.h"

static const char *const compat_names[] = {"occupy-0.1.13", NULL};
static const char *const region_names[] = {"ball", "box", NULL};
static const char *const nonfinite_names[] = {"refuse", "zero", NULL};
static const char *const io_names[] = {"auto", "mmap", "read", NULL};
static const char *const dtype_names[] = {"f32", "f16", NULL};
static const char *const format_names[] = {"mrc", "mrc.zst", "zarr", NULL};
static const char *const zarr_names[] = {"2", "3", NULL};
static const char *const codec_names[] = {"zstd", "blosc", NULL};
static const char *const sandbox_names[] = {"auto", "on", "off", NULL};
static const char *const progress_names[] = {"auto", "bar", "json", "none", NULL};

const char *const cli_output_names[] = {"scale",      "confidence", "lowpass",          "amplified",
                                        "attenuated", "sigmoid",    "solvent_excluded", NULL};

#define AT(field) .at = offsetof(struct cli_request, field)
#define IN(field) AT(options.field)
#define FLAG(field) .take = CLI_TAKE_FLAG, .value = 1, AT(field)
#define PRESET(field, what) .take = CLI_TAKE_PRESET, .value = (what), IN(field)
#define ABOVE(limit, field) .take = CLI_TAKE_REAL, .low = (limit), IN(field)
#define FROM(limit, field) .take = CLI_TAKE_REAL, .low = (limit), .from_low = true, IN(field)
#define UNSIGNED(least, field) .take = CLI_TAKE_UNSIGNED, .low = (least), IN(field)
#define COUNT(least, field) .take = CLI_TAKE_COUNT, .low = (least), IN(field)
#define PATH(field) .take = CLI_TAKE_TEXT, IN(field)

#define SHARED .commands = CLI_ESTIMATE | CLI_CONVERT
#define CONVERTING .commands = CLI_CONVERT

/* `first`: what the first of the names means. */
#define CHOICE(names, first, place) .take = CLI_TAKE_CHOICE, .choices = names, .value = first, place

const struct cli_option cli_options[] = {
    /* scale */
    {CLI_GROUP_SCALE, 'r', "resolution", "A",
     "resolution of the map in angstrom; the low-pass is then no finer than this",
     ABOVE(0, resolution_ang)},
    {CLI_GROUP_SCALE, 0, "lowpass", "A",
     "low-pass in angstrom (default: 8, or 3 voxels if that is more); with --resolution the "
     "coarser of the two counts",
     ABOVE(0, lowpass_ang)},
    {CLI_GROUP_SCALE, 0, "tau", "X",
     "which part of a tile's voxels lies below its value, between 0 and 1 (default: from the "
     "kernel)",
     ABOVE(0, tau)},
    {CLI_GROUP_SCALE, 0, "kernel-size", "N",
     "side of the neighbourhood in voxels, odd, 3 to 63 (default: from the low-pass, 3 to 9)",
     UNSIGNED(3, kernel_size_vox)},
    {CLI_GROUP_SCALE, 0, "kernel-radius", "VOX",
     "radius of the neighbourhood in voxels (default: half the low-pass)",
     ABOVE(0, kernel_radius_vox)},
    {CLI_GROUP_SCALE, 0, "tile-size", "N",
     "side in voxels of the tiles searched for the full scale (default: a twentieth of the box)",
     COUNT(1, tile_size_vox)},
    {CLI_GROUP_SCALE, 0, "s0", NULL,
     "take the full scale from the largest value instead of from tiles", FLAG(options.s0)},
    {CLI_GROUP_SCALE, 0, "occupancy", NULL,
     "scale of the low-passed map, in which resolution matters less (default when the map is "
     "modified)",
     PRESET(scale_data, OCS_SCALE_OCCUPANCY)},
    {CLI_GROUP_SCALE, 0, "raw-scale", NULL,
     "scale of the map as it is, in which resolution matters too (default when it is not)",
     PRESET(scale_data, OCS_SCALE_RAW)},
    {CLI_GROUP_SCALE, 0, "max-box", "N",
     "estimate in a box reduced to at most N voxels an axis (default: the map's own; with --compat "
     "256)",
     COUNT(16, max_box_vox)},
    {CLI_GROUP_SCALE, 0, "region", "WHICH",
     "ball or box: where solvent and tiles are looked for (default: the ball in cubic boxes)",
     CHOICE(region_names, OCS_REGION_BALL, IN(region))},
    {CLI_GROUP_SCALE, 0, "nlrc", NULL, "stretch the scale so that the confidence limit becomes 0",
     FLAG(options.nlrc)},
    {CLI_GROUP_SCALE, 0, "compat", "RULES",
     "occupy-0.1.13: the numbers of OccuPy 0.1.13, accidents included",
     CHOICE(compat_names, OCS_RULES_OCCUPY_0_1_13, IN(rules))},

    /* solvent */
    {CLI_GROUP_SOLVENT, 0, "solvent-def", "MAP",
     "map of the same box that is above 0.9 in the solvent or in all else", PATH(solvent_def)},
    {CLI_GROUP_SOLVENT, 0, "hedge-confidence", "N",
     "raise the confidence to this power, 1 or more (default: 1)", FROM(1, hedge_confidence)},
    {CLI_GROUP_SOLVENT, 0, "exclude-solvent", NULL, "flatten what is not confidently content",
     FLAG(options.exclude_solvent)},
    {CLI_GROUP_SOLVENT, 0, "omit-confidence", NULL,
     "modify everywhere, as if the confidence were 1", FLAG(options.omit_confidence)},

    /* modification */
    {CLI_GROUP_MODIFICATION, 0, "amplify", "G", "raise weak parts by this power, above 1",
     ABOVE(1, amplify)},
    {CLI_GROUP_MODIFICATION, 0, "attenuate", "G", "lower weak parts by this power, above 1",
     ABOVE(1, attenuate)},
    {CLI_GROUP_MODIFICATION, 0, "sigmoid", "M",
     "raise parts above the pivot and lower those below by this power, above 1", ABOVE(1, sigmoid)},
    {CLI_GROUP_MODIFICATION, 0, "pivot", "P",
     "scale that --sigmoid leaves as it is, 0.01 to 0.99 (default: 0.01)", FROM(0, pivot)},
    {CLI_GROUP_MODIFICATION, 0, "scale-limit", "X",
     "do not amplify or attenuate where the scale is X or less, 0 to 1 (default: 0.05)",
     FROM(0, scale_limit)},
    {CLI_GROUP_MODIFICATION, 0, "lowpass-output", "A", "low-pass of the modified maps in angstrom",
     ABOVE(0, lowpass_output_ang)},
    {CLI_GROUP_MODIFICATION, 0, "hist-match", NULL,
     "give the modified maps the histogram of the input (default: only its range)",
     FLAG(options.hist_match)},
    {CLI_GROUP_MODIFICATION, 0, "seed", "N",
     "of the solvent noise that --attenuate and --sigmoid put back (default: 0)", COUNT(0, seed)},

    /* targets */
    {CLI_GROUP_TARGETS, 0, "target-mask", "MAP",
     "report the occupancy where this map of the same box is above 0.5", PATH(target_mask)},
    {CLI_GROUP_TARGETS, 0, "labels", "MAP",
     "report the occupancy of every integer label in this map of the same box; 0 is none",
     PATH(labels)},

    /* input */
    {CLI_GROUP_INPUT, 0, "volume", "I",
     "which volume of a stack, from 1; needed when there are several", COUNT(1, volume), SHARED},
    {CLI_GROUP_INPUT, 0, "nonfinite", "HOW",
     "refuse or zero: what to do with NaN and infinities (default: refuse)",
     CHOICE(nonfinite_names, OCS_NONFINITE_REFUSE, IN(nonfinite))},
    {CLI_GROUP_INPUT, 0, "level", "N",
     "which level of a Zarr store's pyramid, 0 for the finest (default: 0)", .take = CLI_TAKE_COUNT,
     .low = 0, AT(convert.level), CONVERTING},
    {CLI_GROUP_INPUT, 0, "io", "HOW",
     "auto, mmap or read: map the file into memory or read it (default: auto)",
     CHOICE(io_names, OCS_IO_AUTO, IN(io)), SHARED},
    {CLI_GROUP_INPUT, 0, "connections", "N",
     "connections to the server of a URL, 1 to 64 (default: 4)", UNSIGNED(1, connections), SHARED},
    {CLI_GROUP_INPUT, 0, "max-voxels", "N",
     "refuse maps of more voxels than this (default: 1099511627776)", COUNT(1, max_voxels), SHARED},
    {CLI_GROUP_INPUT, 0, "max-expansion", "N",
     "refuse compressed maps that give more than N times their size, beyond 256M (default: 10000)",
     COUNT(1, max_expansion), SHARED},
    {CLI_GROUP_INPUT, 0, "sandbox", "HOW",
     "auto, on or off: before reading, give up the right to open other files and to start programs "
     "(default: auto, as far as the kernel can; on fails where it cannot)",
     CHOICE(sandbox_names, OCS_SANDBOX_AUTO, AT(sandbox)), SHARED},

    /* outputs */
    {CLI_GROUP_OUTPUTS, 'o', "output", "DIR",
     "existing folder for the results (default: the current one); - sends the one map of --outputs "
     "to "
     "standard output",
     PATH(output_dir)},
    {CLI_GROUP_OUTPUTS, 0, "outputs", "LIST",
     "maps to write, separated by commas: scale, confidence, lowpass, amplified, attenuated, "
     "sigmoid, "
     "solvent_excluded (default: scale, confidence and every modification asked for)",
     .take = CLI_TAKE_OUTPUTS, IN(outputs)},
    {CLI_GROUP_OUTPUTS, 0, "dtype", "TYPE", "f32 or f16: how voxels are stored (default: f32)",
     CHOICE(dtype_names, OCS_DTYPE_F32, IN(dtype))},
    {CLI_GROUP_OUTPUTS, 0, "dtype", "TYPE",
     "f32 or f16: how voxels are stored (default: as they are in the input)",
     CHOICE(dtype_names, OCS_DTYPE_F32, AT(convert.dtype)), CONVERTING},
    {CLI_GROUP_OUTPUTS, 0, "format", "FORMAT",
     "mrc, mrc.zst or zarr: plain maps, the same compressed and seekable, or OME-Zarr stores with "
     "a "
     "pyramid for viewers (default: mrc)",
     CHOICE(format_names, OCS_FORMAT_MRC, IN(format))},
    {CLI_GROUP_OUTPUTS, 0, "zarr", "VERSION",
     "2 or 3: Zarr 2 with a file for each chunk, or Zarr 3 with shards of up to 16 (default: 2)",
     CHOICE(zarr_names, 2, IN(zarr_version)), SHARED},
    {CLI_GROUP_OUTPUTS, 0, "chunk", "Z,Y,X", "voxels of a Zarr chunk (default: 64,64,64)",
     .take = CLI_TAKE_EXTENTS, .low = 1, IN(chunk_vox), SHARED},
    {CLI_GROUP_OUTPUTS, 0, "codec", "CODEC",
     "zstd or blosc: how Zarr chunks are compressed (default: zstd)",
     CHOICE(codec_names, OCS_ZARR_CODEC_ZSTD, IN(codec)), SHARED},
    {CLI_GROUP_OUTPUTS, 0, "chimerax", NULL,
     "write a script that shows the maps in ChimeraX (default with --format mrc)",
     FLAG(options.chimerax)},
    {CLI_GROUP_OUTPUTS, 0, "no-chimerax", NULL, "do not", .take = CLI_TAKE_FLAG, .value = 0,
     IN(chimerax)},
    {CLI_GROUP_OUTPUTS, 0, "force", NULL, "overwrite existing files", FLAG(options.force), SHARED},

    {CLI_GROUP_OUTPUTS, 0, "verify", NULL, "read the result again and compare all voxels",
     FLAG(convert.verify), CONVERTING},

    /* resources */
    {CLI_GROUP_RESOURCES, 'm', "memory", "SIZE",
     "most memory the process may take; K, M, G, T are powers of 1024 (default: half of what is "
     "free, at "
     "most 4G)",
     .take = CLI_TAKE_SIZE, .low = 1, IN(memory_bytes), SHARED},
    {CLI_GROUP_RESOURCES, 'j', "threads", "N",
     "threads that compute (default: the CPUs this process may use)", UNSIGNED(1, threads), SHARED},
    {CLI_GROUP_RESOURCES, 0, "scratch", "DIR",
     "folder for what does not fit the memory (default: $TMPDIR, else where the results go)",
     PATH(scratch_dir), SHARED},
    {CLI_GROUP_RESOURCES, 0, "resume", NULL,
     "keep a journal beside the scratch, and go on from that of a run that was interrupted: to be "
     "given from the start",
     FLAG(options.resume)},
    {CLI_GROUP_RESOURCES, 0, "plan", NULL,
     "show how it would be done: passes, bytes, memory; read only headers, write nothing",
     FLAG(plan), SHARED},

    /* talking */
    {CLI_GROUP_TALKING, 0, "progress", "HOW",
     "auto, bar, json or none: one line redrawn, JSON lines, or nothing, on standard error "
     "(default: auto, the bar "
     "on a terminal)",
     CHOICE(progress_names, CLI_PROGRESS_AUTO, AT(progress)), SHARED},
    {CLI_GROUP_TALKING, 'q', "quiet", NULL, "only errors", FLAG(quiet), SHARED},
    {CLI_GROUP_TALKING, 'v', "verbose", NULL, "also the plan and findings about the input",
     FLAG(verbose), SHARED},
    {CLI_GROUP_TALKING, 'h', "help", NULL, "show this", FLAG(help), SHARED},
};
const size_t cli_option_count = sizeof cli_options / sizeof cli_options[0];

bool cli_option_is_of(const struct cli_option *option, enum cli_command command)
{
    return option->commands ? (option->commands & command) != 0 : command == CLI_ESTIMATE;
}

const char *cli_group_title(enum cli_group group)
{
    static const char *const titles[CLI_GROUPS] = {
        "Scale", "Solvent", "Modification", "Targets", "Input", "Outputs", "Resources", "Talking",
    };
    return titles[group];
}
