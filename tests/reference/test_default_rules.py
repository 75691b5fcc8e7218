# SPDX-License-Identifier: GPL-3.0-or-later
"""The program under its default rules against default_rules.py, on phantoms of many shapes and option mixes.

    test_default_rules.py PROGRAM [--group scale|modify|targets|working_box]... [--case NAME]...
"""
import argparse
import os
import sys
import tempfile

import numpy as np

import common
import default_rules
from default_rules import Options

# name: shape, voxel (z, y, x), how it is stored. Voxel sizes are such that no frequency lies within rounding of the
# low-pass limit, except for 2.0 and 1.0 A, where some lie exactly on it and every step is exact in binary.
PHANTOMS = {
    'cube48': ((48, 48, 48), (2.0, 2.0, 2.0), {}),
    'cube97': ((97, 97, 97), (1.37, 1.37, 1.37), {}),
    'brick': ((60, 50, 41), (1.13, 1.13, 1.13), {}),
    'anisotropic': ((48, 60, 52), (1.0, 1.3, 0.9), {}),
    'flat_permuted': ((41, 70, 64), (1.7, 1.2, 1.1), dict(axes='yzx', start=(-3, 5, 11), origin=(7.5, -2.25, 100.0))),
    'odd_fine': ((53, 47, 49), (0.83, 0.83, 0.83), {}),
    'int16_big_endian': ((50, 50, 50), (1.51, 1.51, 1.51), dict(dtype='i2', order='>')),
    'float16': ((45, 47, 49), (1.43, 1.43, 1.43), dict(dtype='f2')),
    'int8': ((44, 44, 44), (1.61, 1.61, 1.61), dict(dtype='i1')),
}

# group: [(phantom, options)], the options as fields of default_rules.Options
CASES = {
    'scale': [
        *[(name, {}) for name in PHANTOMS],
        *[(name, dict(occupancy=True)) for name in PHANTOMS],
        ('cube48', dict(raw_scale=True, region='box')),
        ('brick', dict(occupancy=True, kernel_size=5, nlrc=True)),
        ('anisotropic', dict(kernel_radius=2.3)),
        ('anisotropic', dict(occupancy=True, kernel_size=11, lowpass=13.1)),
        ('cube48', dict(kernel_size=7, kernel_radius=2.5, tau=0.9)),
        ('odd_fine', dict(tau=0.75, tile_size=6)),
        ('brick', dict(occupancy=True, tile_size=30)),
        ('flat_permuted', dict(lowpass=11.0, resolution=4.0)),
        ('brick', dict(resolution=6.5, occupancy=True)),
        ('cube48', dict(resolution=3.5, occupancy=True)),
        ('odd_fine', dict(s0=True)),
        ('cube97', dict(s0=True, occupancy=True, nlrc=True)),
        ('brick', dict(hedge_confidence=2)),
        ('float16', dict(hedge_confidence=3, nlrc=True)),
        ('cube48', dict(solvent_def=True)),
        ('anisotropic', dict(solvent_def=True, occupancy=True, region='box')),
    ],
    'modify': [
        ('cube48', dict(amplify=2)),
        ('brick', dict(amplify=4, raw_scale=True, scale_limit=0.2)),
        ('anisotropic', dict(amplify=2, attenuate=3, sigmoid=3, pivot=0.4, exclude_solvent=True)),
        ('flat_permuted', dict(exclude_solvent=True)),
        ('odd_fine', dict(amplify=1.5, omit_confidence=True, nlrc=True)),
        ('cube48', dict(sigmoid=5, pivot=0.2, exclude_solvent=True, raw_scale=True, hedge_confidence=2)),
        ('brick', dict(amplify=2, lowpass_output=6.0)),
        ('anisotropic', dict(attenuate=2, exclude_solvent=True, lowpass_output=5.0)),
        ('float16', dict(amplify=3, hist_match=True)),
        ('int16_big_endian', dict(amplify=3, solvent_def=True)),
    ],
    'targets': [
        ('cube48', dict(target_mask=True)),
        ('brick', dict(target_mask=True, occupancy=True, nlrc=True)),
        ('anisotropic', dict(labels=True)),
        ('odd_fine', dict(labels=True, occupancy=True, nlrc=True)),
    ],
    'working_box': [
        ('cube48', dict(max_box=32)),
        ('cube97', dict(max_box=64, occupancy=True)),
        ('brick', dict(max_box=48)),
        ('anisotropic', dict(max_box=56, amplify=2)),
        ('cube48', dict(max_box=48)),
    ],
}


def stored(volume, dtype):
    if dtype in ('i1', 'i2'):
        return np.rint(volume * (200 if dtype == 'i1' else 20000)).astype(dtype)
    return volume.astype(dtype)


def ball(shape, centre, radius):
    """Where a ball lies, both measures as fractions of the box."""
    axes = np.ogrid[tuple(slice(0, n) for n in shape)]
    return sum(((a / n - c) / radius) ** 2 for a, n, c in zip(axes, shape, centre)) <= 1


def masks(shape):
    """Masks that fit the phantom: its solvent, one cluster, and a label for each of the three."""
    clusters = [ball(shape, centre, .17) for centre in ((.5, .5, .38), (.45, .32, .62), (.56, .68, .62))]
    labels = np.zeros(shape, np.float32)
    for label, cluster in zip((7, 2, 300), clusters):
        labels[cluster & (labels == 0)] = label
    particle = np.logical_or.reduce(clusters)
    return dict(solvent_def=(~particle).astype(np.float32), target_mask=clusters[1].astype(np.float32), labels=labels)


