/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source read from its beginning to its end. */
#include "flow_internal.h"

#include "fail.h"
#include "stream.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { CHUNK_BYTES = 256 << 10, DEPTH = 3 };

struct source_flow {
    struct ocs_flow flow;
    struct ocs_source *source;
    struct ocs_stream *stream;
    atomic_bool interrupted;
};

/* A disk answers soon, so an interrupt takes effect with the next chunk; a server need not. */
static enum ocs_status next(struct ocs_flow *flow, const unsigned char **chunk_ret,
                            uint64_t *bytes_ret, struct ocs_error *error)
{
    struct source_flow *const self = (struct source_flow *)flow;
    if (self->interrupted)
        return ocs_fail(error, OCS_CANCELLED, "reading", flow->path, "interrupted");
    const enum ocs_status status = ocs_stream_next(self->stream, chunk_ret, bytes_ret, error);
    return status == OCS_OK ? ocs_stream_check(self->stream, error) : status;
}

static void interrupt(struct ocs_flow *flow)
{
    struct source_flow *const self = (struct source_flow *)flow;
    self->interrupted = true;
    ocs_source_interrupt(self->source);
}

static void close_flow(struct ocs_flow *flow)
{
    struct source_flow *const self = (struct source_flow *)flow;
    ocs_source_interrupt(self->source); /* nobody waits for what is under way */
    ocs_stream_close(self->stream);
    ocs_source_close(self->source);
    free(self);
}

static const struct ocs_flow_kind kind = {next, interrupt, close_flow};

enum ocs_status ocs_flow_open_source(struct ocs_loop *loop, struct ocs_budget *budget,
                                     struct ocs_source *source, struct ocs_flow **flow_ret,
                                     struct ocs_error *error)
{
    const uint64_t bytes = ocs_source_bytes(source);
    struct source_flow *const self = calloc(1, sizeof *self);
    if (!self) {
        ocs_fail(error, OCS_LIMIT, "opening", ocs_source_path(source), "no memory");
        ocs_source_close(source);
        return OCS_LIMIT;
    }
    self->source = source;
    self->flow = (struct ocs_flow){.kind = &kind,
                                   .path = ocs_source_path(source),
                                   .bytes = bytes,
                                   .need = ocs_stream_need(source, CHUNK_BYTES, DEPTH)};
    const struct ocs_ranges all = {.bytes = bytes, .stride = bytes, .count = 1};
    const enum ocs_status status =
        ocs_stream_open(loop, budget, source, &all, CHUNK_BYTES, DEPTH, &self->stream, error);
    if (status != OCS_OK) {
        close_flow(&self->flow);
        return status;
    }
    *flow_ret = &self->flow;
    return OCS_OK;
}
