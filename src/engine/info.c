/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "occustream/info.h"
#include "occustream/limits.h"

#include "bytes.h"
#include "header.h"
#include "info_chunks.h"
#include "info_statistics.h"
#include "loop.h"
#include "map.h"
#include "store.h"

#include <stdio.h>
#include <string.h>

_Static_assert((int)OCS_FINDINGS_MAX <= (int)OCS_REPORT_NOTES, "every finding has room");
_Static_assert((int)OCS_INFO_LABELS == (int)OCS_MRC_LABELS, "every label has room");

static void copy_notes(const struct ocs_findings *from, struct ocs_note *notes, unsigned *count)
{
    *count = from->count;
    for (unsigned i = 0; i < from->count; ++i) {
        snprintf(notes[i].code, sizeof notes[i].code, "%s", from->item[i].code);
        snprintf(notes[i].text, sizeof notes[i].text, "%s", from->item[i].text);
    }
}

/* Copies `length` characters up to the first zero byte, without what a terminal or JSON would
 * stumble over and without blanks at the end. `text` has room for length + 1. */
static void copy_text(char *text, const char *from, size_t length)
{
    size_t end = 0;
    for (size_t i = 0; i < length && from[i] != '\0'; ++i) {
        const unsigned char c = (unsigned char)from[i];
        text[i] = c < 0x20 || c >= 0x7f ? '?' : from[i];
        if (from[i] != ' ')
            end = i + 1;
    }
    text[end] = '\0';
}

static void copy_labels(const struct ocs_mrc_header *header, struct ocs_info *info)
{
    for (int i = 0; i < header->nlabl && i < OCS_MRC_LABELS; ++i)
        if (ocs_mrc_label_has_text(header->labels[i]))
            copy_text(info->labels[info->label_count++], header->labels[i], OCS_MRC_LABEL_BYTES);
}

static void copy_geometry(const struct ocs_mrc *mrc, struct ocs_info *info)
{
    const struct ocs_mrc_header *const header = &mrc->header;
    const uint64_t dims[3] = {mrc->box.z, mrc->box.y, mrc->box.x};
    const double sizes[3] = {mrc->voxel.z, mrc->voxel.y, mrc->voxel.x};
    const int32_t starts[3] = {header->nxstart, header->nystart, header->nzstart};
    const double origin[3] = {header->origin_x, header->origin_y, header->origin_z};
    const double cell[3] = {header->cell_x, header->cell_y, header->cell_z};
    const double angles[3] = {header->alpha, header->beta, header->gamma};
    const int32_t samples[3] = {header->mx, header->my, header->mz};
    for (int i = 0; i < 3; ++i) {
        info->dims[i] = dims[i];
        info->voxel_size_ang[i] = sizes[i];
        info->axes[i] = "xyz"[mrc->axis_of[i]];
        info->start[i] = starts[i];
        info->origin_ang[i] = origin[i];
        info->cell_ang[i] = cell[i];
        info->cell_degrees[i] = angles[i];
        info->mxyz[i] = samples[i];
    }
    info->space_group = header->ispg;
    info->volumes = mrc->volumes;
}

static void copy_header(const struct ocs_mrc *mrc, struct ocs_info *info)
{
    const struct ocs_mrc_header *const header = &mrc->header;
    info->mode = header->mode;
    snprintf(info->mode_name, sizeof info->mode_name, "%s",
             mrc->unsigned_bytes ? "uint8" : ocs_mrc_mode_name(header->mode));
    info->unsigned_bytes = mrc->unsigned_bytes;
    info->swapped = mrc->swapped;
    info->extended_bytes = (uint64_t)header->nsymbt;
    copy_text(info->extended_type, header->exttyp, sizeof header->exttyp);
    info->expected_bytes = mrc->expected_bytes;
    info->stored = (struct ocs_statistics){header->dmin, header->dmax, header->dmean, header->rms};
    copy_geometry(mrc, info);
    copy_labels(header, info);
    copy_notes(&mrc->findings, info->findings, &info->finding_count);
    copy_notes(&mrc->notes, info->notes, &info->note_count);
}

