/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole Zarr store of any bytes is refused with a reason, or gives a map of the shape that it
 * says, each voxel once, the same whichever way its chunks are taken, in exactly the memory that
 * was said. Input: a byte for the level, or the array below "0", or a path that goes through it and
 * back, and the width of strips, then the files (store_files.h). */
#include "map.h"
#include "scratch.h"
#include "store.h"
#include "store_files.h"
#include "store_voxels.h"
#include "temporary.h"
#include "zarr_input.h"
#include "zarr_spooler.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { MOST_VOXELS = 1 << 12, MOST_MEMORY = 4 << 20 };

static void check_refused(const struct ocs_error *error, enum ocs_status status)
{
    FUZZ_CHECK(error->status == status && error->what[0]);
    FUZZ_CHECK(status == OCS_BAD_INPUT || status == OCS_LIMIT || status == OCS_USAGE);
}

static void check_missing(const char *path, const struct ocs_error *error, enum ocs_status status)
{
    FUZZ_CHECK(status == OCS_IO && strcmp(error->path, path) == 0);
    FUZZ_CHECK(error->system == ENOENT || error->system == ENOTDIR);
}

/* ---- through a spool, as a run does it ---- */

static void compare_rows(const struct ocs_spool *spool, struct ocs_budget *budget,
                         const struct ocs_spool_shape *shape, const unsigned char *volume)
{
    struct ocs_spool_desk *desk;
    struct ocs_error error;
    FUZZ_CHECK(ocs_spool_desk_open(budget, spool, &desk, &error) == OCS_OK);
    for (uint64_t plane = 0; plane < shape->planes; ++plane)
        for (uint64_t row = 0; row < shape->plane_rows;) {
            const unsigned char *at;
            uint64_t rows;
            FUZZ_CHECK(ocs_spool_rows(desk, plane, row, &at, &rows, &error) == OCS_OK);
            FUZZ_CHECK(rows >= 1 && rows <= shape->plane_rows - row);
            FUZZ_CHECK(memcmp(at, volume + (plane * shape->plane_rows + row) * shape->row_bytes,
                              rows * shape->row_bytes) == 0);
            row += rows;
        }
    ocs_spool_desk_close(desk);
}

/* From the last strip to the first: `right` says whether there is a volume to compare with. */
static void spool(const struct ocs_zarr_strips *strips, const struct ocs_spool_shape *shape,
                  enum ocs_status right, const unsigned char *volume)
{
    struct ocs_error error = {.status = OCS_OK};
    struct ocs_budget *budget;
    struct ocs_scratch *scratch;
    struct ocs_spool *spool;
    struct ocs_zarr_spooler *spooler;
    FUZZ_CHECK(ocs_budget_create(ocs_zarr_spooler_need(strips) + ocs_spool_need(shape) +
                                     ocs_spool_desk_need(shape),
                                 &budget, &error) == OCS_OK);
    FUZZ_CHECK(ocs_scratch_create(fuzz_folder(), ocs_spool_bytes(shape), &scratch, &error) ==
               OCS_OK);
    FUZZ_CHECK(ocs_spool_open(budget, scratch, 0, shape, &spool, &error) == OCS_OK);
    FUZZ_CHECK(ocs_zarr_spooler_open(budget, strips, spool, &spooler, &error) == OCS_OK);
    enum ocs_status status = OCS_OK;
    for (uint64_t strip = ocs_zarr_strips_count(strips); strip-- > 0 && status == OCS_OK;) {
        uint64_t voxels;
        status = ocs_zarr_spooler_run(spooler, strip, &voxels, &error);
    }
    ocs_zarr_spooler_close(spooler);
    FUZZ_CHECK((status == OCS_OK) == (right == OCS_OK));
    if (status == OCS_OK)
        compare_rows(spool, budget, shape, volume);
    ocs_spool_close(spool);
    ocs_scratch_close(scratch);
    FUZZ_CHECK(ocs_budget_in_use(budget) == 0);
    ocs_budget_destroy(budget);
}

/* ---- a store ---- */

