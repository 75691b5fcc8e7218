#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that is full, for real: a small tmpfs for the results, then for the scratch file. One line, exit status 6, and
nothing but what was there before. Needs to mount, so root; else it is skipped.

Usage: test_space.py OCCUSTREAM PHANTOM
"""
import os
import subprocess
import sys
import tempfile

BOX = 96  # 3.5 MB a map


def estimate(program, options, path):
    return subprocess.run([program, 'estimate', *options, path], capture_output=True, text=True)


def check(title, done, folders):
    lines = done.stderr.splitlines()
    good = done.returncode == 6 and len(lines) == 1 and lines[0].startswith('occustream: ') and done.stdout == ''
    left = [os.path.join(folder, name) for folder, kept in folders.items()
            for name in os.listdir(folder) if name not in kept]
    print('PASS' if good and not left else f'FAIL status {done.returncode}, left {left}:', title, '|', done.stderr.strip())
    return not (good and not left)


def main():
    program, phantom = map(os.path.abspath, sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        small, roomy, path = (os.path.join(folder, name) for name in ('small', 'roomy', 'map.mrc'))
        os.mkdir(small)
        os.mkdir(roomy)
        subprocess.run([phantom, '--box', str(BOX), '--voxel', '1', path], check=True, capture_output=True)
        if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'none', small], capture_output=True).returncode != 0:
            print('SKIP: cannot mount a small file system here')
            return 77
        try:
            earlier = os.path.join(small, 'map_scale.mrc')
            with open(earlier, 'w', encoding='ascii') as file:
                file.write('of an earlier run')
            failed = check('no space for the results', estimate(program, ['--force', '-o', small], path),
                           {small: ['map_scale.mrc']})
            with open(earlier, encoding='ascii') as file:
                if file.read() != 'of an earlier run':
                    failed, _ = failed + 1, print('FAIL the earlier result was touched')
            # The least memory puts the spectrum into scratch; three modifications to be matched do not fit 4 MB.
            failed += check('no space for scratch',
                            estimate(program, ['-o', roomy, '--scratch', small, '--amplify', '3', '--attenuate', '3',
                                               '--sigmoid', '3', '--pivot', '.4', '--hist-match'], path),
                            {small: ['map_scale.mrc'], roomy: []})
        finally:
            subprocess.run(['umount', small], check=True)
    print(f'{2 - failed} passed, {failed} failed')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
