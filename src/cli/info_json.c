/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "info_show.h"

#include <math.h>

/* Names of files need not be UTF-8: where they are not, bytes outside ASCII become `?`. */
static json_t *text_json(const char *text)
{
    json_t *const string = json_string(text);
    if (string)
        return string;
    char plain[4096];
    size_t n = 0;
    for (; text[n] && n + 1 < sizeof plain; ++n)
        plain[n] = (unsigned char)text[n] < 0x80 ? text[n] : '?';
    plain[n] = '\0';
    return json_string(plain);
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value); /* byte counts of files and less */
}

static json_t *statistics_json(const struct ocs_statistics *statistics)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "min", number(statistics->min), "max",
                     number(statistics->max), "mean", number(statistics->mean), "rms",
                     number(statistics->rms));
}

static json_t *measured_json(const struct ocs_info *info)
{
    if (!info->has_statistics)
        return json_null();
    json_t *const object = statistics_json(&info->statistics);
    json_object_set_new(object, "nonfinite", count(info->nonfinite));
    return object;
}

static json_t *notes_json(const struct ocs_note *notes, unsigned note_count)
{
    json_t *const array = json_array();
    for (unsigned i = 0; i < note_count; ++i)
        json_array_append_new(
            array, json_pack("{s:s, s:s}", "code", notes[i].code, "text", notes[i].text));
    return array;
}

static json_t *labels_json(const struct ocs_info *info)
{
    json_t *const array = json_array();
    for (unsigned i = 0; i < info->label_count; ++i)
        json_array_append_new(array, json_string(info->labels[i]));
    return array;
}

/* What holds along x, y and z, whichever axes of the file they are. */
static json_t *geometry_json(const struct ocs_info *info)
{
    json_t *const object = json_object();
    for (int spatial = 0; spatial < 3; ++spatial) {
        const char name[2] = {"xyz"[spatial], '\0'};
        int axis = 0; /* of sections, rows, columns */
        while (axis < 2 && info->axes[axis] != name[0])
            ++axis;
        json_t *const along =
            json_pack("{s:o, s:o, s:i, s:o, s:o, s:o, s:i}", "voxels", count(info->dims[axis]),
                      "voxel_size_ang", number(info->voxel_size_ang[axis]), "start",
                      info->start[2 - axis], "origin_ang", number(info->origin_ang[spatial]),
                      "cell_ang", number(info->cell_ang[spatial]), "angle_degrees",
                      number(info->cell_degrees[spatial]), "samples", info->mxyz[spatial]);
        json_object_set_new(object, name, along);
    }
    return object;
}

static json_t *axes_json(const struct ocs_info *info)
{
    json_t *const array = json_array();
    for (int i = 0; i < 3; ++i)
        json_array_append_new(array, json_stringn(&info->axes[i], 1));
    return array;
}

static json_t *storage_json(const char *path, const struct ocs_info *info)
{
    const bool host_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    return json_pack(
        "{s:o, s:i, s:o, s:s, s:o, s:i, s:s, s:s, s:o, s:i, s:o, s:s}", "path", text_json(path),
        "status", 0, "file_bytes",
        info->file_bytes == UINT64_MAX ? json_null() : count(info->file_bytes), "compression",
        info->compression, "expected_bytes", count(info->expected_bytes), "mode", info->mode,
        "mode_name", info->mode_name, "byte_order", info->swapped != host_is_big ? "big" : "little",
        "volumes", count(info->volumes), "space_group", info->space_group, "extended_header_bytes",
        count(info->extended_bytes), "extended_header_type", info->extended_type);
}

static json_t *dims_json(const uint64_t dims[3])
{
    return json_pack("[o, o, o]", count(dims[0]), count(dims[1]), count(dims[2]));
}

static json_t *store_json(const struct ocs_info *info)
{
    if (!info->zarr_version)
        return json_null();
    return json_pack("{s:i, s:o, s:o, s:i, s:i}", "version", (int)info->zarr_version, "chunk",
                     dims_json(info->chunk), "shard",
                     info->sharded ? dims_json(info->shard) : json_null(), "level",
                     (int)info->level, "levels", (int)info->level_count);
}

json_t *ocs_info_json(const char *path, const struct ocs_info *info)
{
    json_t *const object = storage_json(path, info);
    /* Sections, rows, columns: the order of a three-dimensional array. */
    json_object_set_new(object, "dims", dims_json(info->dims));
    json_object_set_new(object, "zarr", store_json(info));
    json_object_set_new(object, "frames", info->frames ? count(info->frames) : json_null());
    json_object_set_new(object, "voxel_size_ang",
                        json_pack("[o, o, o]", number(info->voxel_size_ang[0]),
                                  number(info->voxel_size_ang[1]),
                                  number(info->voxel_size_ang[2])));
    json_object_set_new(object, "axes", axes_json(info));
    json_object_set_new(object, "geometry", geometry_json(info));
    json_object_set_new(object, "stored_statistics", statistics_json(&info->stored));
    json_object_set_new(object, "statistics", measured_json(info));
    json_object_set_new(object, "labels", labels_json(info));
    json_object_set_new(object, "findings", notes_json(info->findings, info->finding_count));
    json_object_set_new(object, "notes", notes_json(info->notes, info->note_count));
    return object;
}

json_t *ocs_info_error_json(const char *path, const struct ocs_error *error)
{
    char text[2048];
    ocs_error_format(error, text, sizeof text);
    return json_pack("{s:o, s:o, s:i}", "path", text_json(path), "error", text_json(text), "status",
                     ocs_status_exit(error->status));
}
