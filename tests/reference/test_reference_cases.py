# SPDX-License-Identifier: GPL-3.0-or-later
"""`--compat occupy-0.1.13` against what OccuPy 0.1.13 wrote, case by case (tests/data/reference/README.md).

    test_reference_cases.py PROGRAM [--case NAME]... [--maps KIND,...]

With --maps only these kinds are compared, and the options that ask for other maps are left out. Tolerances are those
that end docs/algorithm.md.
"""
import argparse
import csv
import json
import os
import re
import sys
import tempfile

import numpy as np
from scipy import fft

import common

RECORDED = os.path.join(common.SOURCE, 'tests', 'data', 'reference')
ELSEWHERE = os.path.join(common.SHARED, 'reference')
# Cases whose output is filtered after the lowest voxel got its wrong confidence: the difference rings.
RINGING = ('maxbox', 'lowpass_in_out')
MODIFYING = {'--amplify': 1, '--attenuate': 1, '--sigmoid': 1, '--pivot': 1, '--scale-limit': 1, '--lowpass-output': 1,
             '--hist-match': 0, '--exclude-solvent': 0, '--omit-confidence': 0}
MASKS = ('--solvent-def', '--target-mask')


def cases():
    with open(os.path.join(RECORDED, 'cases.tsv'), encoding='utf-8', newline='') as file:
        rows = csv.reader(file, delimiter='\t')
        next(rows)
        return {row[0]: (row[1], row[2].split() if len(row) > 2 else []) for row in rows if row}


def find(*parts):
    """A recorded file, from the repository or from the shared folder; None when it is in neither."""
    for root in (RECORDED, ELSEWHERE):
        path = os.path.join(root, *parts)
        if os.path.exists(path):
            return path
    return None


def without_modifications(options):
    kept, i = [], 0
    while i < len(options):
        if options[i] in MODIFYING:
            i += MODIFYING[options[i]]
        else:
            kept.append(options[i])
        i += 1
    return kept


def option(options, name, default=None):
    return float(options[options.index(name) + 1]) if name in options else default


# ---------------------------------------------------------------- the one voxel to leave out

