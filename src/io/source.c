/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "source_internal.h"

#include "checked.h"
#include "fail.h"
#include "location.h"
#include "positioned.h"
#include "retry.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ocs_source {
    struct ocs_http_stock *stock; /* of a URL; NULL: none */
    struct ocs_http *http;        /* NULL: a file; otherwise nothing of what follows is used */
    int descriptor;
    char *path;
    struct stat opened; /* size and identity as they were on opening */
    struct ocs_mapping mapping;
};

static const char *kind_refused(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return NULL;
    case S_IFDIR:
        return "a folder";
    case S_IFIFO:
        return "a pipe";
    case S_IFSOCK:
        return "a socket";
    case S_IFBLK:
    case S_IFCHR:
        return "a device";
    default:
        return "no regular file";
    }
}

/* The kind comes from stat alone: an event loop's guess takes /dev/null for a file. */
static enum ocs_status check_kind(const struct stat *about, const char *path,
                                  struct ocs_error *error)
{
    const char *const kind = kind_refused(about->st_mode);
    if (!kind)
        return OCS_OK;
    ocs_fail(error, OCS_BAD_INPUT, "opening", path, "it is %s, which holds no map", kind);
    ocs_advise(error, S_ISDIR(about->st_mode) ? "give a file in it" : "give a file or a pipe");
    return OCS_BAD_INPUT;
}

/* Looking before opening: opening a device may do something, opening a socket says nothing useful.
 * What is opened is looked at again, and O_NONBLOCK keeps a pipe that got in between from hanging.
 */
