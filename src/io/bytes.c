/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bytes.h"

#include "checked.h"

static enum ocs_status sniff(const struct ocs_source *source, enum ocs_codec *codec_ret,
                             struct ocs_error *error)
{
    unsigned char mark[OCS_CODEC_MARK_BYTES];
    const uint64_t count = ocs_min_u64(ocs_source_bytes(source), sizeof mark);
    const enum ocs_status status = ocs_source_read(source, 0, mark, count, error);
    if (status == OCS_OK)
        *codec_ret = ocs_codec_sniff(mark, count);
    return status;
}

static enum ocs_status unpack(struct ocs_budget *budget, struct ocs_flow *flow,
                              struct ocs_bytes *bytes, struct ocs_error *error)
{
    return ocs_unpack_open(budget, flow, &bytes->unpack, error);
}

/* Compressed bytes are gone through once, from the front: reading ahead serves that best. */
static enum ocs_status open_file(const char *path, enum ocs_io_mode io, unsigned connections,
                                 struct ocs_loop *loop, struct ocs_budget *budget,
                                 struct ocs_bytes *bytes, struct ocs_error *error)
{
    enum ocs_status status = ocs_source_open(path, io, &bytes->source, error);
    if (status != OCS_OK)
        return status;
    ocs_source_set_connections(bytes->source, connections);
    bytes->outside_bytes = ocs_source_outside_bytes(bytes->source);
    const bool comes_once = ocs_source_comes_once(bytes->source);
    enum ocs_codec codec;
    status = sniff(bytes->source, &codec, error);
    if (status == OCS_OK && codec == OCS_CODEC_ZSTD && !comes_once)
        status = ocs_frames_open(budget, bytes->source, &bytes->frames, error);
    if (status != OCS_OK || bytes->frames || (codec == OCS_CODEC_NONE && !comes_once))
        return status;
    struct ocs_source *const source = bytes->source;
    bytes->source = NULL;
    struct ocs_flow *flow;
    status = ocs_flow_open_source(loop, budget, source, &flow, error);
    return status == OCS_OK ? unpack(budget, flow, bytes, error) : status;
}

static enum ocs_status open_pipe(const char *path, struct ocs_loop *loop, struct ocs_budget *budget,
                                 struct ocs_bytes *bytes, struct ocs_error *error)
{
    struct ocs_flow *flow;
    const enum ocs_status status = ocs_flow_open_pipe(loop, budget, path, &flow, error);
    return status == OCS_OK ? unpack(budget, flow, bytes, error) : status;
}

enum ocs_status ocs_bytes_open(const char *path, enum ocs_io_mode io, unsigned connections,
                               struct ocs_loop *loop, struct ocs_budget *budget,
                               struct ocs_bytes *bytes_ret, struct ocs_error *error)
{
    struct ocs_bytes bytes = {.budget = budget};
    const enum ocs_status status =
        ocs_flow_is_pipe(path) ? open_pipe(path, loop, budget, &bytes, error)
                               : open_file(path, io, connections, loop, budget, &bytes, error);
    if (status == OCS_OK)
        *bytes_ret = bytes;
    else
        ocs_bytes_close(&bytes);
    return status;
}

const char *ocs_bytes_path(const struct ocs_bytes *bytes)
{
    return bytes->unpack ? ocs_flow_path(ocs_unpack_flow(bytes->unpack))
                         : ocs_source_path(bytes->source);
}

uint64_t ocs_bytes_count(const struct ocs_bytes *bytes)
{
    if (bytes->unpack)
        return UINT64_MAX;
    return bytes->frames ? ocs_frames_bytes(bytes->frames) : ocs_source_bytes(bytes->source);
}

static enum ocs_status front_of_frames(const struct ocs_bytes *bytes, void *to, uint64_t wanted,
                                       struct ocs_error *error)
{
    struct ocs_frame_desk *desk;
    enum ocs_status status = ocs_frame_desk_open(bytes->budget, bytes->frames, &desk, error);
    if (status != OCS_OK)
        return status;
    status = ocs_frame_desk_read(desk, 0, to, wanted, error);
    ocs_frame_desk_close(desk);
    return status;
}

enum ocs_status ocs_bytes_front(const struct ocs_bytes *bytes, void *to, uint64_t wanted,
                                uint64_t *got_ret, struct ocs_error *error)
{
    if (bytes->unpack)
        return ocs_unpack_read(bytes->unpack, to, wanted, got_ret, error);
    *got_ret = ocs_min_u64(ocs_bytes_count(bytes), wanted);
    if (bytes->frames)
        return front_of_frames(bytes, to, *got_ret, error);
    return ocs_source_read(bytes->source, 0, to, *got_ret, error);
}

void ocs_bytes_close(struct ocs_bytes *bytes)
{
    ocs_frames_close(bytes->frames);
    ocs_source_close(bytes->source);
    ocs_unpack_close(bytes->unpack);
    *bytes = (struct ocs_bytes){0};
}