class Inputs:
    """The phantoms and masks as files, made when first asked for."""

    def __init__(self, directory):
        self.directory, self.made = directory, {}

    def get(self, name):
        if name not in self.made:
            shape, voxel, storage = PHANTOMS[name]
            storage = dict(storage)
            data = stored(common.phantom(shape, voxel, seed=len(name)), storage.pop('dtype', 'f4'))
            path = common.write_map(os.path.join(self.directory, name + '.mrc'), data, voxel, **storage)
            fields = masks(shape)
            files = {key: common.write_map(os.path.join(self.directory, f'{name}_{key}.mrc'), field, voxel, **storage)
                     for key, field in fields.items()}
            self.made[name] = path, data.astype(np.float32), fields, files
        return self.made[name]


def command_line(chosen, files):
    words = []
    for name, value in chosen.items():
        words.append('--' + name.replace('_', '-'))
        if name in files:
            words.append(files[name])
        elif value is not True:
            words.append(str(value))
    return words


def compare_report(comparison, ours, theirs, relative):
    kernel = theirs['kernel']
    comparison.close('resolution', ours['lowpass']['resolution_ang'], theirs['lowpass'], relative=1e-6)
    comparison.equal('kernel size', common.per_axis(ours['kernel']['size']), kernel['size'])
    comparison.close('radius', common.per_axis(ours['kernel']['radius']), kernel['radius'], relative=1e-6)
    comparison.equal('kernel voxels', ours['kernel']['voxels'], kernel['voxels'])
    comparison.close('tau', ours['tau'], theirs['tau'], relative=1e-6)
    comparison.close('full scale', ours['full_scale'], theirs['full_scale'], relative=relative)
    comparison.fit(ours['solvent_fit'], theirs['solvent_fit'], 1e-4)
    for name, value in theirs['solvent_limits'].items():
        comparison.close(name, ours['solvent_limits'][name], value, absolute=1e-4 * theirs['solvent_fit']['sigma'])
    for name in ('variability_limit', 'confidence_limit'):
        comparison.close(name, ours[name], theirs[name], relative=relative)
    if theirs['tiles']:
        for name in ('side', 'step', 'edge'):
            comparison.equal('tile ' + name, common.per_axis(ours['tiles'][name]), theirs['tiles'][name])
        for name in ('full_at', 'low_at'):
            comparison.equal(name, list(ours['tiles'][name]['voxel']), theirs['tiles'][name])


def compare_targets(comparison, ours, theirs):
    comparison.equal('labels', [row['label'] for row in ours], [row['label'] for row in theirs])
    for our, their in zip(ours, theirs):
        comparison.equal('target voxels', our['voxels'], their['voxels'])
        comparison.close('target tau', our['tau'], their['tau'], relative=1e-6)
        for name in ('occupancy', 'relative'):
            if name in their:
                comparison.close(name, our[name], their[name], absolute=2e-6)
        comparison.close('quartiles', our['scale_quartiles'], their['scale_quartiles'], absolute=1e-3)


def compare_maps(comparison, result, maps, extent, scale_limit, confidence_limit):
    comparison.voxels('scale', result.map('scale'), maps['scale'], scale_limit)
    comparison.voxels('confidence', result.map('confidence'), maps['confidence'], confidence_limit, exempt=1e-4)
    for kind in sorted(set(maps) - {'scale', 'confidence', 'lowpass'}):
        comparison.voxels(kind, result.map(kind), maps[kind], 1e-4, exempt=1e-4, unit=extent)


def compare_native(comparison, program, path, volume, options, words, directory):
    """The low-passed map first, then everything that follows from the program's own one."""
    modified = default_rules.modifiers(np.zeros(1), options)
    words = [*words, '--outputs', ','.join(['scale', 'confidence', 'lowpass', *modified])]
    result = common.estimate(program, path, directory, words)
    voxel, extent = common.voxel_of(path), float(volume.max()) - float(volume.min())
    low = result.map('lowpass')
    expected = default_rules.lowpass(volume, voxel, default_rules.lowpass_resolution(voxel, options))
    comparison.voxels('lowpass', low, expected, 2e-6, unit=extent)

    maps, report = default_rules.estimate(volume, voxel, options, low)
    compare_maps(comparison, result, maps, extent, 2e-6, 1e-5)
    compare_report(comparison, result.report, report, 1e-6)
    compare_targets(comparison, result.report.get('targets', []), report['targets'])


def compare_working_box(comparison, program, path, volume, options, words, directory):
    result = common.estimate(program, path, directory, words)
    maps, report = default_rules.estimate(volume, common.voxel_of(path), options)
    compare_maps(comparison, result, maps, float(volume.max()) - float(volume.min()), 1e-5, 1e-3)
    compare_report(comparison, result.report, report, 1e-5)


def compare_case(comparison, program, inputs, name, chosen):
    path, volume, fields, files = inputs.get(name)
    options = Options(**{key: fields.get(key, value) for key, value in chosen.items()})
    compare = compare_working_box if options.max_box else compare_native
    compare(comparison, program, path, volume, options, command_line(chosen, files), os.path.join(inputs.directory, 'out'))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('--group', action='append', choices=list(CASES))
    parser.add_argument('--case', action='append', help='only cases whose name contains this')
    arguments = parser.parse_args()
    tally = common.Tally()
    with tempfile.TemporaryDirectory(prefix='ocs-default-') as work:
        inputs = Inputs(work)
        for group in arguments.group or CASES:
            for name, chosen in CASES[group]:
                title = ' '.join([name, *command_line(chosen, {})])
                if not arguments.case or any(part in title for part in arguments.case):
                    tally.case(title, lambda comparison: compare_case(comparison, arguments.program, inputs, name, chosen))
    return tally.close()


if __name__ == '__main__':
    sys.exit(main())
