#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the table of numpy_histograms.h: what NumPy 1.24 makes of the data that test_histogram.c also makes.

Values are min + u * (max - min) in float32, u = 4096 multiples of 2^-24 from a linear congruential generator,
then every edge that numpy.linspace gives, its lower and its upper neighbour, all clipped to [min, max].
"""
import numpy as np

RANGES = [(-0.37, 1.13), (0, 1), (-1, 0), (1e-30, 3e-30), (1000, 1000.5), (1000, 1000.01), (-1.5e38, 1.5e38),
          (-0.033206582, 0.29134414), (1.17549435e-38, 1e-33), (-7.25, 123456.78)]


def hash64(array):
    h = 0xcbf29ce484222325
    for byte in array.tobytes():
        h = (h ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return h


def data(low, high):
    state, u = 1, []
    for _ in range(4096):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xffffffffffffffff
        u.append((state >> 40) / 2 ** 24)
    v = low + np.array(u, np.float32) * (high - low)
    edges = np.linspace(low, high, 1001, dtype=np.float32)
    up, down = np.float32(np.inf), np.float32(-np.inf)
    all_values = np.concatenate([v, edges, np.nextafter(edges, down), np.nextafter(edges, up)])
    return np.clip(all_values, low, high)


print('/* SPDX-License-Identifier: GPL-3.0-or-later */')
print('/* min, max, then of the edges, the counts and the densities: one entry, and FNV-1a over the bytes of all.')
print(' * Made by record_histogram.py with NumPy %s. */' % np.__version__)
for low, high in RANGES:
    low, high = np.float32(low), np.float32(high)
    v = data(low, high)
    assert v.dtype == np.float32 and v.min() == low and v.max() == high
    counts, edges = np.histogram(v, bins=1000)
    with np.errstate(divide='ignore', invalid='ignore'):
        density = np.histogram(v, bins=1000, density=True)[0]
    density = np.where(np.isfinite(density), density, -1)
    print('{%sF, %sF, %sF, 0x%xU, %d, 0x%xU, %s, 0x%xU},' % (
        float(low).hex(), float(high).hex(), float(edges[137]).hex(), hash64(edges), counts[137],
        hash64(counts.astype(np.uint64)), float(density[137]).hex(), hash64(density)))
