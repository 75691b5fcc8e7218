# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that thinks 50 ms about every request: requests are few, and several are under way at once.

Times are printed and never asserted; what is asserted are the requests that make them.
Usage: test_http_latency.py OCCUSTREAM PHANTOM [BOX]
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
BOX = sys.argv[3] if len(sys.argv) > 3 else '160'
CHUNK = 1 << 20  # no request of a sweep is smaller but the last of a slab
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
    """Numbers of bytes of the requests, but for the first one, which is for the header."""
    return [min(last, size - 1) - first + 1 for first, last in (request.range for request in server.requests[1:])]


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

    parts = asked(server, size)
    count, times = len(server.requests), sum(parts) / size
    transfer *= times
    print(f'{connections} connections: {count} requests for {times:.2f} times '
          f'{size / 2**20:.1f} MiB; {in_flight.most} at once, {in_flight.mean():.1f} on average')
    print(f'    file {file_seconds:.2f} s, transfer {transfer:.2f} s, HTTP {seconds:.2f} s: factor '
          f'{seconds / (file_seconds + transfer):.1f}; {count * LATENCY:.2f} s if all waited one after the other')
    check(times <= 4, f'{times:.2f} times the file')
    check(count <= sum(parts) / CHUNK + FEW, f'{count} requests for {sum(parts)} bytes')
    return in_flight.most


with Bench() as bench:
    path = bench.folder / 'phantom.mrc'
    subprocess.run([sys.argv[2], '--box', BOX, path], check=True, stdout=subprocess.DEVNULL)
    with FaultServer({path.name: path.read_bytes()}, LateHandler) as server:
        most = one(bench, server, path, 4)
        check(3 <= most <= 4, f'{most} requests at once on 4 connections')
        most = one(bench, server, path, 1)
        check(most == 1, f'{most} requests at once on 1 connection')
failures.finish()
