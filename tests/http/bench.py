# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of URLs share: a map, runs on it, and what has to be true after each."""
import os
import pathlib
import shutil
import struct
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'cli'))
from program import PROGRAM, Failures, header, run  # noqa: E402,F401

SKIPPED = 77
SHAPE = (80, 96, 112)  # 3.3 MiB: several ranges
OK, USAGE, BAD_INPUT, LIMIT, IO = 0, 2, 3, 4, 5
PATIENCE = 4  # seconds: a stall is one

failures = Failures()


def environment(**changes):
    """That of the test without anything that steers HTTP clients. A value None is left out."""
    kept = {name: value for name, value in os.environ.items()
            if not name.lower().endswith('_proxy') and not name.startswith(('AWS_', 'OCCUSTREAM_', 'SSL_', 'CURL_'))}
    kept.update(OCCUSTREAM_PATIENCE=str(PATIENCE), HOME='/nonexistent')
    kept.update(changes)
    return {name: value for name, value in kept.items() if value is not None}


def sample_map(shape=SHAPE):
    """A ball of density with fringes in noise, without help from a library."""
    nz, ny, nx = shape
    values, state = [], 12345
    for z in range(nz):
        dz = (z / nz - .5) ** 2
        for y in range(ny):
            dyz = dz + (y / ny - .5) ** 2
            for x in range(nx):
                state = (state * 1103515245 + 12345) & 0x7fffffff
                inside = dyz + (x / nx - .5) ** 2 < .06
                values.append((1 + (x * y + z) % 7 / 7 if inside else 0) + state / 2**31 / 20)
    return header(shape) + struct.pack(f'<{len(values)}f', *values)


class Bench:
    """A folder with a map, and what the program makes of it when it is a file."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='ocs-http-'))
        self.data = sample_map()
        self.path = self.folder / 'map.mrc'
        self.path.write_bytes(self.data)
        self.runs = 0
        self.wanted = {}
        self.same('a file', self.path)
        self.wanted = self.written

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def estimate(self, location, *options, **changes):
        """Exit status, lines on standard error, folder of the results, seconds."""
        self.runs += 1
        output = self.folder / f'out{self.runs}'
        output.mkdir()
        begin = time.monotonic()
        done = run('estimate', '-q', '-o', output, *options, location, env=environment(**changes))
        return done.returncode, done.stderr.decode(errors='replace').splitlines(), output, time.monotonic() - begin

    def same(self, what, location, *options, stem='map', **changes):
        """The same bytes as from the file."""
        status, lines, output, seconds = self.estimate(location, *options, **changes)
        failures.check(status == OK and not lines, f'{what}: exit status {status}, {lines}')
        self.written = {path.name.removeprefix(stem): path.read_bytes() for path in output.glob('*.mrc')}
        failures.check(len(self.written) == 2, f'{what}: wrote {sorted(self.written)}')
        if self.wanted:
            failures.check(self.written == self.wanted, f'{what}: other voxels than from the file')
        self.report = next(iter(output.glob('*_report.json')), None)
        return seconds

    def refused(self, what, location, *words, status=IO, options=(), hidden=(), **changes):
        """One line that has these words, and nothing left behind."""
        got, lines, output, seconds = self.estimate(location, *options, **changes)
        failures.check(got == status, f'{what}: exit status {got}, {lines}')
        failures.check(len(lines) == 1 and lines[0].startswith('occustream: '), f'{what}: {lines}')
        for word in words:
            failures.check(word in ''.join(lines), f'{what}: {word!r} not in {lines}')
        for word in hidden:
            failures.check(word not in ''.join(lines), f'{what}: {word!r} in {lines}')
        left = [path.name for path in output.iterdir()]
        failures.check(not left, f'{what}: left behind {left}')
        return seconds
