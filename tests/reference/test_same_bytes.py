# SPDX-License-Identifier: GPL-3.0-or-later
"""The maps do not depend on how a run was made: threads, memory, way of reading, instructions. And
memory is a promise.

    test_same_bytes.py PROGRAM

Every run must give byte-identical map files, stay within its --memory, and report the peak that the kernel counted.
"""
import argparse
import hashlib
import os
import re
import sys
import tempfile

import numpy as np

import common
from common import MIB

# group: {name: shape, voxel, type, options, the maps that must come of it}
INPUTS = {
    'plain': {
        'raw': ((128, 120, 110), (1.0, 1.0, 1.0), 'f4', [], 'confidence scale'),
        'odd': ((75, 131, 97), (1.3, 0.9, 1.1), 'f2', ['--occupancy', '--nlrc'], 'confidence scale'),
        'low-pass': ((96, 96, 96), (1.1, 1.1, 1.1), 'i2', ['--occupancy', '--outputs', 'scale,confidence,lowpass'],
                     'confidence lowpass scale'),
    },
    'modify': {
        'noise': ((90, 84, 101), (1.2, 1.2, 1.2), 'f4', ['--amplify', '2', '--attenuate', '3', '--seed', '7'],
                  'amplified attenuated confidence scale'),
        'filtered': ((64, 70, 66), (1.1, 1.1, 1.1), 'f4',
                     ['--sigmoid', '3', '--pivot', '0.4', '--lowpass-output', '6', '--hist-match'],
                     'confidence scale sigmoid'),
    },
}
UNITS = {'': 1, 'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30, 'T': 1 << 40}


def simd_levels(program):
    """Those this machine has: a run that asks for another is refused."""
    def plan(level):
        return common.run(program, 'estimate', '--plan', '/dev/null', environment={'OCCUSTREAM_SIMD': level})
    return [level for level in ('scalar', 'avx2', 'avx512', 'neon') if 'OCCUSTREAM_SIMD' not in plan(level).stderr]


def digests(directory):
    """Of the maps by name; the report has times and sizes of the run in it."""
    found = {}
    for name in sorted(os.listdir(directory)):
        if name.endswith('.mrc'):
            with open(os.path.join(directory, name), 'rb') as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


def sizes_in(text):
    return [int(float(number) * UNITS[unit]) for number, unit in
            re.findall(r'(?<![\w.])(\d+(?:\.\d+)?) ?([KMGT]?)(?:iB|B|bytes)?\b', text)]


def smallest_memory(comparison, program, path, options, directory):
    """What the refusal of far too little names. It must do, and 1 MiB less must not, as it is named in MiB."""
    def plan(memory):
        return common.run(program, 'estimate', *options, '--plan', '--memory', memory, '-o', directory, path)

    refusal = plan('1M')
    comparison.equal('exit status for 1M', refusal.status, 4)
    named = [size for size in sizes_in(refusal.stderr) if size > MIB]
    if not named:
        raise common.Failure(f'no size named in: {refusal.stderr.strip()}')
    smallest = named[-1]
    comparison.equal(f'exit status for the named {smallest / MIB:.2f} MiB', plan(smallest).status, 0)
    comparison.equal('exit status for 1 MiB less', plan(smallest - MIB).status, 4)
    return smallest


def check_peak(comparison, title, result, limit, floor):
    """Within a MiB, as the kernel keeps its count in batches a thread and the report is written before the end."""
    peak, reported = result.run.peak_bytes, result.report['run']['memory_peak_bytes']
    if peak > max(limit, floor):
        comparison.bad.append(f'{title}: {peak / MIB:.1f} MiB resident, {limit / MIB:.1f} allowed')
    if peak > 1.1 * floor and abs(reported - peak) > MIB:
        comparison.bad.append(f'{title}: {reported / MIB:.1f} MiB reported, the kernel counted {peak / MIB:.1f}')


def variants(smallest, levels):
    """Title, memory in bytes, options."""
    generous = 2 << 30
    for threads in (1, 2, 4):
        yield f'{threads} threads', generous, ['--threads', threads]
    for threads in (1, 2):
        yield f'{threads} threads, smallest memory', smallest[threads], ['--threads', threads]
    for mode in ('mmap', 'read'):
        yield mode, generous, ['--threads', 2, '--io', mode]
    yield 'again', generous, ['--threads', 2]
    for level in levels:
        yield f'{level} instructions', generous, ['--threads', 2]


def same_bytes(comparison, program, work, case, floor):
    shape, voxel, dtype, options, kinds = case
    data = common.phantom(shape, voxel, 21)
    data = np.rint(data * 20000).astype(dtype) if dtype == 'i2' else data.astype(dtype)
    path = common.write_map(os.path.join(work, 'map.mrc'), data, voxel)
    out, first = os.path.join(work, 'out'), None
    smallest = {threads: smallest_memory(comparison, program, path, [*options, '--threads', threads], work)
                for threads in (1, 2)}
    for title, memory, extra in variants(smallest, simd_levels(program)):
        forced = {'OCCUSTREAM_SIMD': title.split()[0]} if title.endswith('instructions') else None
        result = common.estimate(program, path, out, [*options, '--memory', memory, *extra], forced)
        check_peak(comparison, title, result, memory, floor)
        found = digests(out)
        first = first or found
        comparison.equal(f'maps ({title})', list(found), [f'map_{kind}.mrc' for kind in kinds.split()])
        for different in sorted(n for n in first if found.get(n) != first[n]):
            comparison.bad.append(f'{different} differs ({title})')
        if 'smallest' in title:
            comparison.lines.append(f'{title} {memory / MIB:.1f} MiB, peak {result.run.peak_bytes / MIB:.1f}')
    comparison.lines.append(f'{len(first)} maps')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('--group', action='append', choices=list(INPUTS))
    arguments = parser.parse_args()
    tally, floor = common.Tally(), common.run('/bin/true').peak_bytes
    for group in arguments.group or INPUTS:
        for name, case in INPUTS[group].items():
            with tempfile.TemporaryDirectory(prefix='ocs-same-') as work:
                tally.case(name, lambda comparison: same_bytes(comparison, arguments.program, work, case, floor))
    return tally.close()


if __name__ == '__main__':
    sys.exit(main())