static enum ocs_status read_once(const struct ocs_zarr_strips *strips, unsigned char *volume)
{
    struct ocs_error error = {.status = OCS_OK};
    struct ocs_budget *budget;
    FUZZ_CHECK(ocs_budget_create(ocs_zarr_desk_need(strips), &budget, &error) == OCS_OK);
    const enum ocs_status status = fuzz_read_strips(strips, budget, volume, &error);
    if (status != OCS_OK)
        check_refused(&error, status);
    FUZZ_CHECK(ocs_budget_in_use(budget) == 0);
    ocs_budget_destroy(budget);
    return status;
}

/* What is so small is never more than its bytes may give; what has not changed is known again,
 * unless a key is that of no file. */
static void check_known_again(const struct ocs_zarr_input *zarr)
{
    struct ocs_error error;
    uint64_t digest[2];
    FUZZ_CHECK(ocs_zarr_tally_check(zarr, &error) == OCS_OK);
    const enum ocs_status status = ocs_zarr_input_identify(zarr, &digest[0], &error);
    FUZZ_CHECK(ocs_zarr_input_identify(zarr, &digest[1], &error) == status);
    FUZZ_CHECK(status != OCS_OK || digest[0] == digest[1]);
}

/* Chunk by chunk, and in strips as wide as the input says. */
static void read_store(const struct ocs_map *map, uint64_t strip_bytes)
{
    const struct ocs_zarr_input *const zarr = ocs_map_zarr(map);
    const struct ocs_zarr_array *const array = &zarr->array;
    const struct ocs_zarr_strips narrow = ocs_zarr_strips_make(zarr, 1);
    const struct ocs_zarr_strips wide = ocs_zarr_strips_make(zarr, strip_bytes);
    const struct ocs_spool_shape shape = ocs_map_spool_shape(map);
    FUZZ_CHECK(shape.planes * shape.plane_rows * shape.row_bytes == fuzz_volume_bytes(array));
    if (ocs_zarr_desk_need(&narrow) > MOST_MEMORY || ocs_zarr_spooler_need(&wide) > MOST_MEMORY)
        return;
    unsigned char *const volume = fuzz_room(fuzz_volume_bytes(array));
    unsigned char *const again = fuzz_room(fuzz_volume_bytes(array));
    const enum ocs_status status = read_once(&narrow, volume);
    FUZZ_CHECK(read_once(&wide, again) == status);
    FUZZ_CHECK(status != OCS_OK || memcmp(volume, again, fuzz_volume_bytes(array)) == 0);
    spool(&wide, &shape, status, volume);
    check_known_again(zarr);
    free(volume);
    free(again);
}

static void check_map(const struct ocs_map *map)
{
    const struct ocs_mrc *const mrc = ocs_map_mrc(map);
    const struct ocs_zarr_array *const array = &ocs_map_zarr(map)->array;
    FUZZ_CHECK(mrc->box.z == array->shape[0] && mrc->box.y == array->shape[1] &&
               mrc->box.x == array->shape[2]);
    FUZZ_CHECK(mrc->volumes == 1 && mrc->volume_bytes == fuzz_volume_bytes(array));
    FUZZ_CHECK(ocs_map_comes_once(map));
    FUZZ_CHECK(isfinite(mrc->voxel.z) && isfinite(mrc->voxel.y) && isfinite(mrc->voxel.x));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    const uint8_t way = fuzz_take_u8(&input);
    char folder[256];
    snprintf(folder, sizeof folder, "%s/s.zarr", fuzz_folder());
    fuzz_store_make(&input, folder);
    char location[sizeof folder + 6];
    snprintf(location, sizeof location, "%s%s", folder,
             way % 8 == 5   ? "/0/"
             : way % 8 == 6 ? "/0/.."
                            : "");
    struct ocs_map_spec spec = {
        .path = location,
        .max_voxels = MOST_VOXELS,
        .level = way & 3 ? OCS_LEVEL_AUTO : way >> 2 & 3,
    };
    struct ocs_map *map;
    struct ocs_error error = {.status = OCS_OK};
    FUZZ_CHECK(ocs_store_is_location(folder));
    if (!ocs_store_is_location(location))
        spec.path = folder;
    const enum ocs_status status = ocs_map_open(&spec, &map, &error);
    if (access(spec.path, F_OK) != 0) {
        check_missing(spec.path, &error, status);
    } else if (status != OCS_OK) {
        check_refused(&error, status);
    } else {
        check_map(map);
        read_store(map, UINT64_C(1) << (6 + (way >> 4)));
        ocs_map_close(map);
    }
    fuzz_remove_tree(folder);
    return 0;
}
