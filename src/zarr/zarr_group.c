/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_group.h"

#include "base64.h"
#include "fail.h"
#include "zarr_image.h"
#include "zarr_json.h"

#include <math.h>
#include <string.h>

enum { AXES = 3 };

/* What every level of an image has in common. */
struct image {
    const struct ocs_zarr_reader *reader;
    double unit[AXES];               /* in angstrom, or 1 */
    struct ocs_zarr_transform whole; /* behind that of each level */
};

/* Control characters become `?`; what does not fit is left out, whole characters of UTF-8. */
static void copy_name(const json_t *name, char *to, size_t room)
{
    const char *const from = json_is_string(name) ? json_string_value(name) : "";
    size_t length = strlen(from);
    if (length >= room)
        for (length = room - 1; length > 0 && (from[length] & 0xc0) == 0x80;)
            --length;
    for (size_t i = 0; i < length; ++i)
        to[i] = (unsigned char)from[i] < 0x20 || from[i] == 0x7f ? '?' : from[i];
    to[length] = '\0';
}

static bool set_geometry(const struct image *image, const struct ocs_zarr_transform *own,
                         struct ocs_zarr_level *level)
{
    bool right = true;
    for (unsigned i = 0; i < AXES; ++i) {
        const struct ocs_zarr_transform *const whole = &image->whole;
        level->scale[i] = own->scale[i] * whole->scale[i] * image->unit[i];
        level->translation[i] =
            (own->translation[i] * whole->scale[i] + whole->translation[i]) * image->unit[i];
        right = right && isfinite(level->scale[i]) && level->scale[i] > 0 &&
                isfinite(level->translation[i]);
    }
    return right;
}

static enum ocs_status read_level(const struct image *image, const json_t *dataset,
                                  unsigned leading, struct ocs_zarr_level *level)
{
    const struct ocs_zarr_reader *const reader = image->reader;
    const char *const path = json_string_value(json_object_get(dataset, "path"));
    if (!path || strlen(path) >= sizeof level->path || !ocs_zarr_path_is_right(path))
        return ocs_zarr_refuse(reader, "a level of its image has a path that is not read: %.60s",
                               path ? path : "none");
    memcpy(level->path, path, strlen(path) + 1);
    struct ocs_zarr_transform own;
    const enum ocs_status status = ocs_zarr_read_transform(
        reader, json_object_get(dataset, "coordinateTransformations"), leading, &own);
    if (status == OCS_OK && !set_geometry(image, &own, level))
        return ocs_zarr_refuse(reader, "a level of its image has no size that makes sense");
    return status;
}

static enum ocs_status read_levels(const struct image *image, const json_t *datasets,
                                   struct ocs_zarr_group *group)
{
    const size_t count = json_array_size(datasets);
    if (count == 0 || count > OCS_ZARR_LEVELS_MAX)
        return ocs_zarr_refuse(image->reader, "its image has %zu levels, not 1 to %d", count,
                               OCS_ZARR_LEVELS_MAX);
    group->level_count = (unsigned)count;
    enum ocs_status status = OCS_OK;
    for (size_t i = 0; status == OCS_OK && i < count; ++i)
        status = read_level(image, json_array_get(datasets, i), group->leading, &group->level[i]);
    return status;
}

static enum ocs_status read_image(const struct ocs_zarr_reader *reader, const json_t *multiscales,
                                  struct ocs_zarr_group *group)
{
    struct image image = {.reader = reader};
    const json_t *const first = json_array_get(multiscales, 0);
    if (!json_is_object(first)) {
        ocs_zarr_refuse(reader, "it is a group without an OME image");
        ocs_advise(reader->error, "give one of the arrays or images inside of it");
        return OCS_BAD_INPUT;
    }
    copy_name(json_object_get(first, "name"), group->name, sizeof group->name);
    enum ocs_status status =
        ocs_zarr_read_axes(reader, json_object_get(first, "axes"), group, image.unit);
    if (status == OCS_OK)
        status =
            ocs_zarr_read_transform(reader, json_object_get(first, "coordinateTransformations"),
                                    group->leading, &image.whole);
    if (status == OCS_OK)
        status = read_levels(&image, json_object_get(first, "datasets"), group);
    return status;
}

/* One that is not right is as good as none: the metadata that all programs read come first. */
static void read_header(const json_t *attributes, struct ocs_zarr_group *group)
{
    const json_t *const own = json_object_get(attributes, "occustream");
    const char *const text = json_string_value(json_object_get(own, "mrc_header"));
    group->has_header = text && ocs_base64_decode(text, group->header, sizeof group->header);
    if (!group->has_header)
        memset(group->header, 0, sizeof group->header);
}

static enum ocs_status read_root(const struct ocs_zarr_reader *reader, const json_t *root,
                                 struct ocs_zarr_group *group)
{
    const json_t *attributes = root, *image = root;
    if (group->version == 3) {
        if (json_integer_value(json_object_get(root, "zarr_format")) != 3 ||
            !ocs_zarr_is(json_object_get(root, "node_type"), "group"))
            return ocs_zarr_refuse(reader, "it is no group of Zarr version 3");
        attributes = json_object_get(root, "attributes");
        image = json_object_get(attributes, "ome");
    }
    read_header(attributes, group);
    return read_image(reader, json_object_get(image, "multiscales"), group);
}

enum ocs_status ocs_zarr_group_read(const char *text, uint64_t bytes, unsigned version,
                                    const char *path, struct ocs_zarr_group *group_ret,
                                    struct ocs_error *error)
{
    const struct ocs_zarr_reader reader = {path, error};
    json_t *const root = ocs_zarr_parse(&reader, text, bytes);
    if (!root)
        return error->status;
    *group_ret = (struct ocs_zarr_group){.version = version};
    const enum ocs_status status = read_root(&reader, root, group_ret);
    json_decref(root);
    return status;
}

enum ocs_status ocs_zarr_node_read(const char *text, uint64_t bytes, const char *path,
                                   enum ocs_zarr_node *node_ret, struct ocs_error *error)
{
    const struct ocs_zarr_reader reader = {path, error};
    json_t *const root = ocs_zarr_parse(&reader, text, bytes);
    if (!root)
        return error->status;
    const json_t *const type = json_object_get(root, "node_type");
    const bool is_array = ocs_zarr_is(type, "array");
    const bool is_group = ocs_zarr_is(type, "group");
    json_decref(root);
    if (!is_array && !is_group)
        return ocs_zarr_refuse(&reader, "it is neither an array nor a group");
    *node_ret = is_array ? OCS_ZARR_IS_ARRAY : OCS_ZARR_IS_GROUP;
    return OCS_OK;
}
