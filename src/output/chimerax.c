/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chimerax_name.h"
#include "map_place.h"
#include "result_files.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ChimeraX numbers models in the order they are opened; 0 stands for a map that was not. */
struct scene {
    struct ocs_text text;
    unsigned opened;
    unsigned model_of[OCS_OUTPUT_KINDS]; /* of the report's outputs                            */
    unsigned input;
    unsigned surface; /* the map shown                                                       */
};

static const unsigned modified =
    OCS_OUTPUT_AMPLIFIED | OCS_OUTPUT_ATTENUATED | OCS_OUTPUT_SIGMOID | OCS_OUTPUT_SOLVENT_EXCLUDED;
static const unsigned grey_valued = OCS_OUTPUT_AMPLIFIED | OCS_OUTPUT_ATTENUATED |
                                    OCS_OUTPUT_SIGMOID | OCS_OUTPUT_SOLVENT_EXCLUDED |
                                    OCS_OUTPUT_LOWPASS;

static const char *file_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Dark to bright with equal steps to the eye, also for readers who see few colours. */
static const struct {
    double scale;
    const char *colour;
} palette[] = {
    {0.2, "#440154"}, {0.4, "#3b528b"}, {0.6, "#21918c"}, {0.8, "#5ec962"}, {1.0, "#fde725"}};
enum { PALETTE = sizeof palette / sizeof palette[0] };

static void put_intro(struct ocs_text *text)
{
    ocs_text_string(text,
                    "# Local scale shown on a surface. Open this file in a new ChimeraX session:\n"
                    "# the commands count on the maps being the first models.\n"
                    "# To raise or lower the surface threshold of all maps but the scale and the\n"
                    "# confidence, type for example   occupy_level 0.02\n");
}

/* Suffixes by which ChimeraX knows a map; others need to be told. */
static bool is_known_suffix(const char *path)
{
    static const char *const known[] = {".mrc", ".map", ".ccp4", ".rec"};
    const char *const dot = strrchr(file_name(path), '.');
    for (size_t i = 0; dot && i < sizeof known / sizeof known[0]; ++i)
        if (strcasecmp(dot, known[i]) == 0)
            return true;
    return false;
}

/* The model's number, or 0 when the name may not stand in a script. */
static unsigned open_map(struct scene *scene, const char *what, const char *name)
{
    if (!ocs_chimerax_name_is_harmless(name)) {
        ocs_text_printf(&scene->text, "# Not opened, its name has unusual characters: the %s map ",
                        what);
        ocs_chimerax_put_comment_name(&scene->text, name);
        ocs_text_string(&scene->text, "\n");
        return 0;
    }
    ocs_text_string(&scene->text, "open ");
    ocs_chimerax_put_name(&scene->text, name);
    ocs_text_string(&scene->text, is_known_suffix(name) ? "\n" : " format mrc\n");
    return ++scene->opened;
}

static void open_outputs(struct scene *scene, const struct ocs_report *report)
{
    for (unsigned i = 0; i < report->output_count; ++i) {
        const struct ocs_report_output *const output = &report->outputs[i];
        scene->model_of[i] =
            open_map(scene, ocs_output_kind_name(output->kind), file_name(output->path));
    }
}

/* The folder of `path`, which is that of a file, without links into `folder`; false when it cannot
 * be told. */
static bool folder_of(const char *path, char folder[PATH_MAX])
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    char *const slash = strrchr(copy, '/');
    if (!slash)
        return realpath(".", folder) != NULL;
    slash[slash == copy ? 1 : 0] = 0;
    return realpath(copy, folder) != NULL;
}

/* Not a stack of volumes, which would be taken for one long map, and not what came through standard
 * input. */
static void open_input(struct scene *scene, const struct ocs_report_input *input,
                       const char *script_path)
{
    const char *const path = input->path;
    char script_folder[PATH_MAX];
    char input_folder[PATH_MAX];
    char absolute[PATH_MAX];
    if (input->volumes > 1 || strcmp(path, "-") == 0 || !folder_of(path, input_folder) ||
        !folder_of(script_path, script_folder) || !realpath(path, absolute))
        return;
    const bool beside = strcmp(input_folder, script_folder) == 0;
    scene->input = open_map(scene, "input", beside ? file_name(path) : absolute);
}

