/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "blocks.h"
#include "file_header.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_header(int file, const struct phantom_header *header)
{
    unsigned char bytes[PHANTOM_HEADER_BYTES];
    phantom_header_pack(header, bytes);
    return phantom_write_at(file, bytes, PHANTOM_HEADER_BYTES, 0);
}

static int write_map_header(const struct phantom *phantom, int file,
                            const struct phantom_stats *stats)
{
    const struct phantom_options *options = phantom->options;
    char label[PHANTOM_LABEL_BYTES];
    snprintf(label, sizeof label, "phantom: %u domains, seed %" PRIu64, options->domain_count,
             options->seed);
    struct phantom_header header = {
        .mode = options->mode, .big_endian = options->big_endian, .stats = *stats, .label = label};
    memcpy(header.box, options->box, sizeof header.box);
    memcpy(header.voxel, options->voxel, sizeof header.voxel);
    return write_header(file, &header);
}

static struct phantom_stats label_stats(const struct phantom *phantom)
{
    struct phantom_stats stats = {0};
    for (unsigned i = 0; i < phantom->domains.count; ++i) {
        const double label = i + 1, count = (double)phantom->counts[i];
        stats.max = phantom->counts[i] ? label : stats.max;
        stats.sum += count * label;
        stats.squares += count * label * label;
    }
    return stats;
}

static int write_label_header(const struct phantom *phantom, int file)
{
    const struct phantom_options *options = phantom->options;
    struct phantom_header header = {.stats = label_stats(phantom),
                                    .label = "phantom: domain labels"};
    memcpy(header.box, options->box, sizeof header.box);
    memcpy(header.voxel, options->voxel, sizeof header.voxel);
    return write_header(file, &header);
}

static int create(const char *path, int *file_ret)
{
    *file_ret = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return *file_ret < 0 ? errno : 0;
}

/* 0 or the error of whichever came first. */
static int close_file(int file, int error)
{
    const int closing = file >= 0 && close(file) != 0 ? errno : 0;
    return error ? error : closing;
}

/* Not a device somebody named as output. */
static void remove_file(const char *path)
{
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISREG(status.st_mode))
        unlink(path);
}

static int fill_files(struct phantom *phantom, int map, int labels)
{
    struct phantom_result total;
    int error = phantom_make_blocks(phantom, map, labels, &total);
    if (error)
        return error;
    memcpy(phantom->counts, total.counts, sizeof phantom->counts);
    error = write_map_header(phantom, map, &total.stats);
    return error || labels < 0 ? error : write_label_header(phantom, labels);
}

bool phantom_write(struct phantom *phantom)
{
    const struct phantom_options *options = phantom->options;
    int map = -1, labels = -1;
    int error = create(options->out, &map);
    if (error == 0 && options->labels)
        error = create(options->labels, &labels);
    if (error == 0)
        error = fill_files(phantom, map, labels);
    error = close_file(map, error);
    error = close_file(labels, error);
    if (error == 0)
        return true;
    fprintf(stderr, "phantom: writing %s: %s\n", options->out, strerror(error));
    remove_file(options->out);
    if (options->labels)
        remove_file(options->labels);
    return false;
}
