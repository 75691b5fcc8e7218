/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any header is either refused with a reason or describes voxels that lie inside the file.
 * Input: a header; then, if there are eight bytes more, the size of the file it is said to begin.
 */
#include "fuzz_check.h"
#include "header.h"

#include <math.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

static bool is_plain_text(const char *text, size_t room)
{
    const size_t length = strnlen(text, room);
    for (size_t i = 0; i < length; ++i)
        if (text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return length > 0 && length < room;
}

static void check_list(const struct ocs_findings *list)
{
    FUZZ_CHECK(list->count < OCS_FINDINGS_MAX);
    for (unsigned i = 0; i < list->count; ++i) {
        FUZZ_CHECK(is_plain_text(list->item[i].code, sizeof list->item[i].code));
        FUZZ_CHECK(is_plain_text(list->item[i].text, sizeof list->item[i].text));
    }
}

static void check_size(double size)
{
    FUZZ_CHECK(isfinite(size) && size > 0);
}

static void check_layout(const struct ocs_mrc *mrc, uint64_t file_bytes)
{
    FUZZ_CHECK(mrc->box.x > 0 && mrc->box.y > 0 && mrc->box.z > 0 && mrc->volumes > 0);
    const wide plane = (wide)mrc->row_bytes * mrc->box.y;
    FUZZ_CHECK(plane * mrc->box.z == mrc->volume_bytes);
    FUZZ_CHECK((wide)mrc->volume_bytes * mrc->volumes + mrc->data_offset == mrc->expected_bytes);
    FUZZ_CHECK(mrc->expected_bytes <= file_bytes && mrc->expected_bytes <= INT64_MAX);
    FUZZ_CHECK((wide)mrc->row_bytes * 2 >= mrc->box.x && mrc->row_bytes <= 4 * mrc->box.x);
    FUZZ_CHECK(mrc->data_offset >= OCS_MRC_HEADER_BYTES);
    check_size(mrc->voxel.z);
    check_size(mrc->voxel.y);
    check_size(mrc->voxel.x);
    FUZZ_CHECK((1U << mrc->axis_of[0] | 1U << mrc->axis_of[1] | 1U << mrc->axis_of[2]) == 7);
}

/* Written little-endian and read again, a header says the same. */
static void check_repacked(const struct ocs_mrc *mrc)
{
    static struct ocs_mrc again;
    struct ocs_error error;
    unsigned char bytes[OCS_MRC_HEADER_BYTES];
    ocs_mrc_pack(&mrc->header, bytes);
    const enum ocs_status status =
        ocs_mrc_parse(bytes, sizeof bytes, mrc->expected_bytes, "", &again, &error);
    FUZZ_CHECK(status == OCS_OK);
    FUZZ_CHECK(memcmp(&again.box, &mrc->box, sizeof again.box) == 0);
    FUZZ_CHECK(memcmp(&again.voxel, &mrc->voxel, sizeof again.voxel) == 0);
    FUZZ_CHECK(memcmp(again.axis_of, mrc->axis_of, sizeof again.axis_of) == 0);
    FUZZ_CHECK(again.volumes == mrc->volumes && again.unsigned_bytes == mrc->unsigned_bytes);
    FUZZ_CHECK(again.header.mode == mrc->header.mode);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ocs_mrc mrc;
    struct ocs_error error = {0};
    const uint64_t header_bytes = size < OCS_MRC_HEADER_BYTES ? size : OCS_MRC_HEADER_BYTES;
    uint64_t file_bytes = size;
    if (size >= OCS_MRC_HEADER_BYTES + sizeof file_bytes)
        memcpy(&file_bytes, data + OCS_MRC_HEADER_BYTES, sizeof file_bytes);
    /* A copy of its own, so that a sanitizer sees reads past its end. */
    unsigned char *const copy = malloc(header_bytes + (header_bytes == 0));
    FUZZ_CHECK(copy);
    memcpy(copy, data, header_bytes);
    const enum ocs_status status =
        ocs_mrc_parse(copy, header_bytes, file_bytes, "fuzz", &mrc, &error);
    free(copy);
    FUZZ_CHECK(status == OCS_OK || (status == OCS_BAD_INPUT && error.status == status));
    if (status != OCS_OK) {
        FUZZ_CHECK(error.what[0] != '\0');
        return 0;
    }
    check_layout(&mrc, file_bytes);
    check_repacked(&mrc);
    const struct ocs_mrc_header header = mrc.header;
    ocs_mrc_check_statistics(&mrc, -1e30, header.dmax, header.dmean, 1);
    ocs_mrc_check_statistics(&mrc, header.dmin, header.dmax, 2 * (double)header.dmean + 1,
                             header.rms);
    check_list(&mrc.findings);
    check_list(&mrc.notes);
    return 0;
}
