# SPDX-License-Identifier: GPL-3.0-or-later
"""No input costs more time than a multiple of its bytes, whatever is in it: inputs made to be slow, for every parser.

Time is that of the processor as the kernel counts it for the program, so other work on the machine does not matter much. The
bound is START + INPUT * bytes of input + PLAIN * plain bytes that compressed input may give (docs/security.md). Bytes that take
longest take about a fifth of it on a machine of 2020.
"""
import bz2
import lzma
import os
import pathlib
import random
import resource
import shutil
import socket
import struct
import subprocess
import sys
import threading
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'http'))
from bench import BAD_INPUT, IO, LIMIT, OK, USAGE, Bench, environment, failures, run  # noqa: E402
from program import header  # noqa: E402

if os.environ.get('OCS_INSTRUMENTED'):
    print('SKIPPED: instrumented builds are slow in ways of their own')
    sys.exit(77)

START, INPUT, PLAIN = 0.5, 10e-6, 10e-9  # seconds, seconds a byte
FREE, TIMES, MIB = 256 << 20, 10000, 1 << 20
check = failures.check


def measured(*words, **changes):
    """CPU seconds of one run, and how it ended."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run(*words, env=environment(**changes))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done


def bounded(what, size, wanted, *words, plain=0, **changes):
    """Within the bound, and with one of the exit statuses wanted."""
    seconds, done = measured(*words, **changes)
    bound = START + INPUT * size + PLAIN * plain
    print(f'{what}: {size} bytes, {seconds:.2f} of {bound:.2f} s, exit status {done.returncode}')
    check(seconds <= bound, f'{what}: {seconds:.2f} s for {size} bytes, bound {bound:.2f}')
    check(done.returncode in wanted, f'{what}: exit status {done.returncode}, {done.stderr[-300:]}')
    return done


# ---------------------------------------------------------------- compressed input

def deflated(data):
    """One gzip member, without a name or a time."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return squeezer.compress(data) + squeezer.flush()


def xz_of(data, dictionary):
    return lzma.compress(data, filters=[{'id': lzma.FILTER_LZMA2, 'dict_size': dictionary, 'lc': 0, 'lp': 4, 'pb': 4}])


def raw_frame(data, window=0):
    """A zstd frame of one raw block; `window`: the descriptor's exponent over 1 KiB, otherwise one segment."""
    if window:
        head = b'\x00' + bytes([window << 3])
    else:
        head = b'\x20' + bytes([len(data)])
    return b'\x28\xb5\x2f\xfd' + head + struct.pack('<I', len(data) << 3 | 1)[:3] + data


def skippable(data=b''):
    return struct.pack('<II', 0x184d2a50, len(data)) + data


def runs_frame(blocks):
    """A zstd frame of blocks of 128 KiB, each one byte repeated: 4 bytes for 131072."""
    block = struct.pack('<I', 131072 << 3 | 1 << 1)[:3] + b'\0'
    last = struct.pack('<I', 131072 << 3 | 1 << 1 | 1)[:3] + b'\0'
    return b'\x28\xb5\x2f\xfd\x00' + bytes([7 << 3]) + block * (blocks - 1) + last