static enum ocs_status open_path(struct ocs_source *source, struct ocs_error *error)
{
    if (stat(source->path, &source->opened) != 0)
        return ocs_fail_system(error, "opening", source->path, errno);
    const enum ocs_status status = check_kind(&source->opened, source->path, error);
    if (status != OCS_OK)
        return status;
    source->descriptor =
        ocs_open_at(AT_FDCWD, source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    if (source->descriptor < 0)
        return ocs_fail_system(error, "opening", source->path, errno);
    return OCS_OK;
}

static enum ocs_status open_standard_input(struct ocs_source *source, struct ocs_error *error)
{
    source->descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (source->descriptor < 0)
        return ocs_fail_system(error, "opening", source->path, errno);
    return OCS_OK;
}

static enum ocs_status open_source(struct ocs_source *source, bool standard_input,
                                   struct ocs_error *error)
{
    const enum ocs_status status =
        standard_input ? open_standard_input(source, error) : open_path(source, error);
    if (status != OCS_OK)
        return status;
    if (fstat(source->descriptor, &source->opened) != 0)
        return ocs_fail_system(error, "opening", source->path, errno);
    return check_kind(&source->opened, source->path, error);
}

/* Automatic mode reads. A mapping can be twice as fast or five times as slow, all depending on how
 * the file got into the system's cache (large pages or single ones), and it waits for a slow disk
 * where reads run ahead. */
static enum ocs_status map_if_wanted(struct ocs_source *source, enum ocs_io_mode io,
                                     struct ocs_error *error)
{
    if (io != OCS_IO_MMAP || source->opened.st_size == 0)
        return OCS_OK;
    const int failure =
        ocs_mapping_open(source->descriptor, (uint64_t)source->opened.st_size, &source->mapping);
    if (!failure)
        return OCS_OK;
    ocs_fail_system(error, "mapping", source->path, failure);
    ocs_advise(error, "use --io read");
    return error->status;
}

static enum ocs_status open_url(const char *location, struct ocs_source **source_ret,
                                struct ocs_error *error)
{
    struct ocs_source *const source = calloc(1, sizeof *source);
    if (!source)
        return ocs_fail(error, OCS_LIMIT, "opening", NULL, "no memory");
    source->descriptor = -1;
    const enum ocs_status status = ocs_http_open(location, &source->http, error);
    if (status == OCS_OK)
        *source_ret = source;
    else
        free(source);
    return status;
}

enum ocs_status ocs_source_open(const char *path, enum ocs_io_mode io,
                                struct ocs_source **source_ret, struct ocs_error *error)
{
    if (ocs_location_kind(path) != OCS_LOCATION_PATH)
        return open_url(path, source_ret, error);
    const bool standard_input = strcmp(path, "-") == 0;
    struct ocs_source *const source = calloc(1, sizeof *source);
    char *const name = strdup(standard_input ? "standard input" : path);
    if (!source || !name) {
        free(source);
        free(name);
        return ocs_fail_system(error, "opening", path, ENOMEM);
    }
    source->descriptor = -1;
    source->path = name;
    enum ocs_status status = open_source(source, standard_input, error);
    if (status == OCS_OK)
        status = map_if_wanted(source, io, error);
    if (status != OCS_OK) {
        ocs_source_close(source);
        return status;
    }
    *source_ret = source;
    return OCS_OK;
}

void ocs_source_close(struct ocs_source *source)
{
    if (!source)
        return;
    assert(!source->stock);
    ocs_http_close(source->http);
    ocs_mapping_close(&source->mapping);
    if (source->descriptor >= 0)
        close(source->descriptor);
    free(source->path);
    free(source);
}

uint64_t ocs_source_bytes(const struct ocs_source *source)
{
    return source->http ? ocs_http_bytes(source->http) : (uint64_t)source->opened.st_size;
}

const char *ocs_source_path(const struct ocs_source *source)
{
    return source->http ? ocs_http_shown(source->http) : source->path;
}

bool ocs_source_comes_once(const struct ocs_source *source)
{
    return source->http && ocs_http_comes_once(source->http);
}

void ocs_source_set_connections(struct ocs_source *source, unsigned connections)
{
    if (source->http)
        ocs_http_set_connections(source->http, connections);
}

uint64_t ocs_source_outside_bytes(const struct ocs_source *source)
{
    return source->http ? ocs_http_outside_bytes(source->http) : 0;
}

uint64_t ocs_source_stock_need(const struct ocs_source *source, uint64_t bytes)
{
    return ocs_http_stock_need(bytes, ocs_http_connections(source->http));
}

enum ocs_status ocs_source_stock(struct ocs_source *source, struct ocs_budget *budget,
                                 uint64_t offset, uint64_t bytes, struct ocs_error *error)
{
    return ocs_http_stock_open(source->http, budget, offset, bytes, &source->stock, error);
}

void ocs_source_unstock(struct ocs_source *source)
{
    ocs_http_stock_close(source->stock);
    source->stock = NULL;
}

struct ocs_http_stock *ocs_source_stocked(const struct ocs_source *source)
{
    return source->stock;
}

void ocs_source_interrupt(const struct ocs_source *source)
{
    if (source->http)
        ocs_http_interrupt(source->http);
}

void ocs_source_state(const struct ocs_source *source, char state_ret[OCS_SOURCE_STATE_BYTES])
{
    state_ret[0] = '\0';
    if (source->http)
        ocs_http_state(source->http, state_ret, OCS_SOURCE_STATE_BYTES);
}

bool ocs_source_is_far(const struct ocs_source *source)
{
    return source->http != NULL;
}

struct ocs_http *ocs_source_http(const struct ocs_source *source)
{
    return source->http;
}

int ocs_source_is_mapped(const struct ocs_source *source)
{
    return source->mapping.start != NULL;
}

const struct ocs_mapping *ocs_source_mapping(const struct ocs_source *source)
{
    return &source->mapping;
}

int ocs_source_descriptor(const struct ocs_source *source)
{
    return source->descriptor;
}

enum ocs_status ocs_source_fail_cut(const struct ocs_source *source, uint64_t at,
                                    struct ocs_error *error)
{
    struct stat now;
    if (fstat(source->descriptor, &now) == 0)
        at = ocs_min_u64(at, (uint64_t)now.st_size);
    ocs_fail(error, OCS_BAD_INPUT, "reading", source->path,
             "the file was cut to %llu bytes while it was read", (unsigned long long)at);
    ocs_advise(error, "run again when nothing writes to it any more");
    return OCS_BAD_INPUT;
}

enum ocs_status ocs_source_fail_read(const struct ocs_source *source, uint64_t at, int system,
                                     struct ocs_error *error)
{
    const enum ocs_status status = ocs_fail_system(error, "reading", source->path, system);
    error->offset = (int64_t)at;
    return status;
}

static bool is_older(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Written to, perhaps where it was read already: earlier and later passes would see two maps. */
static enum ocs_status fail_changed(const struct ocs_source *source, struct ocs_error *error)
{
    ocs_fail(error, OCS_BAD_INPUT, "reading", source->path,
             "the file was changed while it was read");
    ocs_advise(error, "run again when nothing writes to it any more");
    return OCS_BAD_INPUT;
}

enum ocs_status ocs_source_check(const struct ocs_source *source, struct ocs_error *error)
{
    struct stat now;
    if (source->http) /* checked with every answer */
        return OCS_OK;
    if (fstat(source->descriptor, &now) != 0)
        return ocs_fail_system(error, "reading", source->path, errno);
    if (now.st_size < source->opened.st_size)
        return ocs_source_fail_cut(source, (uint64_t)now.st_size, error);
    if (ocs_mapping_is_broken(&source->mapping))
        return ocs_fail(error, OCS_IO, "reading", source->path,
                        "a part of the mapped file could not be read");
    return is_older(&source->opened.st_mtim, &now.st_mtim) ? fail_changed(source, error) : OCS_OK;
}

enum ocs_status ocs_source_read(const struct ocs_source *source, uint64_t offset, void *buffer,
                                uint64_t bytes, struct ocs_error *error)
{
    const uint64_t size = ocs_source_bytes(source);
    if (offset > size || bytes > size - offset)
        return ocs_fail(error, OCS_BAD_INPUT, "reading", ocs_source_path(source),
                        "%llu bytes from byte %llu on are needed, but the file has %llu bytes",
                        (unsigned long long)bytes, (unsigned long long)offset,
                        (unsigned long long)size);
    if (source->stock && ocs_http_stock_has(source->stock, offset, bytes))
        return ocs_http_stock_read(source->stock, offset, buffer, bytes, error);
    if (source->http)
        return ocs_http_read(source->http, offset, buffer, bytes, error);
    if (ocs_mapping_is_broken(
            &source->mapping)) /* what was seen of the file is in doubt as a whole */
        return ocs_source_check(source, error);
    uint64_t done;
    const int failure = ocs_read_at(source->descriptor, offset, buffer, bytes, &done);
    if (failure)
        return ocs_source_fail_read(source, offset + done, failure, error);
    return done < bytes ? ocs_source_fail_cut(source, offset + done, error) : OCS_OK;
}
