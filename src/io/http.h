/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_H
#define OCS_HTTP_H

/* A file behind a URL, read by ranges of bytes if the server gives such. It has a loop of its own,
 * on which libcurl keeps a few connections busy. Answers are checked: a file that changes while it
 * is read is an error. Broken connections, overloaded servers and stalls are tried again, from the
 * byte reached, for as long as OCCUSTREAM_PATIENCE seconds (120) without a byte. */

#include "occustream/error.h"

#include <stdbool.h>
#include <stddef.h>

struct ocs_http;
struct ocs_http_object;
struct ocs_loop;

enum { OCS_HTTP_HEAD_BYTES = 1024 };

/* Bytes [offset, offset + bytes) of the file, at least one, into `to`, which holds as many. The
 * caller fills these six, and owns the struct until `done` is called: once, on the loop's thread,
 * never from within the call that started it. */
struct ocs_http_transfer {
    uint64_t offset, bytes;
    unsigned char *to;
    struct ocs_http_object *object; /* NULL: the file itself */
    void (*done)(struct ocs_http_transfer *transfer);
    void (*progress)(struct ocs_http_transfer *transfer); /* more was received; NULL: nobody asks */

    uint64_t received;      /* from the front; never less than before where there are parts */
    enum ocs_status status; /* of the whole; `error` is filled when it failed */
    struct ocs_error error;
    struct ocs_http_transfer *next;
};

/* Loads what URLs need now rather than when the first is opened, for a process that soon may read
 * little else. What is missing shows when one is opened. */
void ocs_http_prepare(void);

/* `location` is no path (location.h). Asks for the first OCS_HTTP_HEAD_BYTES. OCS_IO when that
 * fails, OCS_USAGE when the URL makes no sense. */
OCS_MUST_USE enum ocs_status ocs_http_open(const char *location, struct ocs_http **http_ret,
                                           struct ocs_error *error);

/* The same for a URL that other objects lie under (http_objects.h) and that is no file itself:
 * nothing is asked for, and no function for the file's bytes may be used. */
OCS_MUST_USE enum ocs_status ocs_http_open_base(const char *location, struct ocs_http **http_ret,
                                                struct ocs_error *error);

/* All transfers must have ended. NULL is fine. */
void ocs_http_close(struct ocs_http *http);

/* Whether the server gives the file only as a whole: then its first bytes may be read at any time,
 * and one sequence of transfers may go over all of it. */
bool ocs_http_comes_once(const struct ocs_http *http);

/* UINT64_MAX: this shows only at the end, where a transfer receives less than it asked for. */
uint64_t ocs_http_bytes(const struct ocs_http *http);

/* The validators of its state as the server gave them: entity tag and date, both may be missing. */
void ocs_http_state(const struct ocs_http *http, char *state_ret, size_t state_bytes);
const char *ocs_http_shown(const struct ocs_http *http); /* nothing secret in it */
struct ocs_loop *ocs_http_loop(const struct ocs_http *http);

/* How many transfers are under way at once, 1 to OCS_CONNECTIONS_MAX; 4 without this call. */
void ocs_http_set_connections(struct ocs_http *http, unsigned connections);
unsigned ocs_http_connections(const struct ocs_http *http);
uint64_t ocs_http_outside_bytes(const struct ocs_http *http); /* see source.h */

/* On the loop's thread. The range must be within the file; see ocs_http_comes_once. */
void ocs_http_start(struct ocs_http *http, struct ocs_http_transfer *transfer);

/* On any other thread: waits for the bytes, which must be within the file. OCS_IO for bytes behind
 * the first of a file that comes as a whole. */
OCS_MUST_USE enum ocs_status ocs_http_read(struct ocs_http *http, uint64_t offset, void *to,
                                           uint64_t bytes, struct ocs_error *error);

/* On any thread: all that is under way or begins later ends with OCS_CANCELLED. */
void ocs_http_interrupt(struct ocs_http *http);

#endif
