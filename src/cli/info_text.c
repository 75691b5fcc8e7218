/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "info_show.h"
#include "say.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void label(const char *text)
{
    printf("  %-13s", text);
}

static void print_box(const struct ocs_info *info)
{
    label("size");
    printf("%" PRIu64 " x %" PRIu64 " x %" PRIu64
           " voxels (columns along %c, rows along %c, sections along %c)\n",
           info->dims[2], info->dims[1], info->dims[0], info->axes[2], info->axes[1],
           info->axes[0]);
    if (info->volumes > 1) {
        label("volumes");
        printf("%" PRIu64 ", each of that size\n", info->volumes);
    }
}

static void print_mode(const struct ocs_info *info)
{
    const bool host_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    label("mode");
    printf("%d, %s, %s\n", info->mode, info->mode_name,
           info->swapped != host_is_big ? "big-endian" : "little-endian");
}

static void print_geometry(const struct ocs_info *info)
{
    label("voxel size");
    printf("%.6g x %.6g x %.6g A (columns, rows, sections)\n", info->voxel_size_ang[2],
           info->voxel_size_ang[1], info->voxel_size_ang[0]);
    label("cell");
    printf("%.6g x %.6g x %.6g A (x, y, z), angles %.6g %.6g %.6g, %d x %d x %d samples\n",
           info->cell_ang[0], info->cell_ang[1], info->cell_ang[2], info->cell_degrees[0],
           info->cell_degrees[1], info->cell_degrees[2], info->mxyz[0], info->mxyz[1],
           info->mxyz[2]);
    label("start");
    printf("%d %d %d (columns, rows, sections)\n", info->start[0], info->start[1], info->start[2]);
    label("origin");
    printf("%.6g %.6g %.6g A (x, y, z)\n", info->origin_ang[0], info->origin_ang[1],
           info->origin_ang[2]);
    label("space group");
    printf("%d\n", info->space_group);
}

static void print_statistics(const char *name, const struct ocs_statistics *statistics)
{
    label(name);
    printf("min %.6g, max %.6g, mean %.6g, rms %.6g", statistics->min, statistics->max,
           statistics->mean, statistics->rms);
}

static void print_box_of(const char *name, const uint64_t dims[3])
{
    printf(", %s of %" PRIu64 " x %" PRIu64 " x %" PRIu64, name, dims[2], dims[1], dims[0]);
}

static void print_store(const struct ocs_info *info)
{
    label("store");
    printf("Zarr version %u", info->zarr_version);
    print_box_of("chunks", info->chunk);
    if (info->sharded)
        print_box_of("shards", info->shard);
    if (strcmp(info->compression, "none") == 0)
        fputs(", not compressed", stdout);
    else
        printf(", compressed with %s", info->compression);
    printf("; level %u of %u\n", info->level, info->level_count);
}

static void print_file(const struct ocs_info *info)
{
    label("file");
    if (info->file_bytes == UINT64_MAX)
        fputs("a pipe", stdout);
    else
        printf("%" PRIu64 " bytes", info->file_bytes);
    if (strcmp(info->compression, "none") != 0)
        printf(", compressed with %s; %" PRIu64 " plain", info->compression, info->expected_bytes);
    if (info->frames > 0)
        printf(", in %" PRIu64 " frames that can be read at any place", info->frames);
    if (info->extended_bytes > 0)
        printf(", %" PRIu64 " of them extended header%s%s", info->extended_bytes,
               info->extended_type[0] ? " of type " : "", info->extended_type);
    putchar('\n');
}

static void print_values(const struct ocs_info *info)
{
    print_statistics("stored", &info->stored);
    putchar('\n');
    if (info->has_statistics) {
        print_statistics("measured", &info->statistics);
        printf(", %" PRIu64 " not finite\n", info->nonfinite);
    }
    for (unsigned i = 0; i < info->label_count; ++i) {
        label(i == 0 ? "labels" : "");
        puts(info->labels[i]);
    }
}

static void print_notes(const char *name, const struct ocs_note *notes, unsigned count)
{
    for (unsigned i = 0; i < count; ++i) {
        label(i == 0 ? name : "");
        printf("%s: %s\n", notes[i].code, notes[i].text);
    }
}

void ocs_info_print(const char *path, const struct ocs_info *info)
{
    cli_put_visible(stdout, path);
    putchar('\n');
    print_box(info);
    print_mode(info);
    print_geometry(info);
    if (info->zarr_version)
        print_store(info);
    else
        print_file(info);
    print_values(info);
    print_notes("notes", info->notes, info->note_count);
    print_notes("departures", info->findings, info->finding_count);
    if (info->finding_count == 0) {
        label("departures");
        puts("none");
    }
}