static void copy_storage(const struct ocs_bytes *bytes, struct ocs_info *info)
{
    const struct ocs_unpack *const unpack = bytes->unpack;
    info->file_bytes =
        unpack ? ocs_flow_bytes(ocs_unpack_flow(unpack)) : ocs_source_bytes(bytes->source);
    snprintf(info->compression, sizeof info->compression, "%s",
             ocs_codec_name(unpack          ? ocs_unpack_codec(unpack)
                            : bytes->frames ? OCS_CODEC_ZSTD
                                            : OCS_CODEC_NONE));
    info->frames = bytes->frames ? ocs_frames_count(bytes->frames) : 0;
}

static enum ocs_status read_bytes(const struct ocs_bytes *bytes, bool statistics,
                                  struct ocs_info *info, struct ocs_error *error)
{
    unsigned char front[OCS_MRC_HEADER_BYTES];
    uint64_t present;
    enum ocs_status status = ocs_bytes_front(bytes, front, sizeof front, &present, error);
    if (status != OCS_OK)
        return status;
    struct ocs_mrc mrc;
    status =
        ocs_mrc_parse(front, present, ocs_bytes_count(bytes), ocs_bytes_path(bytes), &mrc, error);
    if (status == OCS_OK && statistics) {
        status = ocs_info_statistics(bytes, &mrc, &info->statistics, &info->nonfinite, error);
        info->has_statistics = status == OCS_OK;
    }
    if (status == OCS_OK) {
        copy_header(&mrc, info);
        copy_storage(bytes, info);
    }
    return status;
}

static enum ocs_status open_and_read(const char *path, bool statistics, struct ocs_loop *loop,
                                     struct ocs_budget *budget, struct ocs_info *info,
                                     struct ocs_error *error)
{
    struct ocs_bytes bytes;
    enum ocs_status status =
        ocs_bytes_open(path, OCS_IO_READ, OCS_CONNECTIONS_DEFAULT, loop, budget, &bytes, error);
    if (status != OCS_OK)
        return status;
    status = read_bytes(&bytes, statistics, info, error);
    ocs_bytes_close(&bytes);
    return status;
}

static enum ocs_status read_store(const char *path, bool statistics, struct ocs_info *info,
                                  struct ocs_error *error)
{
    struct ocs_zarr_input *input;
    struct ocs_mrc mrc;
    enum ocs_status status =
        ocs_zarr_input_open(path, OCS_LEVEL_AUTO, OCS_CONNECTIONS_DEFAULT, &input, &mrc, error);
    if (status != OCS_OK)
        return status;
    if (statistics)
        status = ocs_info_chunk_statistics(input, &mrc, &info->statistics, &info->nonfinite, error);
    info->has_statistics = statistics && status == OCS_OK;
    copy_header(&mrc, info);
    ocs_info_copy_store(input, info);
    ocs_zarr_input_close(input);
    return status;
}

enum ocs_status ocs_info_read(const char *path, bool statistics, struct ocs_info *info_ret,
                              struct ocs_error *error)
{
    *info_ret = (struct ocs_info){0};
    if (ocs_store_is_location(path))
        return read_store(path, statistics, info_ret, error);
    struct ocs_budget *budget;
    enum ocs_status status = ocs_budget_create(OCS_INFO_DECODER_BYTES, &budget, error);
    if (status != OCS_OK)
        return status;
    struct ocs_loop *loop;
    status = ocs_loop_create(&loop, error);
    if (status == OCS_OK) {
        status = open_and_read(path, statistics, loop, budget, info_ret, error);
        ocs_loop_destroy(loop);
    }
    ocs_budget_destroy(budget);
    return status;
}
