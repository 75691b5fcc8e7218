# SPDX-License-Identifier: GPL-3.0-or-later
"""What the numeric tests share: maps as files, running the program, reading what it wrote, comparing."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import mrcfile
import numpy as np
import scipy.ndimage as ndi
from mrcfile.dtypes import HEADER_DTYPE

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
SHARED = os.environ.get('OCS_SHARED') or os.path.join(os.path.dirname(SOURCE), 'shared')
SKIPPED = 77  # the exit status that ctest knows as "skipped"
MIB = 1 << 20


# ---------------------------------------------------------------- the program

@dataclass
class Run:
    status: int
    stdout: str
    stderr: str
    peak_bytes: int  # largest resident size, the kernel's figure
    seconds: float


def run(program, *arguments, environment=None):
    """Runs the program to its end, whatever that is; `environment` is added to this process' own."""
    with tempfile.NamedTemporaryFile(prefix='ocs-usage-') as figures:
        command = [sys.executable, '-I', '-S', os.path.join(HERE, 'measure.py'), figures.name,
                   os.path.abspath(program), *map(str, arguments)]
        begin = time.monotonic()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              env={**os.environ, **(environment or {})})
        seconds = time.monotonic() - begin
        words = figures.read().split()
    return Run(done.returncode, done.stdout, done.stderr, int(words[0]) if words else 0, seconds)


class Failure(Exception):
    """The program did not do what the test asked for."""


class Result:
    """The files of one finished `estimate`."""

    def __init__(self, directory, map_path, finished):
        self.directory, self.stem, self.run = directory, stem(map_path), finished
        with open(os.path.join(directory, self.stem + '_report.json'), encoding='utf-8') as file:
            self.report = json.load(file)

    def path(self, kind):
        return os.path.join(self.directory, f'{self.stem}_{kind}.mrc')

    def map(self, kind):
        return read_map(self.path(kind))


def stem(path):
    name = os.path.basename(path)
    for suffix in ('.zst', '.gz', '.bz2', '.xz'):
        name = name.removesuffix(suffix)
    return os.path.splitext(name)[0]


def estimate(program, map_path, directory, options=(), environment=None):
    """Runs `estimate` into `directory` (made anew); a failure of the program is a Failure here."""
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    finished = run(program, 'estimate', *options, '-o', directory, map_path, environment=environment)
    if finished.status:
        raise Failure(f'exit status {finished.status}: {finished.stderr.strip()[-400:]}')
    return Result(directory, map_path, finished)


# ---------------------------------------------------------------- maps

def read_map(path):
    with mrcfile.open(path, permissive=True) as file:
        return np.array(file.data)


def read_header(path):
    with mrcfile.open(path, header_only=True, permissive=True) as file:
        return file.header.copy()


MODES = {'i1': 0, 'i2': 1, 'f4': 2, 'u2': 6, 'f2': 12}


def write_map(path, data, voxel=(1.0, 1.0, 1.0), axes='zyx', start=(0, 0, 0), origin=(0.0, 0.0, 0.0), order='<'):
    """Writes an MRC2014 file without help from a library, so that any geometry and byte order can be had.

    `voxel` (angstrom) and `start` are along the file's sections, rows, columns, as `data` is; `axes` names the spatial
    axis of each of these; `origin` is x, y, z."""
    header = np.zeros((), HEADER_DTYPE.newbyteorder(order))
    along = {axis: i for i, axis in enumerate(axes)}
    header['nz'], header['ny'], header['nx'] = data.shape
    header['mode'] = MODES[data.dtype.str[1:]]
    header['nzstart'], header['nystart'], header['nxstart'] = start
    for axis in 'xyz':
        n = data.shape[along[axis]]
        header['m' + axis] = n
        header['cella'][axis] = n * voxel[along[axis]]
        header['cellb'][{'x': 'alpha', 'y': 'beta', 'z': 'gamma'}[axis]] = 90
        header['origin'][axis] = origin['xyz'.index(axis)]
    header['maps'], header['mapr'], header['mapc'] = ('xyz'.index(axis) + 1 for axis in axes)
    header['ispg'], header['nversion'], header['map'] = 1, 20140, b'MAP '
    header['machst'][:] = (0x44, 0x44, 0, 0) if order == '<' else (0x11, 0x11, 0, 0)
    header['dmin'], header['dmax'] = data.min(), data.max()
    header['dmean'], header['rms'] = data.mean(dtype=float), data.std(dtype=float)
    header['nlabl'] = 1
    header['label'][0] = b'phantom of the numeric tests'.ljust(80)
    with open(path, 'wb') as file:
        file.write(header.tobytes())
        file.write(data.astype(data.dtype.newbyteorder(order)).tobytes())
    return path


def voxel_of(path):
    """Angstrom along sections, rows, columns: the cell edge over its sampling, for the axis each is mapped to."""
    header = read_header(path)
    edges = [float(header.cella[axis]) / int(header['m' + axis]) for axis in 'xyz']
    return tuple(edges[int(header[which]) - 1] for which in ('maps', 'mapr', 'mapc'))


