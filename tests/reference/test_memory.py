# SPDX-License-Identifier: GPL-3.0-or-later
"""A box of 512^3 floats, half a GiB, within --memory 256M, as the kernel counts it.

    test_memory.py PROGRAM [PHANTOM_TOOL] [--box N] [--memory MIB]
"""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

import common
from common import MIB

PLANES = 16  # written at a time


def write_by_slabs(path, n):
    """A ball of wavy density in noise; only a few planes are ever in memory."""
    common.write_map(path, np.zeros((1, 1, 1), np.float32))
    with open(path, 'r+b') as file:
        header = np.frombuffer(file.read(1024), common.HEADER_DTYPE).copy()
        for axis in 'xyz':
            header['n' + axis], header['m' + axis], header['cella'][axis] = n, n, n
        header['dmin'], header['dmax'], header['dmean'], header['rms'] = 0, -1, -2, -1  # MRC2014: not determined
        file.seek(0)
        file.write(header.tobytes())
        random, axis = np.random.default_rng(5), np.arange(n, dtype=np.float32) / n - np.float32(.5)
        for first in range(0, n, PLANES):
            z = axis[first:first + PLANES, None, None]
            inside = z ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2 < .09
            slab = random.standard_normal(inside.shape, np.float32) * np.float32(.02)
            wave = (1 + np.sin(50 * z)) * (1 + np.sin(50 * axis[:, None])) * (1 + np.sin(50 * axis[None, :]))
            file.write((slab + inside * wave * np.float32(.2)).astype(np.float32).tobytes())


def within(comparison, program, tool, work, box, limit):
    path = os.path.join(work, 'big.mrc')
    if tool:
        subprocess.run([tool, '--box', str(box), path], check=True, stdout=subprocess.DEVNULL)
    else:
        write_by_slabs(path, box)
    result = common.estimate(program, path, os.path.join(work, 'out'),
                             ['--memory', limit, '--threads', 2, '--outputs', 'scale,confidence'])
    for kind in ('scale', 'confidence'):
        size = os.path.getsize(result.path(kind))
        if size < 4 * box ** 3:
            comparison.bad.append(f'{kind} has {size} bytes')
    peak, reported = result.run.peak_bytes, result.report['run']['memory_peak_bytes']
    comparison.note('peak', peak, limit, f'peak {peak / MIB:.1f} of {limit / MIB:.0f} MiB')
    comparison.note('reported', abs(reported - peak), MIB, f'reported {reported / MIB:.1f} MiB')
    comparison.lines.append(f'{result.run.seconds:.1f} s')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('tool', nargs='?', help='the phantom tool; without it a simpler map is made here')
    parser.add_argument('--box', type=int, default=512)
    parser.add_argument('--memory', type=int, default=256, metavar='MIB')
    arguments = parser.parse_args()
    tally = common.Tally()
    with tempfile.TemporaryDirectory(prefix='ocs-memory-') as work:
        title = f'{arguments.box}^3 in {arguments.memory} MiB'
        tally.case(title, lambda comparison: within(comparison, arguments.program, arguments.tool, work, arguments.box,
                                                    arguments.memory * MIB))
    return tally.close()


if __name__ == '__main__':
    sys.exit(main())
