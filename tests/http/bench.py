# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of URLs share: a map, runs on it, and what has to be true after each.

As a program it measures one map from every kind of source, and prints the table of docs/performance.md:
bench.py OCCUSTREAM PHANTOM [BOX]
"""
import os
import pathlib
import shutil
import struct
import subprocess
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


# ---------------------------------------------------------------- measuring

RUNS = 3  # the smallest times and the largest peak count
COMPRESS = (('gz', 'gzip -6 -c'), ('bz2', 'bzip2 -9 -c'), ('xz', 'xz -6 -T0 -c'), ('zst', 'zstd -3 -q -c'))


def measured(folder, location, piped=None):
    """Wall and CPU seconds and peak in bytes of one run with the default settings and two threads."""
    output, figures = folder / 'out', folder / 'figures'
    output.mkdir()
    words = [sys.executable, '-I', '-S', HERE.parent / 'reference' / 'measure.py', figures, PROGRAM, 'estimate', '-q',
             '--memory', '1G', '--threads', '2', '-o', output, location]
    cat = subprocess.Popen(['cat', piped], stdout=subprocess.PIPE) if piped else None
    begin = time.monotonic()
    subprocess.run(words, stdin=cat.stdout if cat else subprocess.DEVNULL, env=environment(), check=True)
    seconds = time.monotonic() - begin
    if cat:
        cat.stdout.close()
        cat.wait()
    shutil.rmtree(output)
    peak, cpu = figures.read_text().split()
    return seconds, float(cpu), int(peak)


def sources(folder, path):
    """What to call it, what to read, what to pipe, bytes."""
    yield 'file', path, None, path
    yield 'pipe', '-', path, path
    for suffix, command in COMPRESS:
        packed = path.with_name(f'{path.name}.{suffix}')
        with open(packed, 'wb') as file:
            subprocess.run([*command.split(), path], stdout=file, check=True)
        yield f'`{command.removesuffix(" -c")}`', packed, None, packed


def measure_sources(phantom, box):
    from fault_server import FaultServer
    folder = pathlib.Path(tempfile.mkdtemp(prefix='ocs-bench-'))
    try:
        path = folder / 'map.mrc'
        subprocess.run([phantom, '--box', str(box), '--layout', 'separate', path], check=True, stdout=subprocess.DEVNULL)
        print('| from | MiB | wall s | CPU s | peak MiB |\n|---|---|---|---|---|')
        with FaultServer({path.name: path.read_bytes()}) as server:
            for what, location, piped, file in (*sources(folder, path),
                                                ('HTTP, ranges', f'{server.url}/ok/{path.name}', None, path),
                                                ('HTTP, no ranges', f'{server.url}/whole/{path.name}', None, path)):
                runs = [measured(folder, location, piped) for _ in range(RUNS)]
                wall, cpu, peak = min(runs)[0], min(one[1] for one in runs), max(one[2] for one in runs)
                print(f'| {what} | {file.stat().st_size / 2**20:.0f} | {wall:.2f} | {cpu:.2f} | {peak / 2**20:.0f} |', flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == '__main__':
    measure_sources(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 256)
