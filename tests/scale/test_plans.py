#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory that large boxes are promised to need, as planned: the plan reads the header alone.

Usage: test_plans.py OCCUSTREAM PHANTOM
"""
import os
import re
import subprocess
import sys
import tempfile

import sparse

PROMISES = [  # sections, rows, columns, memory
    (512, 512, 512, '64M'),
    (1024, 1024, 1024, '128M'),
    (2048, 2048, 2048, '256M'),
    (2048, 4096, 4096, '1G'),
    (512, 4096, 4096, '1G'),
    (4096, 4096, 4096, '1G'),
]
OPTIONS = [[], ['--amplify', '3', '--attenuate', '3', '--sigmoid', '3', '--pivot', '0.3']]
UNITS = {'KiB': 1 << 10, 'MiB': 1 << 20, 'GiB': 1 << 30}


def plan(program, folder, path, options):
    return subprocess.run([program, 'estimate', '--plan', '-o', folder, *options, path], capture_output=True, text=True)


def main():
    program, failed = os.path.abspath(sys.argv[1]), 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'map.mrc')
        for *box, memory in PROMISES:
            sparse.write(path, *box, 2)
            for options in OPTIONS:
                done = plan(program, folder, path, ['--memory', memory, *options])
                need = re.search(r'memory +([\d.]+) (\w+) of ([\d.]+) (\w+)', done.stdout + done.stderr)
                good = done.returncode == 0 and need and \
                    float(need[1]) * UNITS[need[2]] <= float(need[3]) * UNITS[need[4]]
                failed += not good
                print('PASS' if good else f'FAIL {done.stdout}{done.stderr}', box, memory, *options)
        for name in os.listdir(folder):
            if name != 'map.mrc':
                failed += 1
                print('FAIL a plan left', name)
    count = len(PROMISES) * len(OPTIONS)
    print(f'{count - failed} passed, {failed} failed')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
