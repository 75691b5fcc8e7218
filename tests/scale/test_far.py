#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Voxels past 2^31 and 2^32: a sparse map of 2^32 + 2^26 voxels with single bright ones far in, read with statistics and by
`estimate --volume` of a stack whose second volume lies past them.

Usage: test_far.py OCCUSTREAM PHANTOM
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

import numpy as np
import sparse

PLANE = 4096 * 4096


def statistics(program, path):
    done = subprocess.run([program, 'info', '--json', '--stats', path], capture_output=True, text=True)
    return json.loads(done.stdout)['files'][0]['statistics']


def far_voxels(program, folder):
    """The largest and the smallest voxel lie just before and after the borders; a wrapped index finds neither."""
    path = os.path.join(folder, 'far.mrc')
    for border in (1 << 31, 1 << 32):
        sections = border // PLANE + 1
        sparse.write(path, sections, 4096, 4096, 0, [(border - 1, struct.pack('b', 77)), (border + 5, struct.pack('b', -33))])
        found = statistics(program, path)
        mean = (77 - 33) / (sections * PLANE)
        assert found['max'] == 77 and found['min'] == -33, found
        assert abs(found['mean'] - mean) < 1e-6 * abs(mean), (found, mean)
        os.unlink(path)


def far_volume(program, folder):
    """A stack of small volumes: the last one lies past 2^32 voxels. Its results are those of the volume alone."""
    n, path, alone = 64, os.path.join(folder, 'stack.mrc'), os.path.join(folder, 'alone.mrc')
    volumes = (1 << 32) // n ** 3 + 3
    rng = np.random.default_rng(5)
    data = rng.normal(0, 1, (n, n, n)).astype('<f4')
    data[24:40, 24:40, 24:40] += 4
    sparse.write(alone, n, n, n, 2, [(0, data.tobytes())])
    sparse.write(path, n * volumes, n, n, 2, [((volumes - 1) * n ** 3, data.tobytes())])
    with open(path, 'r+b') as file:
        file.seek(36)
        file.write(struct.pack('<i', n))    # MZ: sections of one volume
        file.seek(48)
        file.write(struct.pack('<f', n))
        file.seek(88)
        file.write(struct.pack('<i', 401))  # ISPG: a stack of volumes
    for name, options in (('stack', ['--volume', str(volumes)]), ('alone', [])):
        done = subprocess.run([program, 'estimate', '-q', '-o', folder, *options, os.path.join(folder, name + '.mrc')],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    maps = [np.fromfile(os.path.join(folder, name + '_scale.mrc'), '<f4', offset=1024) for name in ('stack', 'alone')]
    assert np.array_equal(*maps) and maps[0].max() == 1, 'the far volume gives another scale'


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        for case in (far_voxels, far_volume):
            case(program, folder)
            print('PASS', case.__name__)
    print('2 passed, 0 failed')
    return 0


if __name__ == '__main__':
    sys.exit(main())
