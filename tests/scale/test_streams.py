#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A large 8-bit map through a pipe and over HTTP: the same bytes as from the file, within --memory as the kernel counts it.

640^3 in 64 MiB, a quarter of the map, or with OCCUSTREAM_LARGE_TESTS=1 1024^3 in 128 MiB, an eighth.
Usage: test_streams.py OCCUSTREAM PHANTOM
"""
import hashlib
import mmap
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / 'http'))
from bench import environment  # noqa: E402
from fault_server import FaultServer  # noqa: E402

MIB = 1 << 20
BOX, MEMORY = (1024, 128) if os.environ.get('OCCUSTREAM_LARGE_TESTS') == '1' else (640, 64)
# The map, its spool as if nothing compressed, two float16 results, and what the file system wants.
SPACE = 8 * BOX ** 3


def digest(path):
    found = hashlib.sha256()
    with open(path, 'rb') as file:
        while piece := file.read(4 * MIB):
            found.update(piece)
    return found.hexdigest()


def estimate(program, folder, location, stdin=subprocess.DEVNULL):
    """Exit status, standard error, peak in bytes, seconds, and a digest of the scale map, which is then removed."""
    output, figures = folder / 'out', folder / 'figures'
    output.mkdir()
    begin = time.monotonic()
    done = subprocess.run([sys.executable, '-I', '-S', TESTS / 'reference' / 'measure.py', figures, program, 'estimate',
                           '--quiet', '--memory', f'{MEMORY}M', '--threads', '2', '--dtype', 'f16', '--outputs', 'scale',
                           '--scratch', folder, '--output', output, location],
                          stdin=stdin, stderr=subprocess.PIPE, text=True, check=False,
                          env=environment(OCCUSTREAM_PATIENCE=None))
    seconds = time.monotonic() - begin
    maps = list(output.glob('*_scale.mrc'))
    written = digest(maps[0]) if len(maps) == 1 and maps[0].stat().st_size == 1024 + 2 * BOX ** 3 else None
    shutil.rmtree(output)
    return done.returncode, done.stderr.strip(), int(figures.read_text().split()[0]), seconds, written


def through_pipe(program, folder, path):
    with subprocess.Popen(['cat', path], stdout=subprocess.PIPE) as cat:
        found = estimate(program, folder, '-', cat.stdout)
        cat.stdout.close()
    return found


def over_http(program, folder, path):
    with open(path, 'rb') as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, \
            FaultServer({'big.mrc': data}) as server:
        found = estimate(program, folder, f'{server.url}/ok/big.mrc')
        print(f'{len(server.requests)} requests')
    return found


def main():
    program, phantom = map(os.path.abspath, sys.argv[1:3])
    failed = 0
    with tempfile.TemporaryDirectory(prefix='ocs-scale-') as name:
        folder = pathlib.Path(name)
        if shutil.disk_usage(folder).free < SPACE:
            print(f'SKIP: less than {SPACE / 2**30:.1f} GiB free in {folder.parent}')
            return 77
        path = folder / 'big.mrc'
        subprocess.run([phantom, '--box', str(BOX), '--mode', '0', path], check=True, stdout=subprocess.DEVNULL)
        wanted = None
        for what, how in (('file', estimate), ('pipe', through_pipe), ('http', over_http)):
            status, said, peak, seconds, written = how(program, folder, path)
            wanted = wanted or written
            good = status == 0 and not said and written and written == wanted and peak <= MEMORY * MIB
            failed += not good
            print(f'{"PASS" if good else "FAIL"} {what}: {BOX}^3, peak {peak / MIB:.1f} of {MEMORY} MiB, {seconds:.1f} s, exit status '
                  f'{status}, {"same" if written == wanted else "OTHER"} bytes {said}')
        left = sorted(entry.name for entry in folder.iterdir() if entry.name not in ('big.mrc', 'figures'))
        if left:
            failed, _ = failed + 1, print(f'FAIL left behind: {left}')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
