#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the coefficients in src/kernel/modify_rows.h and noise_rows.h come from.

Each polynomial interpolates its function at the Chebyshev points of its interval, which is within a small factor of
the best polynomial of that degree. Prints the coefficients, lowest first, and the largest error found on the interval.
"""
import numpy as np
from numpy.polynomial import Polynomial
from numpy.polynomial.chebyshev import Chebyshev

SQRT2 = np.sqrt(2.0)
ATANH_END = ((SQRT2 - 1) / (SQRT2 + 1)) ** 2  # square of s = (m - 1)/(m + 1) for m in [sqrt(1/2), sqrt(2)]
QUOTIENT_END = ((2**.5861 - 1) / (2**.5861 + 1)) ** 2  # the same for m in [2^-0.5861, 2^0.5861]
SIN_END = (np.pi / 4) ** 2


def atanh_over_s(factor):
    """factor * atanh(s)/s as a function of z = s^2; log m = 2 atanh(s)."""
    def function(z):
        s = np.sqrt(z)
        return factor * np.where(s > 1e-4, np.arctanh(s) / np.where(s > 0, s, 1), 1 + z / 3)
    return function


def exp2_slope(f):
    """(2^f - 1)/f, so that 2^0 stays 1."""
    x = f * np.log(2)
    return np.log(2) * np.where(np.abs(x) > 1e-8, np.expm1(x) / np.where(x != 0, x, 1), 1 + x / 2)


# Both are written to stay exact where the plain difference would cancel.
def sin_rest(z):
    """(sin(x)/x - 1)/z as a function of z = x^2, by its power series."""
    term, total = np.full_like(z, -1 / 6), np.zeros_like(z)
    for k in range(2, 12):
        total, term = total + term, -term * z / (2 * k * (2 * k + 1))
    return total


def cos_rest(z):
    """(cos(x) - 1)/z as a function of z = x^2, by its power series."""
    term, total = np.full_like(z, -1 / 2), np.zeros_like(z)
    for k in range(2, 12):
        total, term = total + term, -term * z / (2 * k * (2 * k - 1))
    return total


FITS = [
    ('log2 m = s * P(s^2), double', atanh_over_s(2 / np.log(2)), 0, QUOTIENT_END, 4, np.float64),
    ('2^f = 1 + f * P(f), double', exp2_slope, -.5, .5, 5, np.float64),
    ('-2 log m = s * P(s^2), float', atanh_over_s(-4), 0, ATANH_END, 3, np.float32),
    ('sin x = x + x*z * P(z), float', sin_rest, 0, SIN_END, 2, np.float32),
    ('cos x = 1 + z * P(z), float', cos_rest, 0, SIN_END, 3, np.float32),
]


def main():
    for name, function, low, high, degree, kind in FITS:
        fitted = Chebyshev.interpolate(function, degree, domain=[low, high]).convert(kind=Polynomial).coef.astype(kind)
        z = np.linspace(low, high, 100001)
        error = np.max(np.abs(Polynomial(fitted.astype(float))(z) - function(z)))
        print(name)
        print('   ', ', '.join('%.17g' % c if kind is np.float64 else '%.9gF' % c for c in fitted))
        print('    error %.1e' % error)


if __name__ == '__main__':
    main()