/* The first model after `after` whose map is one of `kinds`, or 0. */
static unsigned model_of_kind(const struct scene *scene, const struct ocs_report *report,
                              unsigned kinds, unsigned after)
{
    for (unsigned i = 0; i < report->output_count; ++i)
        if ((report->outputs[i].kind & kinds) && scene->model_of[i] > after)
            return scene->model_of[i];
    return 0;
}

static void choose_surface(struct scene *scene, const struct ocs_report *report)
{
    scene->surface = model_of_kind(scene, report, modified, 0);
    if (scene->surface == 0)
        scene->surface = scene->input;
    if (scene->surface == 0)
        scene->surface = model_of_kind(scene, report, OCS_OUTPUT_LOWPASS, 0);
}

static void put_level(struct ocs_text *text, const struct ocs_report *report)
{
    const double level = 0.5 * (report->full_scale + report->solvent_edge);
    if (isfinite(level))
        ocs_text_printf(text, " level %.6g", level);
}

static void put_surface(struct scene *scene, const struct ocs_report *report)
{
    for (unsigned model = 1; model <= scene->opened; ++model)
        if (model != scene->surface)
            ocs_text_printf(&scene->text, "volume #%u hide\n", model);
    if (scene->surface == 0)
        return;
    ocs_text_printf(&scene->text, "volume #%u show style surface color #c0c0c0", scene->surface);
    put_level(&scene->text, report);
    ocs_text_string(&scene->text, "\n");
}

static void put_colours(struct scene *scene, const struct ocs_report *report)
{
    const unsigned scale = model_of_kind(scene, report, OCS_OUTPUT_SCALE, 0);
    if (scale == 0 || scene->surface == 0)
        return;
    struct ocs_text *const text = &scene->text;
    ocs_text_printf(text, "color sample #%u map #%u palette ", scene->surface, scale);
    for (int i = 0; i < PALETTE; ++i)
        ocs_text_printf(text, "%s%.1f,%s", i ? ":" : "", palette[i].scale, palette[i].colour);
    ocs_text_string(text, "\nkey");
    for (int i = 0; i < PALETTE; ++i)
        ocs_text_printf(text, " %s:%.1f", palette[i].colour, palette[i].scale);
    ocs_text_string(text, " pos 0.7,0.08 size 0.25,0.03\n");
}

/* A ball that fits the tile from which the full scale comes. In a skewed cell its place in space is
 * not simply a sum of steps along x, y and z: left out there. */
static void put_full_tile(struct scene *scene, const struct ocs_report *report,
                          const struct ocs_mrc *like)
{
    double first[3];
    if (!report->tiles.used || !ocs_map_place(like, first))
        return;
    double side = INFINITY;
    for (int i = 0; i < 3; ++i)
        side = fmin(side, (double)report->tiles.side[i] * report->input.voxel_size_ang[i]);
    const double *const at = report->tiles.full_at_ang;
    if (!isfinite(at[0] + at[1] + at[2] + side))
        return;
    ocs_text_string(&scene->text, "# The tile that sets the full scale\n");
    ocs_text_printf(&scene->text, "marker #%u position %.6g,%.6g,%.6g radius %.6g color #fde725\n",
                    scene->opened + 1, first[0] + at[0], first[1] + at[1], first[2] + at[2],
                    0.5 * side);
}

/* One threshold for all maps that have the input's grey values. */
static void put_alias(struct scene *scene, const struct ocs_report *report)
{
    const char *before = "alias occupy_level volume #";
    unsigned model = 0;
    while ((model = model_of_kind(scene, report, grey_valued, model)) != 0) {
        ocs_text_printf(&scene->text, "%s%u", before, model);
        before = ",";
    }
    if (scene->input != 0) {
        ocs_text_printf(&scene->text, "%s%u", before, scene->input);
        before = ",";
    }
    if (before[0] == ',')
        ocs_text_string(&scene->text, " level $1\n");
}

enum ocs_status ocs_write_chimerax(const struct ocs_report *report, const struct ocs_mrc *like,
                                   struct ocs_output_file *file, struct ocs_error *error)
{
    struct scene scene = {.opened = 0};
    ocs_text_start(&scene.text, file, error);
    put_intro(&scene.text);
    open_outputs(&scene, report);
    open_input(&scene, &report->input, ocs_output_file_path(file));
    put_alias(&scene, report);
    choose_surface(&scene, report);
    put_surface(&scene, report);
    put_colours(&scene, report);
    put_full_tile(&scene, report, like);
    ocs_text_string(&scene.text, "view\n");
    return ocs_text_end(&scene.text);
}
