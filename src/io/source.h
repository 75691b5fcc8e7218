/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SOURCE_H
#define OCS_SOURCE_H

/* Bytes that can be read at any position: a regular file, by positioned reads or as a mapping, or
 * what a URL names, by ranges (http.h). A source may be used by many threads at once. */

#include "occustream/error.h"
#include "occustream/limits.h"
#include "occustream/options.h"

#include <stdbool.h>

struct ocs_budget;
struct ocs_source;

/* Opens `path` for reading; "-" is standard input, fine when it is a regular file; http://,
 * https://, s3:// and emdb: are URLs (location.h). OCS_IO for what cannot be opened, OCS_BAD_INPUT
 * for folders, pipes, devices, sockets (each named). Remembers size and identity. */
OCS_MUST_USE enum ocs_status ocs_source_open(const char *path, enum ocs_io_mode io,
                                             struct ocs_source **source_ret,
                                             struct ocs_error *error);
void ocs_source_close(struct ocs_source *source); /* NULL is fine */

uint64_t ocs_source_bytes(const struct ocs_source *source);
const char *ocs_source_path(const struct ocs_source *source); /* "standard input" for "-"; a URL
                                                                 without what is secret in it */

/* Whether only the first kilobyte may be read at any time, and the whole only once, by one stream
 * from the beginning: what a server gives that gives no parts. Its size may be UINT64_MAX then: the
 * stream ends where the bytes end. */
bool ocs_source_comes_once(const struct ocs_source *source);

/* Whether it is what a URL names. */
bool ocs_source_is_far(const struct ocs_source *source);

/* Over how many connections a URL is read, 1 to OCS_CONNECTIONS_MAX; 4 without this call. Nothing
 * for files. To be called before the source is used. */
void ocs_source_set_connections(struct ocs_source *source, unsigned connections);

/* Memory that a URL takes and no budget gives: its connections, its certificates. 0 for files. What
 * the first URL adds to a process by loading libcurl comes to it, OCS_URL_LIBRARY_BYTES. Measured;
 * see docs/performance.md. */
uint64_t ocs_source_outside_bytes(const struct ocs_source *source);
#define OCS_URL_LIBRARY_BYTES (UINT64_C(8) << 20)

/* Keeps the bytes [offset, offset + bytes) of a URL's file in memory as they come, which is from
 * now on (http_stock.h): they are asked for once, however often they are read. The server must give
 * parts, and there must be so many bytes. To be taken away before `budget` is destroyed, when no
 * stream is open; what was still to come is then interrupted, and the source with it. */
uint64_t ocs_source_stock_need(const struct ocs_source *source, uint64_t bytes);
OCS_MUST_USE enum ocs_status ocs_source_stock(struct ocs_source *source, struct ocs_budget *budget,
                                              uint64_t offset, uint64_t bytes,
                                              struct ocs_error *error);
void ocs_source_unstock(struct ocs_source *source); /* one without a stock is fine */

/* Makes all reads of a URL under way or to come end with OCS_CANCELLED. Nothing for files, whose
 * reads end soon by themselves. Any thread. */
void ocs_source_interrupt(const struct ocs_source *source);

/* What a server says of the state of a URL's file: its validators, as one line; empty for files. */
enum { OCS_SOURCE_STATE_BYTES = 336 };
void ocs_source_state(const struct ocs_source *source, char state_ret[OCS_SOURCE_STATE_BYTES]);

/* Whether streams on it hand out a mapping. */
int ocs_source_is_mapped(const struct ocs_source *source);

/* Reads exactly `bytes` at `offset`, waiting for them. OCS_BAD_INPUT when the file ends before (it
 * was cut under way: says so), OCS_IO when reading fails. */
OCS_MUST_USE enum ocs_status ocs_source_read(const struct ocs_source *source, uint64_t offset,
                                             void *buffer, uint64_t bytes, struct ocs_error *error);

#endif