def repeated(piece, size=MIB):
    return piece * max(1, size // len(piece))


def slow_streams():
    """Name and bytes: many small parts, each with whatever its start costs."""
    byte = b'\0'
    yield 'gzip, empty members', repeated(deflated(b''))
    yield 'gzip, members of a byte', repeated(deflated(byte))
    start = b'\x1f\x8b\x08\0\0\0\0\0\0\xff'
    yield 'gzip, empty blocks', start + b'\0\0\0\xff\xff' * (MIB // 5)
    yield 'gzip, blocks with codes of their own', start + dynamic_blocks(header((400, 400, 400)), MIB // 40)
    yield 'bzip2, empty streams', repeated(bz2.compress(b''))
    yield 'bzip2, streams of a byte', repeated(bz2.compress(byte, 9))
    yield 'xz, empty streams', repeated(lzma.compress(b''))
    yield 'xz, streams of a byte', repeated(xz_of(byte, 1 << 26))
    yield 'xz, dictionaries in turn', repeated(xz_of(byte, 1 << 26) + xz_of(byte, 1 << 12))
    yield 'zstd, empty skippable frames', repeated(skippable())
    yield 'zstd, skippable frames of a byte', repeated(skippable(byte))
    yield 'zstd, frames of a byte', repeated(raw_frame(byte))
    yield 'zstd, empty frames', repeated(raw_frame(b''))
    yield 'zstd, windows in turn', repeated(raw_frame(byte, 16) + raw_frame(byte, 1))
    zstd = shutil.which('zstd')
    if zstd:
        noise = random.Random(1).choices(b'abcdefgh ', k=120)
        small = subprocess.run([zstd, '-19', '-q', '-c'], input=bytes(noise), capture_output=True, check=True).stdout
        yield 'zstd, frames with tables', repeated(small)
    for name, first in (('gzip', deflated(byte)), ('bzip2', bz2.compress(byte)), ('xz', lzma.compress(byte)),
                        ('zstd', raw_frame(byte))):
        yield f'{name}, padding', first + bytes(MIB)


def dynamic_blocks(front, count):
    """Deflate blocks that each bring the codes they are written in, for next to nothing: made by flushing."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    text = random.Random(2)
    first = squeezer.compress(front) + squeezer.flush(zlib.Z_FULL_FLUSH)
    return first + b''.join(squeezer.compress(bytes(text.choices(b'aaaaaaaabbbbccdefghijk', k=60))) + squeezer.flush(zlib.Z_FULL_FLUSH)
                            for _ in range(count))


def compressed(bench):
    """All of it is gone through: the first part is the header of a map that is longer than what follows."""
    front = header((400, 400, 400))
    fronts = {'gzip': deflated(front), 'bzip2': bz2.compress(front), 'xz': lzma.compress(front),
              'zstd': b''.join(raw_frame(front[at:at + 255]) for at in range(0, 1024, 255))}
    for what, data in slow_streams():
        path = bench.folder / 'slow'
        if 'block' not in what:
            data = fronts[what.split(',')[0]] + data
        path.write_bytes(data)
        bounded(what, len(data), (BAD_INPUT, LIMIT), 'info', '--stats', path, plain=len(data) * 1032)
        path.unlink()


def bombs(bench):
    """A header that declares as much as a map may have, and zeros for as long as anyone reads."""
    front = header((16384, 8192, 8192))
    zeros = bytes(1 << 24)
    squeezers = {'gzip': zlib.compressobj(9, zlib.DEFLATED, 31), 'bzip2': bz2.BZ2Compressor(9),
                 'xz': lzma.LZMACompressor(preset=6)}
    for name, squeezer in squeezers.items():
        data = squeezer.compress(front) + b''.join(squeezer.compress(zeros) for _ in range(4)) + squeezer.flush()
        yield name, data
    yield 'bzip2, many streams', bz2.compress(front) + bz2.compress(zeros[:45000000 // 4], 9) * 60
    yield 'zstd', raw_frame(front[:255]) + raw_frame(front[255:510]) + raw_frame(front[510:765]) + raw_frame(front[765:1020]) + \
        raw_frame(front[1020:]) + runs_frame(6000)


def expanding(bench):
    for what, data in bombs(bench):
        path = bench.folder / 'bomb'
        path.write_bytes(data)
        allowed = FREE + TIMES * len(data)
        done = bounded(f'bomb, {what}', len(data), (BAD_INPUT, LIMIT), 'info', '--stats', path, plain=min(allowed, 800 * MIB))
        if what in ('zstd', 'bzip2, many streams'):
            check(b'--max-expansion' in done.stderr, f'{what}: {done.stderr}')
    # The option raises the cap: then the map is read to its end, and found to be of zeros alone.
    output = bench.folder / 'raised'
    output.mkdir()
    path.write_bytes(bz2.compress(header((150, 512, 1024))) + bz2.compress(bytes(75 << 20)) * 4)
    words = ['estimate', '-q', '-o', output, '--scratch', bench.folder, path]
    for options, status in (([], LIMIT), (['--max-expansion', '10000000'], BAD_INPUT)):
        done = run(*words, *options, env=environment())
        check(done.returncode == status and (b'--max-expansion' in done.stderr) == (status == LIMIT),
              f'{options}: {done.returncode}, {done.stderr}')


# ---------------------------------------------------------------- plain input

def headers(bench):
    """What a header of 1024 bytes may claim costs no more than reading it."""
    huge = 2**31 - 1
    claims = [dict(nx=huge, ny=huge, nz=huge), dict(nx=huge, ny=1, nz=1), dict(nx=1 << 20, ny=1 << 20, nz=1),
              dict(nz=huge), dict(nsymbt=huge), dict(nx=1 << 14, ny=1 << 14, nz=1 << 14), dict(nlabl=huge),
              dict(ispg=401, mz=1, nz=huge), dict(mx=huge, my=huge, mz=huge)]
    output = bench.folder / 'claims'
    output.mkdir()
    for claim in claims:
        data = header(**claim) + bytes(4096)
        path = bench.folder / 'claim.mrc'
        path.write_bytes(data)
        bounded(f'header {claim}', len(data), (OK, BAD_INPUT, LIMIT, USAGE), 'info', path)
        bounded(f'header {claim}, estimate', len(data), (BAD_INPUT, LIMIT, USAGE), 'estimate', '-q', '-o', output, path)
    junk = bytes(random.Random(3).choices(range(256), k=1024)) * 1024
    path.write_bytes(junk)
    bounded('junk', len(junk), (BAD_INPUT,), 'info', '--stats', path)


def slots():
    """4096 labels that a table of 8192 slots, hashed by Knuth's multiplier, would put in one place."""
    back = pow(2654435761, -1, 2**32)
    found = (hashed * back % 2**32 for hashed in range(5 << 19, 6 << 19))
    signed = (label - 2**32 if label >> 31 else label for label in found)
    return [label for label in signed if 0 < abs(label) < 1 << 24]


def labels(bench):
    side = 80
    box, count = (side, side, side), side**3
    map_path = bench.folder / 'ball.mrc'
    values = [1 + i % 7 if (i // side**2 - 40)**2 + (i // side % side - 40)**2 + (i % side - 40)**2 < 600 else i % 5 / 50
              for i in range(count)]
    map_path.write_bytes(header(box) + struct.pack(f'<{count}f', *values))
    same_slot = slots()[:4096]
    kinds = {'every voxel another': (range(1, count + 1), (BAD_INPUT,)),
             '4096 in turn': ([i % 4096 + 1 for i in range(count)], (OK,)),
             '4096 far apart': ([same_slot[i % len(same_slot)] for i in range(count)], (OK,)),
             'NaN': ([float('nan')] * count, (BAD_INPUT,))}
    output = bench.folder / 'labelled'
    output.mkdir()
    for what, (numbers, wanted) in kinds.items():
        path = bench.folder / 'labels.mrc'
        path.write_bytes(header(box) + struct.pack(f'<{count}f', *numbers))
        bounded(f'labels, {what}', 2 * path.stat().st_size, wanted, 'estimate', '-q', '--force', '-o', output, '--labels', path,
                map_path)


def options(bench):
    """A word of the command line has at most 128 KiB."""
    long = 131000
    numbers = {'digits': '9' * long, 'zeros': '0.' + '0' * long + '1', 'exponent': '1e' + '9' * long,
               'point': '1' * 65000 + '.' + '1' * 65000, 'sign': '-' * long, 'size': '1' * long + 'K'}
    for what, text in numbers.items():
        for option in ('--resolution', '--volume', '--memory', '--outputs'):
            bounded(f'{option} of {what}', long, (USAGE,), 'estimate', option, text, bench.path)
    name = 'x' * long
    bounded('a long name', long, (IO,), 'estimate', name)
    bounded('a long URL', long, (IO, USAGE), 'info', 'http://127.0.0.1:1/' + name, OCCUSTREAM_PATIENCE='1')


# ---------------------------------------------------------------- servers

class Flood:
    """Answers every request with bytes from `feed` for as long as they are taken, at most `most`."""

    def __init__(self, start, piece, most=64 * MIB):
        self.start, self.piece, self.most, self.sent = start, piece, most, 0
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.url = f'http://127.0.0.1:{self.listener.getsockname()[1]}/map.mrc'
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            try:
                with connection:
                    connection.recv(65536)
                    connection.sendall(self.start)
                    while self.sent < self.most:
                        connection.sendall(self.piece)
                        self.sent += len(self.piece)
            except OSError:
                pass


def floods(bench):
    ok = b'HTTP/1.1 206 Partial Content\r\n'
    kinds = {'fields': (ok, b''.join(b'X-%d: y\r\n' % i for i in range(1000))), 'one line': (ok, b'X' * 65536),
             'intermediate answers': (b'', b'HTTP/1.1 100 Continue\r\n\r\n' * 1000),
             'content ranges': (ok, b'Content-Range: bytes 0-1023/99999999999999999999\r\n' * 1000),
             'no HTTP': (b'', bytes(65536))}
    for what, (start, piece) in kinds.items():
        flood = Flood(start, piece)
        bounded(f'flood, {what}', 4 * MIB, (IO,), 'info', flood.url, OCCUSTREAM_PATIENCE='2')
        check(flood.sent < 32 * MIB, f'{what}: {flood.sent} bytes were taken')


with Bench() as bench:
    for part in (headers, options, labels, compressed, expanding, floods):
        if part.__name__ in sys.argv[2:] or not sys.argv[2:]:
            part(bench)
failures.finish()
