# SPDX-License-Identifier: GPL-3.0-or-later
"""No input costs more time than a multiple of its bytes, whatever is in it: inputs made to be slow, for every parser.

Time is that of the processor as the kernel counts it for the program, so other work on the machine does not matter much. The
bound is START + INPUT * bytes of input + PLAIN * plain bytes that compressed input may give (docs/security.md). Bytes that take
longest take about a fifth of it on a machine of 2020.
"""
import bz2
import json
import lzma
import math
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


# ---------------------------------------------------------------- Zarr stores and frames with a table

def v2(shape, chunk, **members):
    return dict(zarr_format=2, shape=shape, chunks=chunk, dtype='<f4', order='C', fill_value=0, filters=None,
                dimension_separator='/', compressor=dict(id='zstd')) | members


def v3(shape, chunk, inner=None, codecs=({'name': 'zstd'},), **members):
    """`inner`: in shards, whose index has no checksum."""
    chain = [{'name': 'bytes', 'configuration': {'endian': 'little'}}, *codecs]
    if inner:
        chain = [{'name': 'sharding_indexed', 'configuration': {
            'chunk_shape': inner, 'codecs': chain, 'index_codecs': chain[:1], 'index_location': 'end'}}]
    return dict(zarr_format=3, node_type='array', shape=shape, data_type='float32', fill_value=0, codecs=chain,
                chunk_grid={'name': 'regular', 'configuration': {'chunk_shape': chunk}},
                chunk_key_encoding={'name': 'default'}) | members


def write_store(bench, metadata, files=()):
    """A store and the bytes in it; metadata are an object, or the text of a zarr.json."""
    folder = bench.folder / 'slow.zarr'
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    text = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
    name = 'zarr.json' if isinstance(metadata, bytes) or metadata['zarr_format'] == 3 else '.zarray'
    (folder / name).write_bytes(text)
    size = len(text)
    for key, data in files:
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(data)
        size += len(data)
    return folder, size


