/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "make.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put_triple(FILE *file, const char *name, const double value[3])
{
    fprintf(file, "\"%s\": [%.9g, %.9g, %.9g]", name, value[0], value[1], value[2]);
}

static void put_domain(FILE *file, const struct phantom *phantom, unsigned i)
{
    const struct phantom_domain *domain = &phantom->domains.item[i];
    fprintf(file, "    {\"label\": %u, \"occupancy\": %.9g, \"voxels\": %" PRIu64 ", ", i + 1,
            domain->occupancy, phantom->counts[i]);
    put_triple(file, "centre_vox", domain->centre);
    fputs(", ", file);
    put_triple(file, "radius_vox", domain->radius);
    fprintf(file, "}%s\n", i + 1 < phantom->domains.count ? "," : "");
}

static void put_truth(FILE *file, const struct phantom *phantom)
{
    const struct phantom_options *options = phantom->options;
    fprintf(file, "{\n  \"schema\": \"phantom-truth/1\",\n");
    fprintf(file, "  \"box\": [%" PRId64 ", %" PRId64 ", %" PRId64 "],\n  ", options->box[0],
            options->box[1], options->box[2]);
    put_triple(file, "voxel_ang", options->voxel);
    fprintf(file, ",\n  \"seed\": %" PRIu64 ",\n", options->seed);
    fprintf(file, "  \"stored\": {\"mode\": %d, \"factor\": %.9g, \"offset\": %.9g},\n",
            phantom->encoding.mode, (double)phantom->encoding.factor,
            (double)phantom->encoding.offset);
    fprintf(file, "  \"protein_rms\": %.9g,\n  \"noise_sigma\": %.9g,\n  \"domains\": [\n",
            phantom_atoms_rms(&phantom->atoms), phantom->noise_sigma);
    for (unsigned i = 0; i < phantom->domains.count; ++i)
        put_domain(file, phantom, i);
    fputs("  ]\n}\n", file);
}

bool phantom_write_truth(const struct phantom *phantom)
{
    const char *path = phantom->options->truth;
    FILE *file = fopen(path, "w");
    bool written = file != NULL;
    if (file) {
        put_truth(file, phantom);
        written = !ferror(file);
        written = fclose(file) == 0 && written;
    }
    if (!written)
        fprintf(stderr, "phantom: writing %s: %s\n", path, strerror(errno));
    return written;
}
