# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps for the tests of converting, and what they have in common. Importing this puts tests/cli on the path."""
import os
import pathlib
import struct
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / 'cli'))

from program import Failures, header, run  # noqa: E402

TYPES = {0: 'i1', 1: '<i2', 2: '<f4', 6: '<u2', 12: '<f2'}
SHAPE = (37, 45, 70)


def voxels(dtype, shape=SHAPE, seed=1):
    """Every value an integer type has at its ends; of floats also those that are easily lost."""
    generator = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if kind.kind in 'iu':
        limits = np.iinfo(kind)
        data = generator.integers(limits.min, limits.max, shape, endpoint=True).astype(kind)
        data[0, 0, :2] = limits.min, limits.max
        data[3:20, 5:40, 8:60] = 7
        return data
    data = generator.normal(size=shape).astype(kind)
    data[3:20, 5:40, 8:60] = 0
    data[20, 1, :4] = np.array([-0.0, np.finfo(kind).tiny, np.finfo(kind).max, -np.finfo(kind).max]).astype(kind)
    data[21:37, 24:45, 32:64] = np.array(-0.0).astype(kind)  # a chunk that equals zero and is not all zero bits
    return data


def map_header(data, mode, **changes):
    """With everything set that a conversion has to keep."""
    finite = data[np.isfinite(data)].astype('f8')
    values = dict(dmin=float(finite.min()), dmax=float(finite.max()), dmean=float(finite.mean()),
                  rms=float(finite.std()), nxstart=-7, mapc=3, mapr=1, maps=2, mx=90, my=70, mz=40,
                  cell_x=99.5, cell_y=77.25, cell_z=41.0, ispg=1)
    values.update(changes)
    made = bytearray(header(data.shape, mode, **values))
    struct.pack_into('<3f', made, 4 * 49, 10.5, -20.25, 3.0)  # ORIGIN
    made[304:384] = b'the second label'.ljust(80)
    struct.pack_into('<i', made, 4 * 55, 2)
    return bytes(made)


def write_map(path, data, mode, **changes):
    path = pathlib.Path(path)
    path.write_bytes(map_header(data, mode, **changes) + data.tobytes())
    return path


def file_data(path, dtype, shape=SHAPE):
    return np.frombuffer(pathlib.Path(path).read_bytes()[1024:], dtype).reshape(shape)


def convert(*words, **options):
    """The exit status and what was said."""
    done = run('convert', '--force', '--threads', 2, *words, **options)
    return done.returncode, done.stderr.decode(errors='replace').strip()


class Bench:
    """A folder to work in, and the checks."""

    def __init__(self):
        self.failures = Failures()
        self.check = self.failures.check
        # Every result is synced to the disk, which takes long where others write: memory is a disk too.
        memory = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
        self.holder = tempfile.TemporaryDirectory(prefix='ocs-convert-', dir=memory)
        self.folder = pathlib.Path(self.holder.name)

    def converted(self, title, *words, **options):
        status, said = convert(*words, **options)
        self.check(status == 0, f'{title}: {status}, {said}')
        return status == 0

    def refused(self, title, expected, *words, text=''):
        """One line, the status, and no output."""
        status, said = convert(*words)
        self.check(status == expected, f'{title}: {status} instead of {expected}, {said}')
        self.check(said.count('\n') == 0 and said.startswith('occustream: '), f'{title}: {said}')
        self.check(text in said, f'{title}: no "{text}" in: {said}')
        out = pathlib.Path(words[1])
        self.check(not out.exists(), f'{title}: left {out}')
        left = [name for name in os.listdir(out.parent) if name.startswith('.')]
        self.check(not left, f'{title}: left {left}')

    def finish(self):
        self.holder.cleanup()
        self.failures.finish()
