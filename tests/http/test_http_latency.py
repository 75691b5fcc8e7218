# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that thinks 50 ms about every request: requests are few, and several are under way at once.

Times are printed and never asserted; what is asserted are the requests that make them.
Usage: test_http_latency.py OCCUSTREAM PHANTOM
"""
import subprocess
import sys
import threading
import time
import urllib.request

from bench import OK, Bench, failures
from fault_server import FaultServer, Handler

check = failures.check
LATENCY = .05
CHUNK, BLOCK = 1 << 20, 256 << 10  # of a sweep, which reads ahead; of small reads here and there, as for tiles
FEW = 8


class InFlight:
    """How many requests wait for their answer, and for how long how many did."""

    def __init__(self):
        self.lock = threading.Lock()
        self.forget()

    def forget(self):
        self.now, self.most, self.since, self.seconds = 0, 0, time.monotonic(), {}

    def step(self, by):
        with self.lock:
            now = time.monotonic()
            self.seconds[self.now] = self.seconds.get(self.now, 0) + now - self.since
            self.since, self.now = now, self.now + by
            self.most = max(self.most, self.now)

    def mean(self):
        """While there was any."""
        busy = sum(seconds for count, seconds in self.seconds.items() if count)
        return sum(count * seconds for count, seconds in self.seconds.items()) / busy if busy else 0


in_flight = InFlight()


class LateHandler(Handler):
    def answer_late(self, request, data):
        in_flight.step(1)
        try:
            time.sleep(LATENCY)
            self.part(request, data)
        finally:
            in_flight.step(-1)
        return True


def results(output):
    return {path.name: path.read_bytes() for path in output.glob('*.mrc')}


def asked(server, size):
    """Numbers of bytes of the requests that a sweep made, and of those that tiles made."""
    sweeps, tiles = [], []
    for first, last in (request.range for request in server.requests[1:]):  # the first one is for the header
        is_block = first % BLOCK == 0 and last - first < BLOCK
        (tiles if is_block else sweeps).append(min(last, size - 1) - first + 1)
    return sweeps, tiles


def transfer_seconds(server, name):
    """One answer with everything, from the same server when it does not think."""
    begin = time.monotonic()
    with urllib.request.urlopen(f'{server.url}/whole/{name}') as answer:
        while answer.read(CHUNK):
            pass
    return time.monotonic() - begin


def one(bench, server, path, connections):
    size = path.stat().st_size
    options = ('--memory', '200M', '--threads', '2')
    status, lines, from_file, file_seconds = bench.estimate(path, *options)
    check(status == OK and not lines, f'file: exit status {status}, {lines}')
    transfer = transfer_seconds(server, path.name)
    server.forget()
    in_flight.forget()
    status, lines, from_server, seconds = bench.estimate(f'{server.url}/late/{path.name}', '--connections', connections,
                                                         *options)
    check(status == OK and not lines, f'HTTP: exit status {status}, {lines}')
    check(len(results(from_file)) == 2 and results(from_file) == results(from_server), 'other voxels than from the file')

    sweeps, tiles = asked(server, size)
    count, times = len(server.requests), (sum(sweeps) + sum(tiles)) / size
    transfer *= times
    print(f'{connections} connections: {count} requests ({len(sweeps)} of sweeps, {len(tiles)} of tiles) for {times:.2f} times '
          f'{size / 2**20:.1f} MiB; {in_flight.most} at once, {in_flight.mean():.1f} on average')
    print(f'    file {file_seconds:.2f} s, transfer {transfer:.2f} s, HTTP {seconds:.2f} s: factor '
          f'{seconds / (file_seconds + transfer):.1f}; {count * LATENCY:.2f} s if all waited one after the other')
    check(times <= 4, f'{times:.2f} times the file')
    # A worker's slab is two ranges: a whole chunk and what is left.
    check(len(sweeps) <= 2 * sum(sweeps) / CHUNK + FEW, f'{len(sweeps)} requests for {sum(sweeps)} bytes of sweeps')
    check(len(tiles) <= sum(tiles) / BLOCK + FEW, f'{len(tiles)} requests for {sum(tiles)} bytes of tiles')
    return in_flight.most


with Bench() as bench:
    path = bench.folder / 'phantom.mrc'
    subprocess.run([sys.argv[2], '--box', '160', path], check=True, stdout=subprocess.DEVNULL)
    with FaultServer({path.name: path.read_bytes()}, LateHandler) as server:
        most = one(bench, server, path, 4)
        check(3 <= most <= 4, f'{most} requests at once on 4 connections')
        most = one(bench, server, path, 1)
        check(most == 1, f'{most} requests at once on 1 connection')
failures.finish()
