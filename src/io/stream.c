/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stream.h"

#include "fail.h"
#include "read_ahead.h"
#include "source_internal.h"
#include "window.h"

#include <errno.h>
#include <stdlib.h>

struct ocs_stream {
    const struct ocs_source *source;
    struct ocs_read_ahead *ahead; /* NULL when the source is mapped */
    struct ocs_window *window;    /* NULL when it is not */

    /* of a URL whose bytes are kept in memory, from where they are handed out; NULL otherwise */
    struct ocs_http_stock *stock;
    struct ocs_http_want want;
    struct ocs_chunks chunks;
};

/* Of a URL as many chunks are under way as it has connections, besides the one the reader holds. */
static unsigned depth_for(const struct ocs_source *source, unsigned depth)
{
    const struct ocs_http *const http = ocs_source_http(source);
    const unsigned wanted = http ? ocs_http_connections(http) + 1 : 0;
    return depth > wanted ? depth : wanted;
}

uint64_t ocs_stream_need(const struct ocs_source *source, uint64_t chunk_bytes, unsigned depth)
{
    return ocs_source_is_mapped(source)
               ? ocs_window_need(chunk_bytes)
               : ocs_read_ahead_need(chunk_bytes, depth_for(source, depth));
}

static void open_stock(struct ocs_stream *stream, struct ocs_http_stock *stock,
                       const struct ocs_ranges *ranges, const struct ocs_chunks *chunks)
{
    stream->stock = stock;
    stream->chunks = *chunks;
    stream->want.first = ranges->offset;
    stream->want.end = ocs_ranges_end(ranges);
    ocs_http_stock_want(stock, &stream->want);
}

static enum ocs_status next_of_stock(struct ocs_stream *stream, const unsigned char **chunk_ret,
                                     uint64_t *bytes_ret, struct ocs_error *error)
{
    uint64_t offset;
    *chunk_ret = NULL;
    *bytes_ret = 0;
    if (!ocs_chunks_next(&stream->chunks, &offset, bytes_ret))
        return OCS_OK;
    return ocs_http_stock_bring(stream->stock, &stream->want, offset, *bytes_ret, chunk_ret, error);
}

/* What the source has of these ranges in memory: all; NULL: not all. */
static struct ocs_http_stock *stock_of(const struct ocs_source *source,
                                       const struct ocs_ranges *ranges)
{
    struct ocs_http_stock *const stock = ocs_source_stocked(source);
    return stock && ocs_http_stock_has(stock, ranges->offset,
                                       ocs_ranges_end(ranges) - ranges->offset)
               ? stock
               : NULL;
}

/* A URL has a loop of its own. */
static enum ocs_status open_ahead(struct ocs_stream *stream, struct ocs_loop *loop,
                                  struct ocs_budget *budget, const struct ocs_chunks *chunks,
                                  unsigned depth, struct ocs_error *error)
{
    const struct ocs_http *const http = ocs_source_http(stream->source);
    return ocs_read_ahead_open(http ? ocs_http_loop(http) : loop, budget, stream->source, chunks,
                               depth_for(stream->source, depth), &stream->ahead, error);
}

enum ocs_status ocs_stream_open(struct ocs_loop *loop, struct ocs_budget *budget,
                                const struct ocs_source *source, const struct ocs_ranges *ranges,
                                uint64_t chunk_bytes, unsigned depth,
                                struct ocs_stream **stream_ret, struct ocs_error *error)
{
    const uint64_t size = ocs_source_bytes(source);
    if (!ocs_ranges_fit(ranges, size))
        return ocs_fail(error, OCS_BAD_INPUT, "reading", ocs_source_path(source),
                        "more is needed than the %llu bytes of the file", (unsigned long long)size);
    struct ocs_stream *const stream = calloc(1, sizeof *stream);
    if (!stream)
        return ocs_fail_system(error, "reading", ocs_source_path(source), ENOMEM);
    stream->source = source;
    const struct ocs_chunks chunks = ocs_chunks_of(ranges, chunk_bytes);
    struct ocs_http_stock *const stock = stock_of(source, ranges);
    enum ocs_status status = OCS_OK;
    if (stock)
        open_stock(stream, stock, ranges, &chunks);
    else if (ocs_source_is_mapped(source))
        status = ocs_window_open(budget, source, &chunks, &stream->window, error);
    else
        status = open_ahead(stream, loop, budget, &chunks, depth, error);
    if (status != OCS_OK) {
        free(stream);
        return status;
    }
    *stream_ret = stream;
    return OCS_OK;
}

enum ocs_status ocs_stream_next(struct ocs_stream *stream, const unsigned char **chunk_ret,
                                uint64_t *bytes_ret, struct ocs_error *error)
{
    if (stream->stock)
        return next_of_stock(stream, chunk_ret, bytes_ret, error);
    return stream->window ? ocs_window_next(stream->window, chunk_ret, bytes_ret, error)
                          : ocs_read_ahead_next(stream->ahead, chunk_ret, bytes_ret, error);
}

enum ocs_status ocs_stream_check(struct ocs_stream *stream, struct ocs_error *error)
{
    return ocs_source_check(stream->source, error);
}

void ocs_stream_close(struct ocs_stream *stream)
{
    if (!stream)
        return;
    if (stream->stock)
        ocs_http_stock_forget(stream->stock, &stream->want);
    else if (stream->window)
        ocs_window_close(stream->window);
    else
        ocs_read_ahead_close(stream->ahead);
    free(stream);
}
