#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints solvent_recorded.h: what SciPy's curve_fit and NumPy make of the values that solvent_values.h also makes.

Written from docs/algorithm.md, steps 6 and 8, for both rule sets.
"""
import math

import numpy as np
import scipy
from scipy.optimize import curve_fit

BINS, VALUES, REGION = 1000, 60000, 40000


def values():
    state, out = 1, []

    def uniform():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xffffffffffffffff
        return state >> 48
    for i in range(VALUES):
        noise = sum(uniform() for _ in range(6)) - 6 * 32768
        content = 8 * uniform() if i % 12 == 0 else 0
        out.append((noise + content) / 2 ** 23)
    return np.array(out, np.float32)


def gauss(x, s, m, w):
    return s * np.exp(-(x - m) ** 2 / (2 * w * w))


def fit_solvent(v):
    a, b = np.histogram(v, BINS, density=True)
    p = c = int(np.argmax(a))
    while c < BINS - 1 and a[c] >= a[p] / math.e:
        c += 1
    x = np.linspace(v.min(), v.max(), BINS)
    fit = curve_fit(gauss, x, a, p0=[a[p], b[p], (c - p) * (b[1] - b[0])])[0]
    fit[2] = abs(fit[2])
    return a, b, x, fit


def limits(a, b, x, fit, reference):
    unit, tol = (1.0, 1e-3) if reference else (fit[0], 1e-5)
    a, model = a / unit, gauss(x, *fit) / unit
    content = (a + tol - np.maximum(model, tol ** 2)) / (a + tol)
    return b[np.flatnonzero(content <= .01)[-1] + 1], b[np.flatnonzero(model >= tol ** 3)[-1]]


def confidence(v, fit, reference, hedge):
    a, b = np.histogram(v, BINS, density=True)
    eps = .01 if reference else 1e-4 * fit[0]
    model = gauss(b if reference else b.astype(float), *fit)[:-1]
    c, d = (a + eps - np.maximum(model, 0)) / (a + eps), 0.0
    for i in range(BINS - 2, -1, -1):
        c[i] = min(c[i], c[i + 1], c[i + 1] - d)
        d = c[i + 1] - c[i]
        if i and c[i - 1] <= 0:
            c[:i - 1] = 0
            break
    if hedge > 1:
        c = (c if reference else np.clip(c, 0, 1)) ** hedge
    return c, b[BINS - np.count_nonzero(c > .5)]


v = values()
a, b, x, fit = fit_solvent(v[:REGION])
print('/* SPDX-License-Identifier: GPL-3.0-or-later */')
print('/* Made by record_solvent.py with NumPy %s and SciPy %s. */' % (np.__version__, scipy.__version__))
print('static const struct ocs_gaussian recorded_fit = {%.17g, %.17g, %.17g};' % tuple(fit))
print('/* [rule set: 0 default, 1 reference] {content_at_1pct, solvent_edge} */')
print('static const double recorded_limits[2][2] = {%s};' % ', '.join(
    '{%.17g, %.17g}' % limits(a, b, x, fit, r) for r in (0, 1)))
print('/* Every eighth entry of the curve. */')
print('static const struct {\n    int reference;\n    double hedge, limit_grey, curve[125];\n} recorded_confidence[] = {')
for reference in 0, 1:
    for hedge in 1, 2, 3:
        c, limit = confidence(v, fit, reference, hedge)
        print('    {%d, %d, %.17g, {%s}},' % (reference, hedge, limit, ', '.join('%.10g' % y for y in c[::8])))
print('};')
