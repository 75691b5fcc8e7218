# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that thinks 50 ms about every request: requests are few, and several are under way at once.

Where memory allows, the map comes once and stays in memory; otherwise it comes in every sweep. Times are printed and
never asserted; what is asserted are the requests and the bytes that make them. The times to compare with are those of a
run from the file and of another process that takes as many bytes from the same server in as many ranges at once, when
it does not think.
Usage: test_http_latency.py OCCUSTREAM PHANTOM [BOX...]
"""
import mmap
import os
import subprocess
import sys
import threading
import time

from bench import OK, Bench, failures
from fault_server import FaultServer, Handler

check = failures.check
LATENCY = .05
BOXES = sys.argv[3:] or (['160', '512'] if os.environ.get('OCCUSTREAM_LARGE_TESTS') == '1' else ['160'])
MIB, HEADER = 1 << 20, 1024
CHUNK = MIB // 4  # no request of a sweep in such memory is smaller but the last of a slab
FEW = 8
LARGEST_PIECE = 32 * MIB  # of a map that stays in memory
KEEPING, SMALL = 128, {'160': '45M', '512': '200M'}  # MiB beside the map; not enough to keep it

FETCH = """
import http.client, sys, threading, time
host, path, size, parts = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
def fetch(part):
    first, end = size * part // parts, size * (part + 1) // parts
    connection = http.client.HTTPConnection(host)
    connection.request('GET', path, headers={'Range': f'bytes={first}-{end - 1}'})
    answer, buffer = connection.getresponse(), bytearray(1 << 20)
    while answer.readinto(buffer):
        pass
threads = [threading.Thread(target=fetch, args=(part,)) for part in range(parts)]
begin = time.monotonic()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(time.monotonic() - begin)
"""


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


def transfer_seconds(server, name, size, connections):
    words = [sys.executable, '-I', '-S', '-c', FETCH, server.url.removeprefix('http://'), f'/ok/{name}', size, connections]
    return float(subprocess.run([*map(str, words)], check=True, capture_output=True, text=True).stdout)


def pieces(size, connections):
    """Requests for the voxels when they come once."""
    voxels = size - HEADER
    share = -(-voxels // connections)
    return -(-voxels // min(-(-share // MIB) * MIB, LARGEST_PIECE))


def one(bench, server, path, connections, memory, kept):
    size = path.stat().st_size
    options = ('--memory', memory, '--threads', '2')
    status, lines, from_file, file_seconds = bench.estimate(path, *options)
    check(status == OK and not lines, f'file: exit status {status}, {lines}')
    transfer = transfer_seconds(server, path.name, size, connections)
    server.forget()
    in_flight.forget()
    status, lines, from_server, seconds = bench.estimate(f'{server.url}/late/{path.name}', '--connections', connections,
                                                         *options)
    check(status == OK and not lines, f'HTTP: exit status {status}, {lines}')
    check(len(results(from_file)) == 2 and results(from_file) == results(from_server), 'other voxels than from the file')

    parts = asked(server, size)
    count, times = len(server.requests), sum(parts) / size
    transfer *= times
    print(f'--memory {memory}, {connections} connections: {count} requests for {times:.2f} times '
          f'{size / MIB:.1f} MiB; {in_flight.most} at once, {in_flight.mean():.1f} on average')
    print(f'    file {file_seconds:.2f} s, transfer {transfer:.2f} s, HTTP {seconds:.2f} s: factor '
          f'{seconds / (file_seconds + transfer):.2f}; {count * LATENCY:.2f} s if all waited one after the other')
    if kept:
        check(sum(parts) == size - HEADER, f'{sum(parts)} bytes asked for {size - HEADER}')
        check(count == 1 + pieces(size, connections), f'{count} requests instead of 1 + {pieces(size, connections)}')
    else:
        check(1.5 <= times <= 4, f'{times:.2f} times the file')
        check(count <= sum(parts) / CHUNK + FEW, f'{count} requests for {sum(parts)} bytes')
    check(in_flight.most <= connections and in_flight.most >= min(connections, 3),
          f'{in_flight.most} requests at once on {connections} connections')


def measure(bench, box):
    path = bench.folder / f'phantom{box}.mrc'
    subprocess.run([sys.argv[2], '--box', box, path], check=True, stdout=subprocess.DEVNULL)
    size = path.stat().st_size
    with open(path, 'rb') as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as view, \
            FaultServer({path.name: view}, LateHandler) as server:
        for connections in (4, 1):
            one(bench, server, path, connections, f'{size // MIB + KEEPING}M', True)
        one(bench, server, path, 4, SMALL.get(box, '45M'), False)
        server.files.clear()
    path.unlink()


with Bench() as bench:
    for box in BOXES:
        print(f'{box}^3')
        measure(bench, box)
failures.finish()
