# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes from a URL stays in memory where there is room, and comes once then; where there is none, nothing changes.

--memory holds in both cases, by the kernel's count. Usage: test_http_memory.py OCCUSTREAM PHANTOM
"""
import re
import struct
import subprocess
import sys

from bench import HERE, LIMIT, OK, PROGRAM, Bench, environment, failures, header, run
from fault_server import FaultServer

check = failures.check
MIB, HEADER = 1 << 20, 1024
UNITS = {'B': 1, 'KiB': 1 << 10, 'MiB': 1 << 20, 'GiB': 1 << 30}


def size_of(text):
    number, unit = text.split()
    return float(number) * UNITS[unit]


class Plan:
    """What --plan says; `status` is not OK where it does not fit."""

    def __init__(self, location, memory, *options):
        done = run('estimate', '--plan', '--memory', f'{memory}M', '--threads', '2', *options, location, env=environment())
        text = done.stdout.decode()
        self.status = done.returncode
        if self.status != OK:
            return
        need, _, smallest = re.search(r'^memory +(\S+ \S+) of (\S+ \S+) allowed; works with (\S+ \S+) or more$', text,
                                      re.M).groups()
        kept = re.search(r'^in memory +(\S+ \S+) from URLs', text, re.M)
        self.need, self.smallest = size_of(need), int(size_of(smallest)) // MIB
        self.kept = size_of(kept[1]) if kept else 0
        self.read = size_of(re.search(r'^all +(\S+ \S+) ', text, re.M)[1])
        self.threads = int(re.search(r'^threads +(\d+)', text, re.M)[1])
        self.band = int(re.search(r'planes of (\d+) rows', text)[1])


def first_that_keeps(location, low, high, *options):
    while high - low > 1:
        middle = (low + high) // 2
        if Plan(location, middle, *options).kept:
            high = middle
        else:
            low = middle
    return high


def measured(bench, location, memory, *options):
    """Peak in bytes by the kernel, maps written, report and log."""
    bench.runs += 1
    output, figures = bench.folder / f'out{bench.runs}', bench.folder / 'figures'
    output.mkdir()
    done = subprocess.run([sys.executable, '-I', '-S', HERE.parent / 'reference' / 'measure.py', figures, PROGRAM, 'estimate',
                           '-q', '--memory', f'{memory}M', '--threads', '2', *options, '-o', output, location],
                          stderr=subprocess.PIPE, env=environment(), check=False)
    check(done.returncode == OK and not done.stderr, f'{location} in {memory} MiB: {done.returncode}, {done.stderr}')
    peak = int(figures.read_text().split()[0])
    check(peak <= memory * MIB, f'{location}: {peak / MIB:.1f} of {memory} MiB')
    maps = {re.sub('^[^_]*_', '', path.name): path.read_bytes() for path in output.glob('*.mrc')}
    texts = ''.join(path.read_text() for pattern in ('*_report.json', '*.log') for path in output.glob(pattern))
    print(f'    {memory} MiB: {peak / MIB:.1f} MiB at most')
    return peak, maps, texts


def asked(server, name):
    return sum(last - first + 1 for first, last in (request.range for request in server.requests
                                                    if request.path.endswith('/' + name)))


def whole(bench, server, phantom):
    """A float map: the limit from which it is kept, and both sides of it."""
    path = bench.folder / 'float.mrc'
    subprocess.run([phantom, '--box', '144', path], check=True, stdout=subprocess.DEVNULL)
    data = path.read_bytes()
    server.files[path.name] = data
    url, voxels = f'{server.url}/ok/{path.name}', len(data) - HEADER
    smallest = Plan(url, 1000).smallest
    check(run('estimate', '--plan', '--memory', f'{smallest - 1}M', '--threads', '2', url, env=environment()).returncode == LIMIT,
          'a MiB less than the smallest memory')
    check(Plan(url, smallest).status == OK and not Plan(url, smallest).kept, 'kept in the smallest memory')
    threshold = first_that_keeps(url, smallest, 1000)
    threads = band = 0
    for memory in sorted({smallest, *range(smallest, 2 * threshold, 5), threshold - 1, threshold, threshold + 1}):
        plan = Plan(url, memory)
        check(plan.status == OK and plan.need <= memory * MIB and plan.smallest == smallest, f'{memory} MiB: {vars(plan)}')
        check(plan.threads >= threads and (plan.threads > threads or plan.band >= band), f'{memory} MiB: slower, {vars(plan)}')
        check((plan.kept > 0) == (memory >= threshold), f'{memory} MiB: kept {plan.kept}')
        check(plan.read >= (1.9 if memory < threshold else .99) * voxels, f'{memory} MiB: reads {plan.read}')
        check(memory < threshold or plan.read < 1.01 * voxels, f'{memory} MiB: reads {plan.read}')
        threads, band = plan.threads, plan.band

    _, wanted, texts = measured(bench, path, threshold)
    check('"in_memory_bytes": 0' in texts and 'from URLs' not in texts, 'a file is reported to be in memory')
    server.forget()
    _, maps, texts = measured(bench, url, threshold)
    check(maps == wanted and len(maps) == 2, 'kept: other voxels')
    check(asked(server, path.name) == len(data), f'kept: {asked(server, path.name)} bytes asked for {len(data)}')
    check(f'"in_memory_bytes": {voxels}' in texts and 'came from URLs' in texts, 'kept: not reported')
    for memory in (threshold - 1, smallest):
        server.forget()
        _, maps, texts = measured(bench, url, memory)
        check(maps == wanted, f'{memory} MiB: other voxels')
        check(asked(server, path.name) > 1.9 * len(data), f'{memory} MiB: {asked(server, path.name)} bytes asked')
        check('"in_memory_bytes": 0' in texts, f'{memory} MiB: reported to be in memory')
    check(not Plan(url, 1000, '--occupancy').kept, 'kept for one sweep')


def small_voxels(bench, server):
    """Voxels are kept as they are in the file: of bytes one byte each; of a stack the volume that is meant."""
    shape = (72, 80, 96)
    count = shape[0] * shape[1] * shape[2]
    volumes = [bytes((i * i + i * volume * 7 + i // 97) % 61 for i in range(count)) for volume in (1, 2, 3)]
    front = header((3 * shape[0], *shape[1:]), mode=0, mz=shape[0], cell_z=1.5 * shape[0], ispg=401)
    path = bench.folder / 'stack.mrc'
    path.write_bytes(front + b''.join(volumes))
    server.files[path.name] = path.read_bytes()
    url = f'{server.url}/ok/{path.name}'
    kept = Plan(url, 200, '--volume', '2').kept
    check(abs(kept - count) < .1 * MIB, f'bytes: {kept} kept of {count}')
    server.forget()
    wanted = measured(bench, path, 200, '--volume', '2')[1]
    check(measured(bench, url, 200, '--volume', '2')[1] == wanted, 'bytes: other voxels')
    check(all(HEADER + count <= first and last < HEADER + 2 * count for first, last in
              (request.range for request in server.requests[1:])), 'bytes: asked for another volume')
    check(asked(server, path.name) == HEADER + count, f'bytes: asked for {asked(server, path.name)}')


def beside(bench, server):
    """Masks and labels are kept too, each where there is room."""
    nz, ny, nx = shape = (80, 96, 112)
    names = {'definition.mrc': lambda i: 1.0 if i % nx > 90 else 0.0, 'labels.mrc': lambda i: float(i * 3 // (nz * ny * nx))}
    for name, value in names.items():
        server.files[name] = header(shape) + struct.pack(f'<{nz * ny * nx}f', *map(value, range(nz * ny * nx)))
        (bench.folder / name).write_bytes(server.files[name])

    def options(at):
        return '--solvent-def', f'{at}/definition.mrc', '--labels', f'{at}/labels.mrc'

    wanted = measured(bench, bench.path, 200, *options(bench.folder))[1]
    url = f'{server.url}/ok'
    server.forget()
    maps = measured(bench, f'{url}/map.mrc', 200, *options(url))[1]
    check(maps == wanted, 'masks: other voxels')
    for name in ('map.mrc', *names):
        check(asked(server, name) == len(server.files[name]), f'{name}: {asked(server, name)} bytes asked')
    threshold = first_that_keeps(f'{url}/map.mrc', 20, 200, *options(url))
    kept = Plan(f'{url}/map.mrc', threshold, *options(url)).kept
    check(0 < kept < 2 * len(bench.data), f'masks: at first {kept} bytes are kept')
    check(measured(bench, f'{url}/map.mrc', threshold, *options(url))[1] == wanted, 'some masks: other voxels')


def with_seek_table(bench, server):
    """Of a map in frames the compressed bytes are kept."""
    packed = bench.folder / 'map.mrc.zst'
    done = run('convert', '-q', bench.path, packed, env=environment())
    check(done.returncode == OK, f'converting: {done.stderr}')
    server.files[packed.name] = packed.read_bytes()
    server.forget()
    url = f'{server.url}/ok/{packed.name}'
    maps = measured(bench, url, 200)[1]
    check(maps == measured(bench, bench.path, 200)[1], 'frames: other voxels')
    check(asked(server, packed.name) < 1.2 * len(server.files[packed.name]) + 2 * MIB,
          f'frames: {asked(server, packed.name)} bytes asked of {len(server.files[packed.name])}')
    check(len(server.requests) < 20, f'frames: {len(server.requests)} requests')


with Bench() as bench:
    with FaultServer({'map.mrc': bench.data}) as server:
        whole(bench, server, sys.argv[2])
        small_voxels(bench, server)
        beside(bench, server)
        with_seek_table(bench, server)
failures.finish()
