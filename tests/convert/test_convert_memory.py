# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversions keep --memory, as the kernel counts it, and give the same bytes in any memory and with any threads."""
import os
import pathlib
import subprocess
import sys

import numpy as np

from maps import Bench, write_map
import program
from program import run

if os.environ.get('OCS_SANITIZE'):
    print('SKIPPED: sanitizers take memory of their own')
    sys.exit(77)

bench = Bench()
check, folder = bench.check, bench.folder
MIB = 1 << 20
MEASURE = pathlib.Path(__file__).parents[1] / 'reference' / 'measure.py'
SHAPE = (150, 200, 330)
first = write_map(folder / 'map.mrc', np.random.default_rng(1).normal(size=SHAPE).astype('<f4'), 2, mapc=1, mapr=2, maps=3)


def measured(title, memory, *words):
    """Converts within `memory` MiB."""
    figures = folder / 'figures'
    done = subprocess.run([sys.executable, MEASURE, figures, program.PROGRAM, 'convert', '--force', '--memory',
                           f'{memory}M', *map(str, words)], capture_output=True)
    peak = int(figures.read_text().split()[0]) / MIB
    check(done.returncode == 0, f'{title}: {done.returncode}, {done.stderr}')
    check(peak <= memory, f'{title}: {peak:.1f} of {memory} MiB')
    return peak


def smallest(*words):
    """What a refusal names."""
    done = run('convert', '--force', '--memory', '1M', *words)
    check(done.returncode == 4, f'{words}: {done.returncode}, {done.stderr}')
    return int(done.stderr.decode().split('--memory ')[1].rstrip('M\n'))


def tree(path):
    if path.is_file():
        return path.read_bytes()
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob('*')) if p.is_file()}


steps = [('two.zarr', first, ['--chunk', '32,32,32']), ('three.zarr', folder / 'two.zarr', ['--zarr', 3]),
         ('blosc.zarr', folder / 'three.zarr', ['--codec', 'blosc']), ('map.mrc.zst', folder / 'blosc.zarr', []),
         ('back.mrc', folder / 'map.mrc.zst', [])]
for name, source, words in steps:
    out = folder / name
    least = smallest(source, out, *words, '--verify')
    results = []
    for memory, threads in ((least, 1), (least + 8, 2), (400, 3)):
        peak = measured(f'{name} in {memory} MiB by {threads}', memory, source, out, *words, '--verify', '--threads', threads)
        results.append(tree(out))
        print(f'{name}: {peak:.1f} of {memory} MiB, smallest {least}')
    check(all(result == results[0] for result in results), f'{name}: bytes depend on the run')
check((folder / 'back.mrc').read_bytes() == first.read_bytes(), 'other bytes after the round trip')
bench.finish()
