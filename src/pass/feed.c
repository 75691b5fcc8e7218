/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "feed.h"

uint64_t ocs_feed_need(const struct ocs_reading *reading, const struct ocs_volume *volume,
                       const struct ocs_spectral *spectral)
{
    return spectral ? ocs_synth_need(spectral) : ocs_reader_need(reading, volume);
}

enum ocs_status ocs_feed_open(const struct ocs_run_context *context,
                              const struct ocs_feed_source *source, struct ocs_feed *feed,
                              struct ocs_error *error)
{
    *feed = (struct ocs_feed){.context = context, .source = source};
    return source->synth ? ocs_synth_open(source->synth, &feed->desk, error) : OCS_OK;
}

enum ocs_status ocs_feed_start(struct ocs_feed *feed, const struct ocs_part *part,
                               struct ocs_error *error)
{
    if (feed->desk)
        return OCS_OK;
    ocs_reader_close(feed->reader);
    feed->reader = NULL;
    return ocs_reader_open(feed->context->reading, feed->source->volume, part, &feed->reader,
                           error);
}

enum ocs_status ocs_feed_rows(struct ocs_feed *feed, uint64_t z, uint64_t y, uint64_t rows,
                              float *to, struct ocs_error *error)
{
    if (!feed->desk)
        return ocs_reader_rows(feed->reader, rows, to, error);
    const enum ocs_status status = ocs_synth_load(feed->desk, z, error);
    if (status == OCS_OK)
        ocs_synth_rows(feed->desk, y, rows, to);
    return status;
}

enum ocs_status ocs_feed_finish(struct ocs_feed *feed, struct ocs_error *error)
{
    return feed->reader ? ocs_reader_check(feed->reader, error) : OCS_OK;
}

void ocs_feed_close(struct ocs_feed *feed)
{
    ocs_reader_close(feed->reader);
    ocs_synth_close(feed->desk);
    *feed = (struct ocs_feed){0};
}
