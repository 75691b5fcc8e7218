/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Part of rows_body.h: finding bins is vectors, counting them is not. */

enum {
    INDEX_BLOCK = 512, /* bin numbers found before they are counted */
    TABLES = 4,        /* count tables side by side, so that equal neighbours do not wait */
    TABLE_BINS = 1024,
    TABLES_FROM = 2048, /* row length from which clearing and adding up the tables pays */
};

static void find_bins(const float *restrict row, size_t n, const float *restrict edge, int32_t bins,
                      float factor, int32_t *restrict index)
{
    const float min = edge[0], last = (float)(bins - 1);
    for (size_t i = 0; i < n; ++i) {
        int32_t b = (int32_t)clip((row[i] - min) * factor, 0, last);
        b -= (row[i] < edge[b]) & (b != 0);
        b += (row[i] >= edge[b + 1]) & (b != bins - 1);
        index[i] = b;
    }
}

static void count_short(const float *row, uint64_t n, const float *edge, int32_t bins, float factor,
                        uint64_t *counts)
{
    int32_t index[INDEX_BLOCK];
    for (uint64_t start = 0; start < n; start += INDEX_BLOCK) {
        const size_t block = n - start < INDEX_BLOCK ? (size_t)(n - start) : INDEX_BLOCK;
        find_bins(row + start, block, edge, bins, factor, index);
        for (size_t i = 0; i < block; ++i)
            ++counts[index[i]];
    }
}

/* At most COUNT_BLOCK values. */
static void count_long(const float *row, uint64_t n, const float *edge, int32_t bins, float factor,
                       uint64_t *counts)
{
    uint32_t tables[TABLES][TABLE_BINS] = {{0}};
    int32_t index[INDEX_BLOCK];
    for (uint64_t start = 0; start < n; start += INDEX_BLOCK) {
        const size_t block = n - start < INDEX_BLOCK ? (size_t)(n - start) : INDEX_BLOCK;
        find_bins(row + start, block, edge, bins, factor, index);
        size_t i = 0;
        for (; i + TABLES <= block; i += TABLES)
            for (size_t t = 0; t < TABLES; ++t)
                ++tables[t][index[i + t]];
        for (; i < block; ++i)
            ++tables[0][index[i]];
    }
    for (int32_t b = 0; b < bins; ++b)
        for (size_t t = 0; t < TABLES; ++t)
            counts[b] += tables[t][b];
}

static void histogram(const float *row, uint64_t n, const float *edge, int32_t bins, float factor,
                      uint64_t *counts)
{
    if (n < TABLES_FROM || bins > TABLE_BINS) {
        count_short(row, n, edge, bins, factor, counts);
        return;
    }
    for (uint64_t start = 0; start < n; start += COUNT_BLOCK) {
        const uint64_t block = n - start < COUNT_BLOCK ? n - start : COUNT_BLOCK;
        count_long(row + start, block, edge, bins, factor, counts);
    }
}
