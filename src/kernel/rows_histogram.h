/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Part of rows_body.h: finding bins is vectors, counting them is not. */

enum { INDEX_BLOCK = 64 }; /* bin numbers found before they are counted */

/* Returns whether some may be wrong: those near an edge, and outside. */
static int guess_bins(const struct ocs_binning *binning, const float *restrict row, size_t n,
                      int32_t *restrict index)
{
    const float min = binning->edge[0], last = (float)(binning->bins - 1);
    const float factor = binning->factor, doubt = binning->doubt;
    int32_t unsure = 0;
    for (size_t i = 0; i < n; ++i) {
        const float place = clip((row[i] - min) * factor, 0, last);
        const int32_t b = (int32_t)place;
        const float part = place - (float)b;
        unsure |= !(smaller(part, 1 - part) > doubt);
        index[i] = b;
    }
    return unsure;
}

static void correct_bins(const struct ocs_binning *binning, const float *restrict row, size_t n,
                         int32_t *restrict index)
{
    const float *restrict const edge = binning->edge;
    const int32_t bins = binning->bins;
    for (size_t i = 0; i < n; ++i) {
        int32_t b = index[i];
        b -= (row[i] < edge[b]) & (b != 0);
        b += (row[i] >= edge[b + 1]) & (b != bins - 1);
        index[i] = b;
    }
}

/* A count that was just written is not ready to be read for some cycles: with a table for each of
 * four neighbours, equal ones do not wait for each other. */
static void count_bins(const int32_t *index, size_t n, int32_t bins, uint64_t *counts)
{
    uint64_t *const second = counts + bins, *const third = second + bins;
    uint64_t *const fourth = third + bins;
    size_t i = 0;
    for (; i + OCS_COUNT_TABLES <= n; i += OCS_COUNT_TABLES) {
        ++counts[index[i]];
        ++second[index[i + 1]];
        ++third[index[i + 2]];
        ++fourth[index[i + 3]];
    }
    for (; i < n; ++i)
        ++counts[index[i]];
}

static void histogram(const struct ocs_binning *binning, const float *row, uint64_t n,
                      uint64_t *counts)
{
    int32_t index[INDEX_BLOCK];
    for (uint64_t start = 0; start < n; start += INDEX_BLOCK) {
        const size_t block = n - start < INDEX_BLOCK ? (size_t)(n - start) : INDEX_BLOCK;
        if (guess_bins(binning, row + start, block, index))
            correct_bins(binning, row + start, block, index);
        count_bins(index, block, binning->bins, counts);
    }
}
