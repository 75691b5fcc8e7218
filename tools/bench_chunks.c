/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How small and how fast each codec makes chunks of 64 x 64 x 64 voxels of float32 maps, on one
 * thread. Chunks that are all 0 are left out, as they are in a store. Seconds are of the processor,
 * the least of several rounds.
 *
 * Usage: bench_chunks MAP...; maps of mode 2 in this machine's byte order. */
#include "chunk_codec.h"
#include "header.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SIDE = 64, CHUNK_BYTES = SIDE * SIDE * SIDE * sizeof(float), ROUNDS = 3 };

static const struct {
    const char *name;
    struct ocs_chunk_codec codec;
} codecs[] = {
    {"zstd 1", {OCS_CHUNK_ZSTD, .level = 1, .element_bytes = 4}},
    {"zstd 3", {OCS_CHUNK_ZSTD, .level = 3, .element_bytes = 4}},
#define BLOSC(title, number, what, how)                                                            \
    {                                                                                              \
        title,                                                                                     \
        {                                                                                          \
            OCS_CHUNK_BLOSC, .level = number, .element_bytes = 4, .blosc_inner = OCS_BLOSC_##what, \
                             .blosc_shuffle = OCS_BLOSC_##how                                      \
        }                                                                                          \
    }
    BLOSC("blosc zstd 1, shuffle", 1, ZSTD, BYTE_SHUFFLE),
    BLOSC("blosc zstd 3, shuffle", 3, ZSTD, BYTE_SHUFFLE),
    BLOSC("blosc zstd 1, bit shuffle", 1, ZSTD, BIT_SHUFFLE),
    BLOSC("blosc lz4 5, shuffle", 5, LZ4, BYTE_SHUFFLE),
    BLOSC("blosc lz4 5, bit shuffle", 5, LZ4, BIT_SHUFFLE),
#undef BLOSC
};

/* The chunks of a map that are not all 0, one after another. */
struct chunks {
    unsigned char *bytes;
    uint64_t count, empty;
};

static void give_up(const char *path, const char *why)
{
    fprintf(stderr, "bench_chunks: %s: %s\n", path, why);
    exit(1);
}

static void *claim(uint64_t bytes)
{
    void *const block = calloc(1, bytes);
    if (!block)
        give_up("memory", strerror(errno));
    return block;
}

static float *load(const char *path, struct ocs_mrc *mrc)
{
    struct ocs_error error;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    FILE *const file = fopen(path, "rb");
    if (!file || fread(header, 1, sizeof header, file) != sizeof header)
        give_up(path, strerror(errno));
    if (ocs_mrc_parse(header, sizeof header, UINT64_MAX, path, mrc, &error) != OCS_OK)
        give_up(path, error.what);
    if (mrc->header.mode != OCS_MODE_FLOAT32 || mrc->swapped)
        give_up(path, "not of mode 2 in this machine's byte order");
    float *const voxels = claim(mrc->volume_bytes);
    if (fseek(file, (long)mrc->data_offset, SEEK_SET) != 0 ||
        fread(voxels, 1, mrc->volume_bytes, file) != mrc->volume_bytes)
        give_up(path, "shorter than its header says");
    fclose(file);
    return voxels;
}

/* Says whether any of its voxels is not 0. */
static bool cut(const float *voxels, const struct ocs_box *box, const uint64_t at[3], float *chunk)
{
    bool any = false;
    memset(chunk, 0, CHUNK_BYTES);
    for (uint64_t z = at[0]; z < at[0] + SIDE && z < box->z; ++z)
        for (uint64_t y = at[1]; y < at[1] + SIDE && y < box->y; ++y)
            for (uint64_t x = at[2]; x < at[2] + SIDE && x < box->x; ++x) {
                const float voxel = voxels[(z * box->y + y) * box->x + x];
                chunk[((z - at[0]) * SIDE + y - at[1]) * SIDE + x - at[2]] = voxel;
                any = any || voxel != 0;
            }
    return any;
}

