/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_text.h"

#include "say.h"

#include <inttypes.h>

enum { SIZE_TEXT = 16 };

/* "0", "812 B", "1.5 GiB" */
static const char *size_text(char text[SIZE_TEXT], uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1024;
        ++unit;
    }
    snprintf(text, SIZE_TEXT, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return text;
}

static void put_row(FILE *to, const char *name, uint64_t read, uint64_t written, uint64_t scratch,
                    const char *text)
{
    char a[SIZE_TEXT], b[SIZE_TEXT], c[SIZE_TEXT];
    fprintf(to, "%-12s %11s %11s %11s  %s\n", name, size_text(a, read), size_text(b, written),
            size_text(c, scratch), text);
}

static void put_passes(FILE *to, const struct ocs_plan_summary *plan)
{
    fprintf(to, "%-12s %11s %11s %11s  %s\n", "pass", "read", "written", "scratch", "what it does");
    uint64_t scratch = 0;
    for (unsigned i = 0; i < plan->pass_count; ++i) {
        const struct ocs_plan_pass *const pass = &plan->passes[i];
        put_row(to, pass->name, pass->bytes_read, pass->bytes_written, pass->scratch_bytes,
                pass->text);
        scratch += pass->scratch_bytes;
    }
    put_row(to, "all", plan->bytes_read, plan->bytes_written, scratch, "");
}

static void put_resources(FILE *to, const struct ocs_plan_summary *plan)
{
    char a[SIZE_TEXT], b[SIZE_TEXT], c[SIZE_TEXT];
    fprintf(to, "memory       %s of %s allowed; works with %s or more\n",
            size_text(a, plan->memory_need_bytes), size_text(b, plan->memory_limit_bytes),
            size_text(c, plan->memory_smallest_bytes));
    if (plan->in_memory_bytes > 0)
        fprintf(to, "in memory    %s from URLs, which come once\n",
                size_text(a, plan->in_memory_bytes));
    if (plan->scratch_bytes > 0) {
        fprintf(to, "scratch      %s in ", size_text(a, plan->scratch_bytes));
        cli_put_visible(to, plan->scratch_dir);
        fputc('\n', to);
    } else {
        fputs("scratch      none\n", to);
    }
    if (plan->resume_folder[0]) {
        fprintf(to, "journal      %s ", plan->resumes ? "of an interrupted run, in" : "in");
        cli_put_visible(to, plan->resume_folder);
        fputc('\n', to);
    }
    fprintf(to, "threads      %u, %s\n", plan->threads, plan->simd);
    fprintf(to, "slabs        %" PRIu64 " planes of %" PRIu64 " rows\n", plan->slab_planes,
            plan->band_rows);
}

void cli_put_plan(FILE *to, const struct ocs_plan_summary *plan)
{
    fprintf(to,
            "box          %" PRIu64 " x %" PRIu64 " x %" PRIu64
            " voxels of %.6g x %.6g x %.6g A (z y x)\n",
            plan->dims[0], plan->dims[1], plan->dims[2], plan->voxel_size_ang[0],
            plan->voxel_size_ang[1], plan->voxel_size_ang[2]);
    put_passes(to, plan);
    put_resources(to, plan);
}