def unpack(path, directory):
    """The plain file behind a zstd-compressed one."""
    plain = os.path.join(directory, os.path.basename(path).removesuffix('.zst'))
    if not os.path.exists(plain):
        subprocess.run(['zstd', '-dqf', path, '-o', plain], check=True)
    return plain


def phantom(shape, voxel, seed):
    """Three clusters of atoms at occupancy 1, 0.6 and 0.3 in noise that falls off with resolution."""
    random = np.random.default_rng(seed)
    size = np.array(shape)
    atoms = np.zeros(shape)
    for centre, occupancy in (((.5, .5, .38), 1.0), ((.45, .32, .62), .6), ((.56, .68, .62), .3)):
        offsets = random.normal(size=(400, 3))
        offsets *= (random.random(400) ** (1 / 3) / np.linalg.norm(offsets, axis=1))[:, None]
        where = np.rint((np.array(centre) + .16 * offsets) * size).astype(int)
        np.add.at(atoms, tuple(where.T), occupancy)
    noise = random.normal(size=shape)
    signal = ndi.gaussian_filter(atoms, [1.6 / a for a in voxel], mode='wrap')
    noise = ndi.gaussian_filter(noise, [1.2 / a for a in voxel], mode='wrap')
    return (signal / signal.max() + .02 * noise / noise.std()).astype(np.float32) * np.float32(.5)


# ---------------------------------------------------------------- comparing

class Comparison:
    """Measured differences of one case against their limits."""

    def __init__(self):
        self.lines, self.bad = [], []

    def note(self, name, measured, limit, text=None):
        """`measured` must not exceed `limit`; NaN does."""
        line = text or f'{name} {measured:.2g}'
        self.lines.append(line)
        if not measured <= limit:
            self.bad.append(f'{line} (limit {limit:g})')

    def close(self, name, ours, theirs, relative=0.0, absolute=0.0):
        ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
        if ours.shape != theirs.shape:
            self.bad.append(f'{name} {ours.tolist()} but {theirs.tolist()} expected')
            return
        excess = np.max(np.abs(ours - theirs) - absolute - relative * np.abs(theirs), initial=-np.inf)
        largest = np.max(np.abs(ours - theirs), initial=0)
        self.note(name, excess, 0.0, f'{name} {largest:.2g}')
        if largest == 0:
            self.lines.pop()  # the line of the case names what differs
        if not excess <= 0 and ours.size <= 3:
            self.bad[-1] += f': {ours.tolist()} but {theirs.tolist()} expected'

    def equal(self, name, ours, theirs):
        if ours != theirs:
            self.bad.append(f'{name} {ours} but {theirs} expected')

    def voxels(self, name, ours, theirs, limit, exempt=0.0, ignore=None, unit=1.0):
        """|ours - theirs| <= limit * unit on all voxels but a fraction `exempt`; `ignore` is one flat index."""
        if ours.shape != theirs.shape:
            self.bad.append(f'{name} has shape {ours.shape} but {theirs.shape} expected')
            return
        difference = np.abs(ours.astype(float) - theirs).ravel() / unit
        if ignore is not None:
            difference[ignore] = 0
        share = np.count_nonzero(~(difference <= limit)) / difference.size
        text = f'{name} {difference.max():.2g}' + (f' ({share:.1e} above {limit:g})' if share else '')
        self.note(name, share, exempt, text)

    def rms(self, name, ours, theirs, limit, unit=1.0):
        if ours.shape != theirs.shape:
            self.bad.append(f'{name} has shape {ours.shape} but {theirs.shape} expected')
            return
        self.note(name + ' rms', float(np.sqrt(np.mean((ours.astype(float) - theirs) ** 2)) / unit), limit)

    def fit(self, ours, theirs, relative):
        """The three numbers of the solvent model. The mean is near 0 and is measured against the width."""
        for name in ('scale', 'sigma'):
            self.close('fit ' + name, ours[name], theirs[name], relative=relative)
        self.close('fit mean', ours['mean'], theirs['mean'], absolute=relative * theirs['sigma'])


class Tally:
    """One line a case, and a closing line that a reader or a script can trust."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def case(self, name, body):
        """Runs body(comparison); what it found, or the exception it ended with, is the case's line."""
        comparison = Comparison()
        try:
            body(comparison)
        except Failure as failure:
            comparison.bad.append(str(failure))
        except (LookupError, TypeError, OSError, ValueError, subprocess.SubprocessError) as broken:
            comparison.bad.append(f'{type(broken).__name__}: {broken}')
        if comparison.bad:
            self.failed += 1
            print(f'FAIL {name}: ' + '; '.join(comparison.bad), flush=True)
        else:
            self.passed += 1
            print(f'PASS {name}: ' + ', '.join(comparison.lines), flush=True)

    def skip(self, name, why):
        self.skipped += 1
        print(f'SKIP {name}: {why}', flush=True)

    def close(self):
        print(f'{self.passed} passed, {self.failed} failed, {self.skipped} skipped')
        if self.failed:
            return 1
        return 0 if self.passed else SKIPPED


def per_axis(value):
    """A number that the report may give once or per axis, as three."""
    return np.broadcast_to(np.asarray(value), 3).tolist()
