# SPDX-License-Identifier: GPL-3.0-or-later
"""What a map's unit, orientation and place must not change, and what the outputs must carry over.

    test_invariance.py PROGRAM

No second implementation is needed here: runs of the program are compared with each other.
"""
import argparse
import contextlib
import io
import itertools
import os
import sys
import tempfile

import mrcfile
import numpy as np

import common

KINDS = ('scale', 'confidence')
GEOMETRY = ('nx', 'ny', 'nz', 'nxstart', 'nystart', 'nzstart', 'mx', 'my', 'mz', 'cella', 'cellb', 'mapc', 'mapr', 'maps',
            'ispg', 'origin')


class Runs:
    """Runs the program on arrays; every map gets a name of its own."""

    def __init__(self, program, work):
        self.program, self.work, self.count = program, work, itertools.count()

    def estimate(self, data, options=(), **geometry):
        name = f'm{next(self.count)}'
        path = common.write_map(os.path.join(self.work, name + '.mrc'), data, **geometry)
        result = common.estimate(self.program, path, os.path.join(self.work, name), options)
        result.input = path
        return result


def compare(comparison, ours, theirs, undo=lambda field: field, exact=False):
    """Unless every step is exact, last bits move voxels between bins of the histogram, and the confidence with them."""
    comparison.voxels('scale', undo(ours.map('scale')), theirs.map('scale'), 1e-5)
    limit, exempt = (1e-5, 0) if exact else (1e-3, 1e-4)
    comparison.voxels('confidence', undo(ours.map('confidence')), theirs.map('confidence'), limit, exempt=exempt)


# ---------------------------------------------------------------- the unit of the grey values

def unit(comparison, runs, options, factor):
    """A power of two changes no significant digit of any step."""
    data = common.phantom((60, 60, 60), (1.2,) * 3, 11)
    base = runs.estimate(data, options, voxel=(1.2,) * 3)
    other = runs.estimate(data * np.float32(factor), options, voxel=(1.2,) * 3)
    compare(comparison, other, base, exact=np.log2(factor) % 1 == 0)
    comparison.close('full scale', other.report['full_scale'], base.report['full_scale'] * factor, relative=1e-6)
    limits = [(run.report['solvent_limits']['content_at_1pct'], run.report['solvent_limits']['solvent_edge'])
              for run in (other, base)]
    width = base.report['solvent_fit']['sigma']
    comparison.close('solvent limits', np.array(limits[0]) / factor, limits[1], absolute=.1 * width)


# ---------------------------------------------------------------- orientation

def transpose(comparison, runs, options, order):
    """The same particle with its axes stored in another order: the header says so, the result follows."""
    shape, voxel = (60, 48, 54), (1.1, 1.4, 0.9)
    data = common.phantom(shape, voxel, 12)
    base = runs.estimate(data, options, voxel=voxel)
    turned = runs.estimate(np.ascontiguousarray(data.transpose(order)), options, voxel=[voxel[i] for i in order],
                           axes=''.join('zyx'[i] for i in order))
    compare(comparison, turned, base, lambda field: field.transpose(np.argsort(order)))
    for name in ('full_at', 'low_at'):
        ours, theirs = turned.report['tiles'][name], base.report['tiles'][name]
        comparison.equal(name, list(ours['voxel']), [theirs['voxel'][i] for i in order])
        comparison.close(name + ' in angstrom', ours['angstrom'], theirs['angstrom'], absolute=1e-4)


def flip(comparison, runs, options, axes):
    """60 voxels are 20 tiles of 3, so the tiles too are the same seen from the other side."""
    data = common.phantom((60, 60, 60), (1.2,) * 3, 13)
    base = runs.estimate(data, options, voxel=(1.2,) * 3)
    flipped = runs.estimate(np.ascontiguousarray(np.flip(data, axes)), options, voxel=(1.2,) * 3)
    compare(comparison, flipped, base, lambda field: np.flip(field, axes))


# ---------------------------------------------------------------- what the outputs carry over

def geometry(comparison, runs, data, **place):
    result = runs.estimate(data, **place)
    theirs = common.read_header(result.input)
    for kind in KINDS:
        ours = common.read_header(result.path(kind))
        for field in GEOMETRY:
            native = [np.asarray(header[field]) for header in (ours, theirs)]
            native = [value.astype(value.dtype.newbyteorder('=')).tobytes() for value in native]
            comparison.equal(f'{kind} {field}', *native)
        labels = [bytes(label).rstrip() for label in ours['label'][:ours['nlabl']]]
        comparison.equal(f'{kind} keeps the label', bytes(theirs['label'][0]).rstrip() in labels, True)
        data_of_map = result.map(kind).astype(float)
        comparison.close(f'{kind} statistics', [float(ours[name]) for name in ('dmin', 'dmax', 'dmean', 'rms')],
                         [data_of_map.min(), data_of_map.max(), data_of_map.mean(), data_of_map.std()], absolute=1e-6)
        findings = io.StringIO()
        with contextlib.redirect_stdout(findings):
            valid = mrcfile.validate(result.path(kind), print_file=findings)
        if not valid:
            comparison.bad.append(f'{kind}: mrcfile says {findings.getvalue().strip()}')
    comparison.lines.append('headers equal')


PLACES = {
    'plain': ((48, 48, 48), dict(voxel=(1.5, 1.5, 1.5))),
    'start and origin': ((40, 44, 52), dict(voxel=(1.25, 0.75, 1.1), start=(-20, 7, 3), origin=(-12.5, 3.25, 1e3))),
    'axes xyz': ((40, 44, 52), dict(voxel=(1.25, 0.75, 1.1), axes='xyz', start=(1, 2, 3))),
    'axes yzx, big-endian': ((40, 44, 52), dict(voxel=(1.3, 1.7, 1.1), axes='yzx', order='>', origin=(1.0, 2.0, 3.0))),
}


def cases(runs):
    for options in ((), ('--occupancy',)):
        title = ' '.join(options) or 'raw'
        for factor in (1024.0, 1 / 1024, 1000.0, 0.001):
            yield f'times {factor:g} {title}', lambda c: unit(c, runs, options, factor)
        for order in ((2, 1, 0), (1, 2, 0)):
            yield f'transpose {order} {title}', lambda c: transpose(c, runs, options, order)
        for axes in ((0,), (1, 2)):
            yield f'flip {axes} {title}', lambda c: flip(c, runs, options, axes)
    for title, (shape, place) in PLACES.items():
        for dtype in ('f4', 'i2'):
            data = common.phantom(shape, place['voxel'], 14)
            data = np.rint(data * 20000).astype('i2') if dtype == 'i2' else data
            yield f'geometry, {title}, {dtype}', lambda c: geometry(c, runs, data, **place)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    arguments = parser.parse_args()
    tally = common.Tally()
    with tempfile.TemporaryDirectory(prefix='ocs-invariance-') as work:
        for title, body in cases(Runs(arguments.program, work)):
            tally.case(title, body)
    return tally.close()


if __name__ == '__main__':
    sys.exit(main())
