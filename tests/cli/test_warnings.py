#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every warning about a result: a map that earns it and one that does not.

Usage: test_warnings.py OCCUSTREAM
"""
import json
import os
import subprocess
import sys
import tempfile

import mrcfile
import numpy as np

N = 40


def ball(radius):
    z, y, x = np.ogrid[:N, :N, :N]
    c = (N - 1) / 2
    return (z - c) ** 2 + (y - c) ** 2 + (x - c) ** 2 < radius ** 2


def good_map():
    rng = np.random.default_rng(7)
    return rng.normal(0, .1, (N, N, N)).astype(np.float32) + 3 * ball(9) * rng.random((N, N, N), np.float32)


def flattened():
    volume = good_map()
    volume[~ball(12)] = 0
    return volume


def hot_corner():
    volume = good_map()
    volume[:4, :4, :4] = 20
    return volume


def only_noise():
    return np.random.default_rng(3).normal(0, 1, (N, N, N)).astype(np.float32)


CASES = [  # code, map, options that earn it, map, options that do not
    ('modified_by_raw_scale', good_map, ['--raw-scale', '--amplify', '3'], good_map, ['--amplify', '3']),
    ('solvent_flattened', flattened, [], good_map, []),
    ('kernel_small', good_map, ['--kernel-size', '3', '--kernel-radius', '1'], good_map, []),
    ('full_scale_in_corner', hot_corner, ['--region', 'box'], good_map, ['--region', 'box']),
    ('solvent_model_poor', only_noise, [], good_map, []),
    ('confidence_limit_high', only_noise, ['--occupancy'], good_map, ['--occupancy']),
]


def warnings(program, folder, volume, options):
    path = os.path.join(folder, 'map.mrc')
    with mrcfile.new(path, overwrite=True) as file:
        file.set_data(volume.astype(np.float32))
        file.voxel_size = 2.0
    done = subprocess.run([program, 'estimate', '--force', '-o', folder, *options, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with open(os.path.join(folder, 'map_report.json')) as file:
        found = json.load(file)['warnings']
    for warning in found:
        assert warning['text'] in done.stderr, f'{warning} is not on stderr: {done.stderr}'
    return {warning['code'] for warning in found}


def main():
    program, failed = os.path.abspath(sys.argv[1]), 0
    with tempfile.TemporaryDirectory() as folder:
        for code, bad, bad_options, fine, fine_options in CASES:
            earned = code in warnings(program, folder, bad(), bad_options)
            spared = code not in warnings(program, folder, fine(), fine_options)
            print('PASS' if earned and spared else f'FAIL (earned {earned}, spared {spared})', code)
            failed += not (earned and spared)
    print(f'{len(CASES) - failed} passed, {failed} failed')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
