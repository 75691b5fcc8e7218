/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planned_inputs.h"

#include "input.h"
#include "members.h"
#include "seek_table.h"
#include "zarr_array.h"

#include <sys/stat.h>
#include <unistd.h>

enum {
    MOST_FRAMES = 1 << 12,
    PACKED_ROOM = 4 << 10,
    VERSION_3 = 1,
    SHARDED = 2,
    IN_IMAGE = 4,
    CHUNKS_OF_SHARD = 2
};

/* ---- frames ---- */

static uint32_t packed_bytes(uint64_t plain)
{
    return (uint32_t)(plain / 50 + 16);
}

/* The entries of frames that are not there, behind that of the header's; how many. */
static uint32_t make_entries(uint64_t plain_bytes, uint64_t frame_bytes,
                             struct ocs_seek_entry *entries)
{
    uint32_t count = 1;
    for (uint64_t at = OCS_MRC_HEADER_BYTES; at < plain_bytes && count < MOST_FRAMES; ++count) {
        const uint64_t left = plain_bytes - at, plain = left < frame_bytes ? left : frame_bytes;
        entries[count] = (struct ocs_seek_entry){packed_bytes(plain), (uint32_t)plain};
        at += plain;
    }
    return count;
}

struct fuzz_memory_file fuzz_planned_frames(const unsigned char header[OCS_MRC_HEADER_BYTES],
                                            uint64_t plain_bytes, uint64_t frame_bytes)
{
    unsigned char front[PACKED_ROOM];
    size_t written;
    FUZZ_CHECK(fuzz_member_write(OCS_CODEC_ZSTD, 0, header, OCS_MRC_HEADER_BYTES, front,
                                 sizeof front, &written));
    struct ocs_seek_entry *const entries = fuzz_room(MOST_FRAMES * sizeof *entries);
    entries[0] = (struct ocs_seek_entry){(uint32_t)written, OCS_MRC_HEADER_BYTES};
    const uint32_t count = make_entries(plain_bytes, frame_bytes, entries);
    uint64_t end = 0;
    for (uint32_t i = 0; i < count; ++i)
        end += entries[i].packed_bytes;
    const uint64_t table_bytes = ocs_seek_table_bytes(count);
    unsigned char *const table = fuzz_room(table_bytes);
    ocs_seek_table_write(entries, count, table);
    struct fuzz_memory_file file = fuzz_memory_file(front, written, end + table_bytes);
    FUZZ_CHECK(pwrite(file.fd, table, table_bytes, (off_t)end) == (ssize_t)table_bytes);
    free(table);
    free(entries);
    return file;
}

/* ---- stores ---- */

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const to = fopen(path, "wb");
    FUZZ_CHECK(to && fputs(text, to) >= 0 && fclose(to) == 0);
}

static enum ocs_zarr_type type_of(int32_t mode)
{
    switch (mode) {
    case OCS_MODE_INT8:
        return OCS_ZARR_INT8;
    case OCS_MODE_INT16:
        return OCS_ZARR_INT16;
    case OCS_MODE_UINT16:
        return OCS_ZARR_UINT16;
    case OCS_MODE_FLOAT16:
        return OCS_ZARR_FLOAT16;
    case OCS_MODE_FLOAT32:
        return OCS_ZARR_FLOAT32;
    default:
        return OCS_ZARR_UINT8;
    }
}

static struct ocs_zarr_array array_of(struct ocs_box box, int32_t mode, unsigned way)
{
    static const uint64_t sides[8] = {64, 1, 7, 16, 33, 100, 256, 400};
    static const enum ocs_chunk_method methods[4] = {OCS_CHUNK_PLAIN, OCS_CHUNK_ZSTD,
                                                     OCS_CHUNK_BLOSC, OCS_CHUNK_ZSTD};
    struct ocs_zarr_array array = {
        .version = way & VERSION_3 ? 3 : 2,
        .shape = {box.z, box.y, box.x},
        .sharded = (way & (VERSION_3 | SHARDED)) == (VERSION_3 | SHARDED),
        .type = type_of(mode),
        .codec = {.method = methods[way >> 3 & 3], .level = 3},
        .separator = '/',
        .prefixed = way & VERSION_3,
    };
    array.codec.element_bytes = ocs_zarr_type_bytes(array.type);
    array.index_crc32c = array.sharded;
    for (int axis = 0; axis < 3; ++axis) {
        array.chunk[axis] = sides[way >> 5 & 7];
        array.shard[axis] = array.chunk[axis] * (array.sharded ? CHUNKS_OF_SHARD : 1);
    }
    return array;
}

static void write_group(const char *folder, unsigned version, double voxel_ang)
{
    static const char image[] =
        "{%s\"multiscales\": [{\"version\": \"%s\", \"axes\": ["
        "{\"name\": \"z\", \"type\": \"space\", \"unit\": \"angstrom\"}, "
        "{\"name\": \"y\", \"type\": \"space\", \"unit\": \"angstrom\"}, "
        "{\"name\": \"x\", \"type\": \"space\", \"unit\": \"angstrom\"}], \"datasets\": "
        "[{\"path\": "
        "\"0\", \"coordinateTransformations\": [{\"type\": \"scale\", \"scale\": [%.9g, %.9g, "
        "%.9g]}]}]}]}%s";
    char text[1024];
    const bool is_3 = version == 3;
    snprintf(text, sizeof text, image,
             is_3 ? "\"zarr_format\": 3, \"node_type\": \"group\", \"attributes\": {\"ome\": {"
                  : "",
             is_3 ? "0.5" : "0.4", voxel_ang, voxel_ang, voxel_ang, is_3 ? "}}" : "");
    write_text(folder, is_3 ? "zarr.json" : ".zattrs", text);
}

void fuzz_planned_store(const char *folder, struct ocs_box box, int32_t mode, float voxel_ang,
                        unsigned way)
{
    const struct ocs_zarr_array array = array_of(box, mode, way);
    const bool is_3 = array.version == 3;
    struct ocs_error error;
    char *text;
    char level[256];
    FUZZ_CHECK(ocs_zarr_array_write(&array, &text, &error) == OCS_OK);
    FUZZ_CHECK(mkdir(folder, 0700) == 0);
    snprintf(level, sizeof level, "%s%s", folder, way & IN_IMAGE ? "/0" : "");
    if (way & IN_IMAGE) {
        FUZZ_CHECK(mkdir(level, 0700) == 0);
        write_group(folder, array.version, (double)voxel_ang);
    }
    write_text(level, is_3 ? "zarr.json" : ".zarray", text);
    free(text);
}