def crop(volume, size):
    """The working box of the reference rules (step 2)."""
    n, half = volume.shape[0], size // 2
    spectrum = fft.fftshift(fft.rfftn(volume.astype(float)), axes=(0, 1))
    block = slice(n // 2 - half, n // 2 + half)
    kept = fft.ifftshift(spectrum[block, block, :half + 1], axes=(0, 1))
    return fft.irfftn(kept, (size,) * 3) * (size / n) ** 3


def lowpass(volume, voxel, resolution):
    """Step 5 of the reference rules."""
    n = volume.shape[0]
    k = int(np.floor(np.float32(n * voxel) / np.float32(resolution)))
    if resolution <= 2 * voxel or 2 * k > n:
        return volume
    f = np.fft.fftfreq(n, 1 / n)
    fz, fy, fx = f[:, None, None], f[None, :, None], np.arange(n // 2 + 1)[None, None, :]
    cube = (fz >= -k) & (fz < k) & (fy >= -k) & (fy < k) & (fx <= k)
    ball = np.sqrt(((fz + .5) ** 2 + (fy + .5) ** 2 + (fx - .5) ** 2).astype(np.float32)) <= np.float32(k + 1)
    return fft.irfftn(fft.rfftn(volume.astype(float)) * (cube & ball), volume.shape)


def lowest_voxel(map_path, options):
    volume, voxel = common.read_map(map_path), common.voxel_of(map_path)[2]
    box = int(option(options, '--max-box', 256))
    if volume.shape[0] > box:
        volume, voxel = crop(volume, box), voxel * volume.shape[0] / box
    given = [option(options, name) for name in ('--lowpass', '--resolution') if name in options]
    return int(np.argmin(lowpass(volume, voxel, max(given) if given else max(3 * voxel, 8))))


# ---------------------------------------------------------------- comparing

def compare_numbers(comparison, report, recorded):
    kernel, theirs = report['kernel'], recorded['kernel']
    comparison.equal('kernel size', common.per_axis(kernel['size']), [theirs['size']] * 3)
    comparison.close('radius', common.per_axis(kernel['radius']), [theirs['radius']] * 3, relative=1e-6)
    comparison.equal('kernel voxels', kernel['voxels'], theirs['voxels'])
    comparison.close('full scale', report['full_scale'], recorded['full_scale'], relative=1e-6)
    comparison.fit(report['solvent_fit'], recorded['solvent_fit'], 1e-5)
    limits = report['solvent_limits']
    comparison.close('solvent limits', [limits['content_at_1pct'], limits['solvent_edge']],
                     recorded['solvent_limits'][2:], relative=1e-5)
    for name in ('variability_limit', 'confidence_limit'):  # recorded with three decimals
        comparison.close(name.replace('_', ' '), report[name], recorded[name + '_3dp'], absolute=.5e-3 + 1e-6)
    curve = np.clip(np.abs(np.clip(report['confidence_curve'], 0, 1) - np.clip(recorded['confidence_curve'], 0, 1)), 0, 1)
    comparison.note('curve', float(curve.max()), 1e-3)


def compare_tiles(comparison, tiles, recorded):
    """The recorded tiles are centre, centre and half the side; the report names first voxels."""
    full, low, half = np.array(recorded['tiles_zyx'])
    comparison.equal('tile side', common.per_axis(tiles['side']), (2 * half).tolist())
    comparison.equal('full tile', list(tiles['full_at']['voxel']), (full - half).tolist())
    comparison.equal('low tile', list(tiles['low_at']['voxel']), (low - half).tolist())


def compare_target(comparison, target, line):
    occupancy, tau, voxels = re.search(r'to ([\d.]+) using tau=([\d.]+) from n_spec=(\d+)', line).groups()
    comparison.close('occupancy', target['occupancy'], float(occupancy), absolute=.5e-3 + 1e-6)
    comparison.close('target tau', target['tau'], float(tau), absolute=1e-9)
    comparison.equal('target voxels', target['voxels'], int(voxels))


def compare_maps(comparison, name, result, kinds, range_of_input, lowest):
    for kind in kinds:
        ours, theirs = result.map(kind), common.read_map(common.unpack(find('cases', name, kind + '.mrc.zst'),
                                                                       result.directory))
        if kind == 'scale':
            comparison.voxels(kind, ours, theirs, 2e-6 if 'occupancy' in result.run_options else 1e-6)
        elif kind == 'confidence':
            comparison.voxels(kind, ours, theirs, 1e-3, exempt=1e-4, ignore=lowest)
        elif name in RINGING:
            comparison.rms(kind, ours, theirs, 2e-4, unit=range_of_input)
        else:
            comparison.voxels(kind, ours, theirs, 1e-4, exempt=1e-4, ignore=lowest, unit=range_of_input)


def compare_case(comparison, program, name, map_name, options, kinds, work):
    map_path = common.unpack(find('maps', map_name + '.zst'), work)
    with open(find('cases', name, 'values.json'), encoding='utf-8') as file:
        recorded = json.load(file)
    wanted = [kind for kind in recorded['outputs'] if kinds is None or kind in kinds]
    if kinds is not None:
        options = without_modifications(options)
        if 'confidence' in wanted and name == 'omit_conf':
            wanted.remove('confidence')  # recorded as 1 everywhere, because of the option left out
    lowest = lowest_voxel(map_path, options)
    options = [common.unpack(find('maps', o + '.zst'), work) if i and options[i - 1] in MASKS else o
               for i, o in enumerate(options)]
    result = common.estimate(program, map_path, os.path.join(work, name), ['--compat', 'occupy-0.1.13', *options])
    result.run_options = 'occupancy' if '--occupancy' in options else 'res'

    volume = common.read_map(map_path)
    compare_maps(comparison, name, result, wanted, float(volume.max()) - float(volume.min()), lowest)
    compare_numbers(comparison, result.report, recorded)
    comparison.close('tau', result.report['tau'], option(options, '--tau', recorded['kernel']['tau']), relative=1e-6)
    if 'tiles_zyx' in recorded:
        compare_tiles(comparison, result.report['tiles'], recorded)
    if 'target_occupancy_line' in recorded:
        compare_target(comparison, result.report['targets'][0], recorded['target_occupancy_line'])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('--case', action='append', help='only this one; may be given several times')
    parser.add_argument('--maps', type=lambda text: text.split(','), help='compare only these kinds')
    arguments = parser.parse_args()
    tally, known = common.Tally(), cases()
    for name in arguments.case or known:
        map_name, options = known[name]
        if not find('maps', map_name + '.zst') or not find('cases', name, 'values.json'):
            tally.skip(name, f'its map or results are not here; looked in {ELSEWHERE}')
            continue
        with tempfile.TemporaryDirectory(prefix='ocs-case-') as work:
            tally.case(name, lambda comparison: compare_case(comparison, arguments.program, name, map_name, options,
                                                             arguments.maps, work))
    return tally.close()


if __name__ == '__main__':
    sys.exit(main())
