# SPDX-License-Identifier: GPL-3.0-or-later
"""The default rules of docs/algorithm.md, steps 1 to 10, as plain NumPy and SciPy: small maps, clarity over speed.

Written from that page alone, so that it can disagree with the program. Axes are always z, y, x as stored. Transforms are
done in double precision; maps are float32 like the program's. Solvent noise is left out: modifications that add it
(attenuate, sigmoid) are defined here only together with `exclude_solvent`.

Where the page is silent:
- Working box: an axis longer than B is cropped to b = 2 * floor(n * B / (2 * max(n))) in whole numbers; shorter ones stay.
  Kept are the frequencies |f| < b/2 of a cropped axis: the Nyquist plane is dropped, the rest is symmetric.
- Native voxel x lies at x * b / n among the working voxels (both grids share voxel 0); beyond the last one the value
  of the last one holds.
- An ellipsoidal kernel compares the distance in units of the x axis' radius with that radius, so that equal axes give the
  ball bit for bit.
- The limits of the solvent model are taken with density and model divided by the fitted height, as only then they do
  not depend on the unit of the grey values: clipped below at 1e-10, edge at 1e-15 of that height.
- Excluding the solvent is not a modification of its own when it comes to choosing the scale data.
"""
import math
from dataclasses import dataclass
from typing import Optional

import numpy as np
import scipy.ndimage as ndi
from scipy.optimize import curve_fit

BINS = 1000
TILES = 20


@dataclass(frozen=True)
class Options:
    resolution: Optional[float] = None
    lowpass: Optional[float] = None
    tau: Optional[float] = None
    kernel_size: Optional[int] = None
    kernel_radius: Optional[float] = None
    tile_size: Optional[int] = None
    s0: bool = False
    occupancy: bool = False
    raw_scale: bool = False
    max_box: Optional[int] = None
    region: Optional[str] = None
    nlrc: bool = False
    solvent_def: Optional[np.ndarray] = None
    hedge_confidence: float = 1
    exclude_solvent: bool = False
    omit_confidence: bool = False
    amplify: float = 1
    attenuate: float = 1
    sigmoid: float = 1
    pivot: float = .01
    scale_limit: float = .05
    lowpass_output: Optional[float] = None
    hist_match: bool = False
    target_mask: Optional[np.ndarray] = None
    labels: Optional[np.ndarray] = None

    def modifies(self):
        return max(self.amplify, self.attenuate, self.sigmoid) > 1

    def scale_is_lowpassed(self):
        return self.occupancy or (self.modifies() and not self.raw_scale)


# ---------------------------------------------------------------- step 2, working box