def zeros_frame(count):
    """A zstd frame that says its size: 4 bytes for 128 KiB of zeros."""
    sizes = [131072] * (count // 131072) + [count % 131072] * (count % 131072 > 0)
    blocks = b''.join(struct.pack('<I', size << 3 | 1 << 1 | (i == len(sizes) - 1))[:3] + b'\0' for i, size in enumerate(sizes))
    return b'\x28\xb5\x2f\xfd\xa0' + struct.pack('<I', count) + blocks


def shard_of(stored, count):
    """A shard all of whose `count` chunks are these bytes, or, if they are None, not there."""
    place = struct.pack('<2Q', 2**64 - 1, 2**64 - 1) if stored is None else struct.pack('<2Q', 0, len(stored))
    return (stored or b'') + place * count


def blosc_of_blocks(plain, block, typesize=4):
    """A blosc buffer of `plain` bytes whose blocks are all the same one, stored as it is."""
    blocks = -(-plain // block)
    start = 16 + 4 * blocks
    body = struct.pack('<I', block) + bytes(block)
    total = start + len(body)
    head = struct.pack('<4B3I', 2, 1, 1 << 5 | 0x10, typesize, plain, block, total)
    return head + struct.pack('<I', start) * blocks + body


def texts():
    """Metadata that are long, deep, or dear to parse."""
    array = json.dumps(v3([20, 20, 20], [20, 20, 20]))[:-1].encode() + b', "attributes": '
    fill = MIB - len(array) - 2
    yield 'one string', array + b'"' + b'x' * (fill - 3) + b'"}'
    yield 'escapes', array + b'"' + b'\\u0041' * (fill // 6 - 1) + b'"}'
    yield 'one number', array + b'1' * (fill - 3) + b'}'
    yield 'one fraction', array + b'0.' + b'1' * (fill - 5) + b'}'
    yield 'exponents', array + b'[' + b'1e-300,' * 40000 + b'1]}'
    yield 'members', array + b'{' + b','.join(b'"%x":1' % i for i in range(40000)) + b'}}'
    yield 'one key twice', array + b'{' + b','.join(b'"%x":1' % (i % 39999) for i in range(40000)) + b'}}'
    yield 'depth', array + b'[' * (fill // 2) + b']' * (fill // 2) + b'}'
    yield 'objects in objects', b'{"a":' * (MIB // 5)
    yield 'numbers', array + b'[' + b'0,' * (fill // 2 - 2) + b'0]}'
    yield 'spaces', b' ' * (MIB - len(array) - 4) + array + b'0}'
    yield 'too long', b' ' * (2 * MIB)
    levels = ','.join('{"path":"%d","coordinateTransformations":[{"type":"scale","scale":[1,1,1]}]}' % i for i in range(9000))
    yield 'levels', ('{"zarr_format":3,"node_type":"group","attributes":{"ome":{"multiscales":[{"axes":["z","y","x"],"datasets":[' +
                     levels + ']}]}}}').encode()


def metadata(bench):
    for what, text in texts():
        folder, size = write_store(bench, text)
        bounded(f'metadata, {what}', size, (OK, BAD_INPUT), 'info', folder)


def stores(bench):
    """Each is looked through as a whole. The slowest claim the most for the fewest bytes."""
    tiny = {f'{z}/{y}/{x}': zeros_frame(4) for z in range(20) for y in range(20) for x in range(20)}
    frame, large = zeros_frame(1 << 20), zeros_frame(256 << 20)
    half = (1 << 13, 1 << 13)
    kinds = {
        # what: metadata, files, keys to be asked for, exit statuses
        'chunks of a voxel': (v2([20, 20, 20], [1, 1, 1]), tiny.items(), 8000, (OK,)),
        'nothing is there': (v2([1 << 14] * 3, [128] * 3), (), 1 << 21, (LIMIT,)),
        'all keys there may be': (v2([1 << 11] * 2 + [16], [1, 1, 16]), (), 1 << 22, (OK,)),
        'more keys': (v2([1 << 12] * 3, [16] * 3), (), 0, (BAD_INPUT,)),
        'no shards': (v3([1 << 13] * 3, [1 << 10] * 3, [1 << 5] * 3), (), 512, (LIMIT,)),
        'shards of nothing': (v3([2048] * 3, [1024] * 3, [16] * 3),
                              [(f'c/{i}/0/0', shard_of(None, 1 << 18)) for i in range(2)], 8, (LIMIT,)),
        'an index of a million': (v3([64, 64, 1 << 8], [64, 64, 1 << 8], [1, 1, 1]), [('c/0/0/0', shard_of(None, 1 << 20))], 1, (OK,)),
        'chunks one over another': (v3([1 << 10] * 3, [1 << 10] * 3, [64] * 3), [('c/0/0/0', shard_of(frame, 1 << 12))], 1, (BAD_INPUT,)),
        'chunks beyond the map': (v3([1 << 12, 16, 16], [1 << 12, *half], [1, *half]), [('c/0/0/0', shard_of(large, 1 << 12))], 1,
                                  (BAD_INPUT,)),
        'zeros in large chunks': (v2([512, 512, 1024], [256, 512, 512]), [(f'{z}/0/{x}', large) for z in range(2) for x in range(2)], 4,
                                  (LIMIT,)),
        'zeros in larger maps': (v2([1 << 10, 1 << 10, 1 << 12], [256, 512, 512]), [(f'{z}/{y}/{x}', large) for z in range(4)
                                 for y in range(2) for x in range(8)], 64, (LIMIT,)),
        'blosc, blocks of a voxel': (v2([16, 64, 64], [16, 64, 64], compressor=dict(id='blosc')),
                                     [('0/0/0', blosc_of_blocks(1 << 18, 4))], 1, (OK,)),
        'blosc, one block for all': (v2([256, 512, 512], [256, 512, 512], compressor=dict(id='blosc')),
                                     [('0/0/0', blosc_of_blocks(256 << 20, 1 << 12))], 1, (OK,)),
    }
    for what, (members, files, keys, wanted) in kinds.items():
        folder, size = write_store(bench, members, files)
        plain = min(math.prod(members['shape']) * 4, FREE + TIMES * max(size, 4096 * len(list(files))))
        bounded(f'store, {what}', size + keys, wanted, 'info', '--stats', folder, plain=plain)
    output = bench.folder / 'stored'
    output.mkdir()
    folder, size = write_store(bench, v2([450] * 3, [128] * 3))
    for options, status in (([], LIMIT), (['--max-expansion', '1000000000'], BAD_INPUT)):
        done = bounded(f'store, estimate of nothing {options}', size + 512, (status,), 'estimate', '-q', '-o', output,
                       '--scratch', bench.folder, *options, folder, plain=4 * 450**3)
        check((b'--max-expansion' in done.stderr) == (status == LIMIT), done.stderr)


def seekable_of(frames):
    """With a table: frames are their bytes and how many plain ones they give."""
    table = b''.join(struct.pack('<2I', len(data), plain) for data, plain in frames)
    footer = struct.pack('<IBI', len(frames), 0, 0x8f92eab1)
    return b''.join(data for data, _ in frames) + struct.pack('<2I', 0x184d2a5e, len(table) + len(footer)) + table + footer


def tables(bench):
    def front(box, mode=0):
        return [(raw_frame(part), len(part)) for part in (header(box, mode)[at:at + 128] for at in range(0, 1024, 128))]

    one, two = raw_frame(b'\0'), raw_frame(b'\0\0')
    kinds = {  # every map is as large as its frames make it
        'frames of a byte': front((50, 60, 100)) + [(one, 1)] * 300000,
        'sizes in turn': front((50, 60, 100)) + [(one, 1), (two, 2)] * 100000,
        'empty frames': front((50, 60, 100)) + [(one, 1), (raw_frame(b''), 0)] * 300000,
        'a million frames': front((100, 100, 104)) + [(one, 1)] * 1040000,
        'more than a million': front((100, 100, 105)) + [(one, 1)] * 1050000,
        'large frames': front((768, 1024, 1280), 2) + [(zeros_frame(64 << 20), 64 << 20)] * 60,
    }
    for what, frames in kinds.items():
        path = bench.folder / 'slow.mrc.zst'
        data = seekable_of(frames)
        path.write_bytes(data)
        plain = min(sum(count for _, count in frames), FREE + TIMES * len(data))
        bounded(f'table, {what}', len(data), (OK, BAD_INPUT, LIMIT), 'info', '--stats', path, plain=plain)
        path.unlink()


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
    for part in (headers, options, labels, compressed, expanding, metadata, stores, tables, floods):
        if part.__name__ in sys.argv[2:] or not sys.argv[2:]:
            part(bench)
failures.finish()