static struct chunks cut_all(const char *path)
{
    static struct ocs_mrc mrc;
    float *const voxels = load(path, &mrc);
    struct chunks chunks = {.count = 0};
    const uint64_t all = ((mrc.box.z + SIDE - 1) / SIDE) * ((mrc.box.y + SIDE - 1) / SIDE) *
                         ((mrc.box.x + SIDE - 1) / SIDE);
    chunks.bytes = claim(all * CHUNK_BYTES);
    for (uint64_t z = 0; z < mrc.box.z; z += SIDE)
        for (uint64_t y = 0; y < mrc.box.y; y += SIDE)
            for (uint64_t x = 0; x < mrc.box.x; x += SIDE)
                chunks.count += cut(voxels, &mrc.box, (const uint64_t[]){z, y, x},
                                    (float *)(void *)(chunks.bytes + chunks.count * CHUNK_BYTES));
    chunks.empty = all - chunks.count;
    free(voxels);
    return chunks;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Of one codec and one map. */
struct bench {
    struct ocs_chunk_packer *packer;
    struct ocs_chunk_unpacker *unpacker;
    unsigned char *packed, *plain;
    uint64_t packed_bytes;
    double pack_seconds, unpack_seconds;
};

static void check(enum ocs_status status, const struct ocs_error *error)
{
    if (status != OCS_OK)
        give_up(error->operation, error->what);
}

static void run_chunk(struct bench *bench, const unsigned char *plain)
{
    struct ocs_error error;
    uint64_t made = 0;
    const double start = seconds();
    check(ocs_chunk_pack(bench->packer, plain, CHUNK_BYTES, bench->packed, &made, &error), &error);
    const double middle = seconds();
    check(ocs_chunk_unpack(bench->unpacker, "", bench->packed, made, bench->plain, &error), &error);
    bench->unpack_seconds += seconds() - middle;
    bench->pack_seconds += middle - start;
    bench->packed_bytes += made;
    if (memcmp(bench->plain, plain, CHUNK_BYTES) != 0)
        give_up("a chunk", "did not come back");
}

static void run_codec(size_t which, const struct chunks *chunks)
{
    struct ocs_error error;
    struct ocs_budget *budget;
    const struct ocs_chunk_codec *const codec = &codecs[which].codec;
    struct bench bench = {.packed = claim(ocs_chunk_bound(codec, CHUNK_BYTES)),
                          .plain = claim(CHUNK_BYTES)};
    double pack = 1e9, unpack = 1e9;
    check(ocs_budget_create(UINT64_C(1) << 30, &budget, &error), &error);
    check(ocs_chunk_packer_open(budget, codec, CHUNK_BYTES, &bench.packer, &error), &error);
    check(ocs_chunk_unpacker_open(budget, codec, CHUNK_BYTES, &bench.unpacker, &error), &error);
    for (int round = 0; round < ROUNDS; ++round) {
        bench.packed_bytes = 0;
        bench.pack_seconds = bench.unpack_seconds = 0;
        for (uint64_t i = 0; i < chunks->count; ++i)
            run_chunk(&bench, chunks->bytes + i * CHUNK_BYTES);
        pack = bench.pack_seconds < pack ? bench.pack_seconds : pack;
        unpack = bench.unpack_seconds < unpack ? bench.unpack_seconds : unpack;
    }
    const double megabytes = 1e-6 * (double)(chunks->count * CHUNK_BYTES);
    printf("| %-25s | %6.3f | %6.0f | %6.0f |\n", codecs[which].name,
           1e6 * megabytes / (double)bench.packed_bytes, megabytes / pack, megabytes / unpack);
    ocs_chunk_packer_close(bench.packer);
    ocs_chunk_unpacker_close(bench.unpacker);
    ocs_budget_destroy(budget);
    free(bench.packed);
    free(bench.plain);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; ++i) {
        const struct chunks chunks = cut_all(argv[i]);
        printf("\n%s: %llu chunks, %llu more are all 0\n\n", argv[i],
               (unsigned long long)chunks.count, (unsigned long long)chunks.empty);
        printf("| codec                     |  ratio | packs, MB/s | unpacks, MB/s |\n");
        printf("|---|---|---|---|\n");
        for (size_t which = 0; chunks.count > 0 && which < sizeof codecs / sizeof codecs[0];
             ++which)
            run_codec(which, &chunks);
        free(chunks.bytes);
    }
    return argc > 1 ? 0 : 2;
}