def working_shape(shape, limit):
    longest = max(shape)
    return tuple(n if n <= limit else 2 * (n * limit // (2 * longest)) for n in shape)


def fourier_crop(volume, shape):
    out = volume.astype(float)
    for axis, (n, b) in enumerate(zip(volume.shape, shape)):
        if b == n:
            continue
        spectrum = np.moveaxis(np.fft.fft(out, axis=axis), axis, 0)
        kept = np.zeros((b,) + spectrum.shape[1:], complex)
        for f in range(-(b // 2) + 1, b // 2):
            kept[f % b] = spectrum[f % n]
        out = np.moveaxis(np.fft.ifft(kept, axis=0).real * (b / n), 0, axis)
    return out.astype(np.float32)


def interpolate(field, shape):
    out = field.astype(float)
    for axis, n in enumerate(shape):
        b = out.shape[axis]
        if b == n:
            continue
        at = np.arange(n) * (b / n)
        first = np.minimum(np.floor(at).astype(int), b - 1)
        second = np.minimum(first + 1, b - 1)
        weight = (at - first).reshape([-1 if i == axis else 1 for i in range(3)])
        out = np.take(out, first, axis) * (1 - weight) + np.take(out, second, axis) * weight
    return out.astype(np.float32)


# ---------------------------------------------------------------- steps 3 to 5, low-pass, kernel, tau

def lowpass_resolution(voxel, options):
    given = [r for r in (options.lowpass, options.resolution) if r]
    return max(given) if given else max(3 * max(voxel), 8.0)


def kernel_shape(lp, voxel, options):
    size = [options.kernel_size or int(np.clip(2 * (math.floor(lp / a) // 2) + 1, 3, 9)) for a in voxel]
    radius = [options.kernel_radius or lp / (2 * a) for a in voxel]
    return size, radius


def kernel(size, radius):
    squared = np.zeros(size)
    for axis, (side, r) in enumerate(zip(size, radius)):
        offset = (np.arange(side) - side // 2) * (radius[2] / r)
        squared += (offset ** 2).reshape([-1 if i == axis else 1 for i in range(3)])
    return np.sqrt(squared).astype(np.float32) <= np.float32(radius[2])


def tau_of(voxels):
    low, high = 0.0, 1.0
    while high - low > 1e-15:
        middle = (low + high) / 2
        low, high = (low, middle) if middle ** voxels + middle > 1 else (middle, high)
    return (low + high) / 2


def lowpass(volume, voxel, lp):
    if lp <= 2 * max(voxel):
        return volume
    nz, ny, nx = volume.shape
    fz, fy = np.fft.fftfreq(nz, 1 / nz) / (nz * voxel[0]), np.fft.fftfreq(ny, 1 / ny) / (ny * voxel[1])
    fx = np.arange(nx // 2 + 1) / (nx * voxel[2])
    squared = fz[:, None, None] ** 2 + fy[None, :, None] ** 2 + fx[None, None, :] ** 2
    spectrum = np.fft.rfftn(volume.astype(float)) * (squared <= (1 / lp) ** 2)
    return np.fft.irfftn(spectrum, volume.shape).astype(np.float32)


# ---------------------------------------------------------------- step 6, solvent model

def gaussian(x, scale, mean, sigma):
    return scale * np.exp(-(x - mean) ** 2 / (2 * sigma ** 2))


def uses_ball(shape, options):
    return options.region == 'ball' or (options.region is None and len(set(shape)) == 1)


def solvent_region(low, options):
    region = np.ones(low.shape, bool)
    if uses_ball(low.shape, options):
        n = low.shape[0]
        offset = (np.arange(n) - (n - 1) / 2) ** 2
        distance = np.sqrt(offset[:, None, None] + offset[None, :, None] + offset[None, None, :])
        region = distance.astype(np.float32) <= np.float32(n / 2)
    if options.solvent_def is not None:
        mask = options.solvent_def > .9
        inside, outside = region & mask, region & ~mask
        region = inside if low[inside].var(dtype=float) < low[outside].var(dtype=float) else outside
    return region


def fit_solvent(values):
    density, edges = np.histogram(values, BINS, density=True)
    peak = flank = int(np.argmax(density))
    while flank < BINS - 1 and density[flank] >= density[peak] / math.e:
        flank += 1
    x = np.linspace(float(values.min()), float(values.max()), BINS)
    start = density[peak], edges[peak], (flank - peak) * (edges[1] - edges[0])
    scale, mean, sigma = curve_fit(gaussian, x, density, p0=start)[0]
    fit = dict(scale=float(scale), mean=float(mean), sigma=float(abs(sigma)))

    relative, model = density / scale, gaussian(x, 1, mean, sigma)
    content = (relative + 1e-5 - np.maximum(model, 1e-10)) / (relative + 1e-5)
    solvent_bins, reached = np.flatnonzero(content <= .01), np.flatnonzero(model >= 1e-15)
    limits = dict(content_at_1pct=float(edges[solvent_bins[-1] + 1]) if solvent_bins.size else None,
                  solvent_edge=float(edges[reached[-1]]))
    return fit, limits


# ---------------------------------------------------------------- step 7, scale

def tile_axis(n, wanted):
    side = wanted or max(1, n // TILES)
    count = min(TILES, n - side + 1)
    rest = n - count * side
    step = side + (rest // (count - 1) if count > 1 else 0)
    edge = (n - ((count - 1) * step + side)) // 2
    return side, count, step, edge


def normalisation(data, tau, options):
    axes = [tile_axis(n, options.tile_size) for n in data.shape]
    sides, counts, steps, edges = zip(*axes)
    rank = min(int(math.floor(tau * math.prod(sides))), math.prod(sides) - 1)
    ball = uses_ball(data.shape, options)
    full = low = None
    for index in np.ndindex(*counts):
        if ball and math.dist(index, [(c - 1) / 2 for c in counts]) >= counts[0] / 2 - 1:
            continue
        first = tuple(e + s * i for e, s, i in zip(edges, steps, index))
        tile = data[tuple(slice(f, f + t) for f, t in zip(first, sides))]
        value = float(np.partition(tile.ravel(), rank)[rank])
        if full is None or value > full[0]:
            full = value, first
        if low is None or value < low[0]:
            low = value, first
    return full[0], dict(side=list(sides), step=list(steps), edge=list(edges), full_at=list(full[1]),
                         low_at=list(low[1]), low=low[0])


# ---------------------------------------------------------------- step 8, confidence

def confidence_curve(low, fit, hedge):
    density, edges = np.histogram(low, BINS, density=True)
    eps = 1e-4 * fit['scale']
    model = np.maximum(gaussian(edges[:-1].astype(float), **fit), 0)
    raw = (density + eps - model) / (density + eps)
    curve, fall = raw.copy(), 0.0
    for i in range(BINS - 2, -1, -1):
        curve[i] = min(curve[i], curve[i + 1], curve[i + 1] - fall)
        fall = curve[i + 1] - curve[i]
        if i > 0 and raw[i - 1] <= 0:
            curve[:i - 1] = 0
            break
    if hedge > 1:
        curve = np.clip(curve, 0, 1) ** hedge
    return curve, float(edges[BINS - np.count_nonzero(curve > .5)])


def confidence_of(low, curve):
    unit = (low - low.min()) / (low.max() - low.min())
    return np.clip(curve, 0, 1)[np.minimum(np.floor(BINS * unit).astype(int), BINS - 1)].astype(np.float32)


# ---------------------------------------------------------------- step 9, modification

def sigmoid(scale, power, pivot):
    mu = 1 / (1 + (1 / pivot - 1) ** (-1 / power) * (1 - pivot) / pivot)
    with np.errstate(divide='ignore', invalid='ignore'):
        value = 1 / (1 + ((mu * (1 - scale)) / (scale * (1 - mu))) ** power)
        return np.where(scale > 0, value / scale, 0)


def modifiers(scale, options):
    scale = scale.astype(float)
    limited = np.where(scale > np.float32(options.scale_limit), scale, 1)
    wanted = {}
    if options.amplify > 1:
        wanted['amplified'] = limited ** (1 / options.amplify - 1)
    if options.attenuate > 1:
        wanted['attenuated'] = limited ** (options.attenuate - 1)
    if options.sigmoid > 1:
        wanted['sigmoid'] = sigmoid(scale, options.sigmoid, options.pivot)
    if options.exclude_solvent and not wanted:
        wanted['solvent_excluded'] = np.ones_like(scale)
    return wanted


def match_histogram(source, template):
    _, index, counts = np.unique(source, return_inverse=True, return_counts=True)
    values, template_counts = np.unique(template, return_counts=True)
    fractions = np.cumsum(counts) / source.size
    template_fractions = np.cumsum(template_counts) / template.size
    return np.interp(fractions, template_fractions, values)[index].reshape(source.shape).astype(np.float32)


def modified(volume, voxel, modifier, confidence, options):
    out = volume * modifier * confidence
    if not options.exclude_solvent:
        out = out + volume * (1 - confidence)
    out = out.astype(np.float32)
    if options.lowpass_output:
        out = lowpass(out, voxel, options.lowpass_output)
    if options.hist_match:
        return match_histogram(out, volume)
    return np.clip(out, volume.min(), volume.max())


# ---------------------------------------------------------------- step 10, targets

def target(chosen, data, scale, tau, full, finish):
    values = np.sort(data[chosen])
    rank = min(int(math.floor(tau * values.size)), values.size - 1)
    return dict(voxels=int(values.size), tau=tau, occupancy=float(finish(values[rank] / full)),
                scale_quartiles=np.percentile(scale[chosen], (25, 50, 75)).tolist())


def targets(data, scale, tau, full, finish, options):
    if options.target_mask is not None:
        return [dict(target(options.target_mask > .5, data, scale, tau, full, finish), label=0)]
    if options.labels is None:
        return []
    rows = [dict(target(options.labels == label, data, scale, tau, full, finish), label=int(label))
            for label in np.unique(options.labels) if label != 0]
    largest = max(row['occupancy'] for row in rows)
    return [dict(row, relative=row['occupancy'] / largest) for row in rows]


# ---------------------------------------------------------------- all of it

def estimate(native, native_voxel, options=Options(), low=None):
    """The maps by kind, at native size, and the report as a dictionary. `low` stands in for the low-passed map: bins of
    the histogram flip with its last bits, and where bins are nearly empty the confidence follows."""
    native = native.astype(np.float32)
    shape = working_shape(native.shape, options.max_box or max(native.shape))
    volume = fourier_crop(native, shape)
    voxel = tuple(a * n / b for a, n, b in zip(native_voxel, native.shape, shape))

    lp = lowpass_resolution(voxel, options)
    size, radius = kernel_shape(lp, voxel, options)
    footprint = kernel(size, radius)
    tau = options.tau or tau_of(int(footprint.sum()))
    if low is None:
        low = lowpass(volume, voxel, lp)
    data = low if options.scale_is_lowpassed() else volume
    fit, limits = fit_solvent(low[solvent_region(low, options)])

    if options.s0:
        full, tiles = tau * float(data.max()), None
    else:
        full, tiles = normalisation(data, tau, options)
    curve, limit_grey = confidence_curve(low, fit, options.hedge_confidence)
    limit = limit_grey / full

    def finish(ratio):
        ratio = np.clip(ratio, 0, 1)
        return np.clip((ratio - limit) / (1 - limit), 0, 1) if options.nlrc else ratio

    highest = ndi.maximum_filter(data, footprint=footprint, mode='constant', cval=-np.inf)
    ratio = highest / np.float32(full)
    saturated = ratio >= 1
    scale = finish(ratio).astype(np.float32)
    confidence = confidence_of(low, curve)

    report = dict(lowpass=lp, kernel=dict(size=size, radius=radius, voxels=int(footprint.sum())), tau=tau, tiles=tiles,
                  full_scale=full, solvent_fit=fit, solvent_limits=limits, confidence_limit=limit,
                  confidence_curve=curve.tolist(),
                  variability_limit=float(data[saturated].mean(dtype=float) / full) if saturated.any() else None,
                  targets=targets(data, scale, tau, full, finish, options))
    maps = dict(scale=interpolate(scale, native.shape), confidence=interpolate(confidence, native.shape), lowpass=low)
    used = np.ones_like(native) if options.omit_confidence else maps['confidence']
    for kind, modifier in modifiers(maps['scale'], options).items():
        maps[kind] = modified(native, native_voxel, modifier, used, options)
    return maps, report
