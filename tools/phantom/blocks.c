/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "blocks.h"

#include "file_header.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_PLANES = 32, BLOCK_ROWS = 64, SECTION_VOXELS = 1 << 17 };

struct job {
    const struct phantom *phantom;
    int map, labels;      /* file descriptors, labels -1 when not wanted             */
    int64_t planes, rows; /* of a block                                              */
    int64_t rows_of_blocks, blocks;
    struct phantom_result *results; /* one a block                                             */
    atomic_int_fast64_t next;       /* block nobody has taken yet                              */
    atomic_int failed;              /* errno of a failure                                      */
};

struct worker {
    struct job *job;
    float *density, *work;
    unsigned char *bytes; /* one section of a block, as stored */
};

static struct phantom_block block_at(const struct job *job, int64_t index)
{
    const int64_t *box = job->phantom->options->box;
    const int64_t z = index / job->rows_of_blocks * job->planes;
    const int64_t y = index % job->rows_of_blocks * job->rows;
    const int64_t nz = box[AXIS_Z] - z, ny = box[AXIS_Y] - y;
    return (struct phantom_block){z, y, nz < job->planes ? nz : job->planes,
                                  ny < job->rows ? ny : job->rows, box[AXIS_X]};
}

int phantom_write_at(int file, const unsigned char *bytes, int64_t count, int64_t offset)
{
    while (count > 0) {
        const ssize_t written = pwrite(file, bytes, (size_t)count, offset);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            bytes += written;
            count -= written;
            offset += written;
        }
    }
    return 0;
}

static int64_t offset_of(const struct phantom_block *block, const int64_t box[3], int64_t z,
                         int64_t voxel_bytes)
{
    return PHANTOM_HEADER_BYTES +
           ((block->z + z) * box[AXIS_Y] + block->y) * box[AXIS_X] * voxel_bytes;
}

static int write_map_sections(const struct worker *worker, const struct phantom_block *block,
                              struct phantom_stats *stats)
{
    const struct phantom *phantom = worker->job->phantom;
    const int64_t section = block->ny * block->nx;
    const int64_t size = phantom_voxel_bytes(phantom->encoding.mode);
    int error = 0;
    for (int64_t z = 0; z < block->nz && error == 0; ++z) {
        phantom_encode(&phantom->encoding, worker->density + z * section, section, worker->bytes,
                       stats);
        error = phantom_write_at(worker->job->map, worker->bytes, section * size,
                                 offset_of(block, phantom->options->box, z, size));
    }
    return error;
}

static int write_label_sections(const struct worker *worker, const struct phantom_block *block,
                                uint64_t *counts)
{
    const struct phantom *phantom = worker->job->phantom;
    int error = 0;
    for (int64_t z = 0; z < block->nz && error == 0; ++z) {
        for (int64_t y = 0; y < block->ny; ++y)
            phantom_domains_label_row(&phantom->domains, block->z + z, block->y + y, block->nx,
                                      (signed char *)worker->bytes + y * block->nx, counts);
        if (worker->job->labels >= 0)
            error = phantom_write_at(worker->job->labels, worker->bytes, block->ny * block->nx,
                                     offset_of(block, phantom->options->box, z, 1));
    }
    return error;
}

static int make_block(const struct worker *worker, int64_t index)
{
    const struct phantom *phantom = worker->job->phantom;
    const struct phantom_block block = block_at(worker->job, index);
    struct phantom_result *result = &worker->job->results[index];
    result->stats = phantom_stats_none();
    memset(worker->density, 0, (size_t)(block.nz * block.ny * block.nx) * sizeof(float));
    phantom_atoms_draw(&phantom->atoms, &phantom->domains, &block, worker->density);
    if (phantom->noise_sigma > 0)
        phantom_noise_add(&phantom->noise, &block, worker->work, worker->density);
    const int error = write_map_sections(worker, &block, &result->stats);
    return error ? error : write_label_sections(worker, &block, result->counts);
}

static int worker_allocate(struct worker *worker)
{
    const struct phantom_block largest = block_at(worker->job, 0);
    const int64_t section = largest.ny * largest.nx;
    const int64_t work = phantom_noise_work(&worker->job->phantom->noise, &largest);
    worker->density = malloc((size_t)(largest.nz * section) * sizeof(float));
    worker->work = malloc((size_t)work * sizeof(float));
    worker->bytes = malloc((size_t)(section * PHANTOM_VOXEL_BYTES_MOST));
    return worker->density && worker->work && worker->bytes ? 0 : ENOMEM;
}

static void *work(void *argument)
{
    struct job *job = argument;
    struct worker worker = {.job = job};
    int error = worker_allocate(&worker);
    while (error == 0 && atomic_load(&job->failed) == 0) {
        const int64_t index = atomic_fetch_add(&job->next, 1);
        if (index >= job->blocks)
            break;
        error = make_block(&worker, index);
    }
    if (error)
        atomic_store(&job->failed, error);
    free(worker.bytes);
    free(worker.work);
    free(worker.density);
    return NULL;
}

/* This thread is one of them, so a system that refuses more only makes it slower. */
static void run_workers(struct job *job, unsigned threads)
{
    pthread_t helper[PHANTOM_MAX_THREADS];
    unsigned started = 0;
    while (started + 1 < threads && pthread_create(&helper[started], NULL, work, job) == 0)
        ++started;
    work(job);
    for (unsigned i = 0; i < started; ++i)
        pthread_join(helper[i], NULL);
}

static void cut_into_blocks(struct job *job)
{
    const int64_t *box = job->phantom->options->box;
    const int64_t rows = SECTION_VOXELS / box[AXIS_X];
    job->planes = BLOCK_PLANES;
    job->rows = rows < 2 ? 2 : rows > BLOCK_ROWS ? BLOCK_ROWS : rows;
    job->rows_of_blocks = (box[AXIS_Y] + job->rows - 1) / job->rows;
    job->blocks = (box[AXIS_Z] + job->planes - 1) / job->planes * job->rows_of_blocks;
}

static struct phantom_result merge(const struct job *job)
{
    struct phantom_result total = {.stats = phantom_stats_none()};
    for (int64_t i = 0; i < job->blocks; ++i) {
        total.stats = phantom_stats_merge(total.stats, job->results[i].stats);
        for (unsigned domain = 0; domain < PHANTOM_MAX_DOMAINS; ++domain)
            total.counts[domain] += job->results[i].counts[domain];
    }
    return total;
}

int phantom_make_blocks(const struct phantom *phantom, int map, int labels,
                        struct phantom_result *total_ret)
{
    const unsigned threads = phantom->options->threads;
    assert(threads >= 1 && threads <= PHANTOM_MAX_THREADS);
    struct job job = {.phantom = phantom, .map = map, .labels = labels};
    cut_into_blocks(&job);
    job.results = calloc((size_t)job.blocks, sizeof *job.results);
    if (!job.results)
        return ENOMEM;
    run_workers(&job, threads);
    *total_ret = merge(&job);
    free(job.results);
    return atomic_load(&job.failed);
}
