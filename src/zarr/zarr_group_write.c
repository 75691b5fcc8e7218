/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_group.h"

#include "base64.h"
#include "zarr_json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static json_t *numbers_json(const double numbers[3])
{
    return json_pack("[f,f,f]", numbers[0], numbers[1], numbers[2]);
}

static json_t *axis_json(const char *name)
{
    return json_pack("{s:s, s:s, s:s}", "name", name, "type", "space", "unit", "angstrom");
}

static json_t *level_json(const struct ocs_zarr_level *level)
{
    return json_pack("{s:s, s:[{s:s, s:o}, {s:s, s:o}]}", "path", level->path,
                     "coordinateTransformations", "type", "scale", "scale",
                     numbers_json(level->scale), "type", "translation", "translation",
                     numbers_json(level->translation));
}

static json_t *levels_json(const struct ocs_zarr_group *group)
{
    json_t *const list = json_array();
    for (unsigned i = 0; i < group->level_count; ++i)
        if (json_array_append_new(list, level_json(&group->level[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* The version of OME-Zarr stands here in 0.4, and one level higher in 0.5. */
static json_t *image_json(const struct ocs_zarr_group *group)
{
    json_t *const image =
        json_pack("{s:s, s:s, s:[o,o,o], s:o}", "name", group->name, "type", "mean", "axes",
                  axis_json("z"), axis_json("y"), axis_json("x"), "datasets", levels_json(group));
    if (group->version == 2 && json_object_set_new(image, "version", json_string("0.4")) != 0) {
        json_decref(image);
        return NULL;
    }
    return image;
}

/* null for a report that could not be read again. */
static json_t *report_json(const char *report)
{
    struct ocs_error refused;
    const struct ocs_zarr_reader reader = {NULL, &refused};
    if (!report)
        return json_null();
    json_t *const parsed = ocs_zarr_parse(&reader, report, strlen(report));
    return parsed || refused.status == OCS_LIMIT ? parsed : json_null();
}

static json_t *own_json(const struct ocs_zarr_group *group, const char *report)
{
    char header[OCS_BASE64_ROOM(OCS_ZARR_HEADER_BYTES)];
    ocs_base64_encode(group->header, sizeof group->header, header);
    return json_pack("{s:s?, s:o}", "mrc_header", group->has_header ? header : NULL, "report",
                     report_json(report));
}

static json_t *group_json(const struct ocs_zarr_group *group, const char *report)
{
    if (group->version == 2)
        return json_pack("{s:[o], s:o}", "multiscales", image_json(group), "occustream",
                         own_json(group, report));
    return json_pack("{s:i, s:s, s:{s:{s:s, s:[o]}, s:o}}", "zarr_format", 3, "node_type", "group",
                     "attributes", "ome", "version", "0.5", "multiscales", image_json(group),
                     "occustream", own_json(group, report));
}

enum ocs_status ocs_zarr_group_write(const struct ocs_zarr_group *group, const char *report,
                                     char **text_ret, struct ocs_error *error)
{
    assert(group->leading == 0 && group->has_unit);
    const enum ocs_status status = ocs_zarr_dump(group_json(group, report), text_ret, error);
    if (status != OCS_OK || !report || ocs_zarr_fits(*text_ret, strlen(*text_ret)))
        return status;
    free(*text_ret);
    return ocs_zarr_dump(group_json(group, NULL), text_ret, error);
}

const char *ocs_zarr_zgroup(void)
{
    return "{\n  \"zarr_format\": 2\n}\n";
}
