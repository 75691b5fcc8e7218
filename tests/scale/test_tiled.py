#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiled outputs of a 512^3 map in the smallest memory that works and in a roomy one, as the kernel counts it.

Usage: test_tiled.py OCCUSTREAM PHANTOM
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MEASURE = pathlib.Path(__file__).resolve().parents[1] / 'reference' / 'measure.py'
MIB = 1 << 20
BOX = 512
# The map, two float32 results before compression, their pyramids and the spectrum in scratch.
SPACE = 16 * BOX ** 3
FORMATS = {
    'mrc': ['--format', 'mrc'],
    'mrc.zst': ['--format', 'mrc.zst'],
    'zarr': ['--format', 'zarr'],
    'zarr 3, blosc': ['--format', 'zarr', '--zarr', '3', '--codec', 'blosc'],
    'zarr, modified': ['--format', 'zarr', '--amplify', '2', '--chunk', '32,64,64'],
    'mrc.zst, restored': ['--format', 'mrc.zst', '--max-box', '192', '--amplify', '2'],
}


def estimate(program, folder, words):
    """Exit status, standard error, peak in bytes."""
    output, figures = folder / 'out', folder / 'figures'
    output.mkdir()
    done = subprocess.run([sys.executable, '-I', '-S', MEASURE, figures, program, 'estimate', '--quiet', '--scratch', folder,
                           '--output', output, *words, folder / 'map.mrc'], stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, check=False)
    shutil.rmtree(output)
    return done.returncode, done.stderr.strip(), int(figures.read_text().split()[0])


def main():
    program, phantom = map(os.path.abspath, sys.argv[1:3])
    failed = count = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if shutil.disk_usage(folder).free < SPACE:
            print(f'SKIP: {folder} has not {SPACE >> 30} GiB free')
            return 77
        subprocess.run([phantom, '--box', str(BOX), '--mode', '0', folder / 'map.mrc'], check=True, capture_output=True)
        for what, words in FORMATS.items():
            _, said, _ = estimate(program, folder, ['--memory', '1M', *words])
            least = int(re.search(r'--memory (\d+)M', said).group(1))
            for memory, threads in ((least, 2), (3 * least, 2)):
                status, said, peak = estimate(program, folder, ['--memory', f'{memory}M', '--threads', str(threads), *words])
                good = status == 0 and peak <= memory * MIB
                count, failed = count + 1, failed + (not good)
                print('PASS' if good else 'FAIL', f'{what}: {peak / MIB:.1f} MiB of {memory} MiB', said, flush=True)
    print(f'{count - failed} passed, {failed} failed')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
