# SPDX-License-Identifier: GPL-3.0-or-later
"""Broken and hostile stores and seek tables: one clear line, the right exit status, nothing left, nothing spent."""
import json
import os
import shutil
import struct
import subprocess
import time

import numpy as np
import zarr
from numcodecs import Blosc, GZip, Zstd

from maps import Bench, file_data, voxels, write_map
import program
from program import info, run
from version3 import CHECK, LITTLE, encoded, sharding, write_image

bench = Bench()
check, folder = bench.check, bench.folder
SHAPE, CHUNK = (20, 30, 40), (8, 16, 16)
data = np.random.default_rng(4).normal(size=SHAPE).astype('<f4')
ZSTD = {'name': 'zstd', 'configuration': {'level': 3, 'checksum': False}}
OUT = folder / 'none.mrc'


def store2(name, compressor=Zstd(3)):
    path = folder / name
    root = zarr.open_group(str(path), mode='w')
    root.create_dataset('0', data=data, chunks=CHUNK, compressor=compressor, dimension_separator='/')
    root.attrs['multiscales'] = [{
        'version': '0.4', 'axes': [{'name': n, 'type': 'space', 'unit': 'angstrom'} for n in 'zyx'],
        'datasets': [{'path': '0', 'coordinateTransformations': [{'type': 'scale', 'scale': [1, 1, 1]}]}]}]
    return path


def changed(name, make, change, title, text='', status=3):
    """A store that `change` broke is refused by a conversion; info does not stumble."""
    path = make(name)
    change(path)
    bench.refused(title, status, path, OUT, text=text)
    done = run('info', '--stats', path)
    check(done.returncode in (0, 3, 5) and done.stderr.count(b'\n') <= 1, f'{title}, info: {done.returncode}, {done.stderr}')
    shutil.rmtree(path)


# ---- chunks ----
def chunk_of(path):
    return path / '0' / '1' / '0' / '1'


def cut(path):
    chunk_of(path).write_bytes(chunk_of(path).read_bytes()[:-9])


def emptied(path):
    chunk_of(path).write_bytes(b'')


def garbage(path):
    chunk_of(path).write_bytes(os.urandom(500))


def flipped(path):
    bytes_ = bytearray(chunk_of(path).read_bytes())
    bytes_[len(bytes_) // 2] ^= 0x10
    chunk_of(path).write_bytes(bytes_)


def other_size(compressor):
    def change(path):
        plain = np.zeros((8, 16, 15), '<f4').tobytes()
        chunk_of(path).write_bytes(compressor.encode(plain) if compressor else plain)
    return change


def huge(path):
    with chunk_of(path).open('wb') as file:
        file.truncate(5 << 30)


for name, compressor in (('zstd', Zstd(3)), ('blosc', Blosc('zstd', 3, 1)), ('gzip', GZip(3)), ('none', None)):
    make = lambda path, compressor=compressor: store2(path, compressor)  # noqa: E731
    for title, change in (('cut', cut), ('empty', emptied), ('of another size', other_size(compressor)), ('huge', huge)):
        changed(f'{name}.zarr', make, change, f'{name} chunk {title}', text='0/1/0/1')
    if compressor:
        changed(f'{name}.zarr', make, garbage, f'{name} chunk of garbage', text='0/1/0/1')
changed('flip.zarr', lambda path: store2(path, GZip(3)), flipped, 'gzip chunk with a flipped bit', text='0/1/0/1')

secret = folder / 'secret'
secret.write_bytes(Zstd(3).encode(np.ones(CHUNK, '<f4').tobytes()))


def linked(path):
    chunk_of(path).unlink()
    chunk_of(path).symlink_to(secret)


def linked_folder(path):
    shutil.move(path / '0' / '1', folder / 'elsewhere')
    (path / '0' / '1').symlink_to(folder / 'elsewhere')


def a_folder(path):
    chunk_of(path).unlink()
    chunk_of(path).mkdir()


def a_pipe(path):
    chunk_of(path).unlink()
    os.mkfifo(chunk_of(path))


changed('link.zarr', store2, linked, 'a chunk that is a link out of the store', text='symbolic link')
changed('links.zarr', store2, linked_folder, 'a folder that is a link out of the store', text='symbolic link')
changed('folder.zarr', store2, a_folder, 'a chunk that is a folder', text='not a file')
changed('pipe.zarr', store2, a_pipe, 'a chunk that is a pipe', text='not a file')

# A chunk that is not there is fill.
path = store2('missing.zarr')
chunk_of(path).unlink()
want = data.copy()
want[8:16, 0:16, 16:32] = 0
bench.converted('a missing chunk', path, folder / 'missing.mrc')
check(np.array_equal(file_data(folder / 'missing.mrc', '<f4', SHAPE), want), 'a missing chunk: other voxels')


# ---- metadata ----
def metadata(key, value, file='0/.zarray'):
    def change(path):
        document = json.loads((path / file).read_text())
        target = document
        for part in key[:-1]:
            target = target[part]
        target[key[-1]] = value
        (path / file).write_text(json.dumps(document))
    return change


def text(file, content):
    return lambda path: (path / file).write_bytes(content)


several = [('shape', [20, 30]), ('shape', []), ('shape', [0, 30, 40]), ('shape', [-1, 30, 40]), ('shape', [2 ** 63, 1, 1]),
           ('shape', [2 ** 31, 2 ** 31, 2 ** 31]), ('shape', 'x'), ('chunks', [0, 1, 1]), ('chunks', [2 ** 40] * 3),
           ('chunks', [1, 1]), ('dtype', '<f5'), ('dtype', '|O'), ('dtype', [['a', '<f4']]), ('zarr_format', 7),
           ('order', 'F'), ('compressor', {'id': 'zstdx'}), ('compressor', 3), ('filters', [{'id': 'delta'}]),
           ('fill_value', 'x'), ('dimension_separator', '//')]
for key, value in several:
    changed('meta.zarr', store2, metadata([key], value), f'{key} = {value}', text='.zarray')
for path_ in ('..', '../outside', '/etc', '', '0/../../x', 'a\0b'):
    changed('meta.zarr', store2, metadata(['multiscales', 0, 'datasets', 0, 'path'], path_, '.zattrs'), f'a level at {path_!r}')
for file in ('0/.zarray', '.zattrs'):
    for name, content in (('nothing', b''), ('garbage', os.urandom(300)), ('half', b'{"zarr_format": 2, "sha'), ('a list', b'[1]'),
                          ('depth', b'[' * 200000), ('length', b' ' * (3 << 20) + b'{}')):
        changed('meta.zarr', store2, text(file, content), f'{file} of {name}')
changed('gone.zarr', store2, lambda path: shutil.rmtree(path / '0'), 'a level that is not there')
changed('no.zarr', store2, lambda path: (path / '.zattrs').unlink(), 'a group that is no image', text='no Zarr store')
empty = folder / 'empty'
empty.mkdir()
bench.refused('an empty folder', 3, empty, OUT, text='no Zarr store')


# ---- shards ----
def store3(name, **more):
    path = folder / name
    if path.exists():
        shutil.rmtree(path)
    write_image(path, data, (16, 32, 32), [sharding(CHUNK, [LITTLE, ZSTD], **more)])
    return path


INDEX = 16 * 8


def shard_changed(position, replacement, fix=True):
    """Overwrites a part of the index, whose checksum is put right again."""
    def change(path):
        shard = path / '0' / 'c' / '0' / '0' / '0'
        bytes_ = bytearray(shard.read_bytes())
        index = bytearray(bytes_[-INDEX - 4:-4])
        index[position:position + len(replacement)] = replacement
        crc = encoded(np.frombuffer(bytes(index), 'u1'), [LITTLE, CHECK])[-4:] if fix else bytes(bytes_[-4:])
        shard.write_bytes(bytes(bytes_[:-INDEX - 4]) + bytes(index) + crc)
    return change


def shard_cut(count):
    def change(path):
        shard = path / '0' / 'c' / '0' / '0' / '0'
        shard.write_bytes(shard.read_bytes()[:count])
    return change


for title, position, replacement in (
        ('an offset outside', 0, struct.pack('<Q', 1 << 40)), ('a size outside', 8, struct.pack('<Q', 1 << 40)),
        ('offset and size that overflow', 0, struct.pack('<QQ', 2 ** 64 - 8, 16)), ('a size of nothing', 8, struct.pack('<Q', 0)),
        ('half an absence', 8, struct.pack('<Q', 2 ** 64 - 1)), ('an offset within the index', 0, struct.pack('<Q', 1 << 14))):
    changed('shard.zarr', store3, shard_changed(position, replacement), f'a shard with {title}', text='c/0/0/0')
changed('shard.zarr', store3, shard_changed(0, b'\1\2\3', False), 'a shard index with another checksum', text='c/0/0/0')
for count in (0, 5, INDEX + 3, INDEX + 4):
    changed('shard.zarr', store3, shard_cut(count), f'a shard of {count} bytes', text='c/0/0/0')
changed('inner.zarr', store3, lambda path: metadata(
    ['codecs', 0, 'configuration', 'chunk_shape'], [7, 16, 16], '0/zarr.json')(path), 'inner chunks that do not divide a shard')


# ---- sizes that nothing backs ----


def cheap(title, expected, *words):
    """In 300 MiB of address space for data, but for sanitizers, which take all there is, and a few seconds."""
    limit = 'unlimited' if os.environ.get('OCS_SANITIZE') else 300000
    limited = ['bash', '-c', f'ulimit -d {limit}; exec "$@"', 'x', program.PROGRAM, *map(str, words)]
    before = time.monotonic()
    done = subprocess.run(limited, capture_output=True, timeout=100)
    seconds = time.monotonic() - before
    check(done.returncode in expected, f'{title}: {done.returncode}, {done.stderr}')
    check(seconds < 20, f'{title}: {seconds:.1f} s')
    return done


if os.environ.get('OCS_SANITIZE', '') == '':
    vast = folder / 'vast.zarr'
    root = zarr.open_group(str(vast), mode='w')
    root.create_dataset('0', shape=(10240, 10240, 10240), chunks=(128, 128, 128), dtype='<f4', fill_value=0,
                        dimension_separator='/')
    root.attrs['multiscales'] = json.loads((store2('like.zarr') / '.zattrs').read_text())['multiscales']
    cheap('info of 2^40 voxels', [0], 'info', vast)
    done = cheap('the plan of 2^40 voxels', [0], 'convert', '--plan', vast, OUT)
    check(b'4.0 TiB' in done.stdout or b'3.9 TiB' in done.stdout, f'the plan of 2^40 voxels: {done.stdout}')
    cheap('2^40 voxels above a cap', [4], 'convert', vast, OUT, '--max-voxels', 1 << 36)
    done = cheap('2^40 voxels without the space', [6], 'convert', vast, OUT, '--scratch', folder)
    check(not OUT.exists() and b'are needed' in done.stderr, f'2^40 voxels: {done.stderr}')
    # Within the cap and the space, what was never stored takes no scratch.
    hollow = folder / 'hollow.zarr'
    root = zarr.open_group(str(hollow), mode='w')
    root.create_dataset('0', shape=(64, 64, 64), chunks=(64, 64, 64), dtype='<f4', fill_value=2.5, dimension_separator='/')
    root.attrs['multiscales'] = json.loads((folder / 'like.zarr' / '.zattrs').read_text())['multiscales']
    bench.converted('a store without chunks', hollow, folder / 'hollow.mrc', '--verify')
    check((file_data(folder / 'hollow.mrc', '<f4', (64, 64, 64)) == 2.5).all(), 'a store without chunks: other voxels')
    _, files, _ = info('--stats', hollow)
    check(files[0]['statistics']['mean'] == 2.5 and files[0]['statistics']['rms'] == 0, f'hollow: {files[0]["statistics"]}')

# ---- seek tables ----
frames = folder / 'map.mrc.zst'
first = write_map(folder / 'map.mrc', voxels('<f4'), 2)
bench.converted('frames', first, frames)
whole = frames.read_bytes()
count, descriptor, magic = struct.unpack('<IBI', whole[-9:])
check(magic == 0x8F92EAB1 and count > 1, 'no seek table')
table_at = len(whole) - 9 - 8 * count


def framed(title, content, expected, text=''):
    path = folder / 'broken.mrc.zst'
    path.write_bytes(content)
    if expected:
        bench.refused(title, expected, path, OUT, text=text)
        done = run('info', path)
        check(done.returncode in (0, 3), f'{title}, info: {done.returncode}')
        return
    bench.converted(title, path, folder / 'again.mrc')
    check((folder / 'again.mrc').read_bytes() == first.read_bytes(), f'{title}: other bytes')


def entry(number, packed=0, plain=0):
    sizes = struct.unpack_from('<II', whole, table_at + 8 * number)
    replaced = struct.pack('<II', sizes[0] + packed, sizes[1] + plain)
    return whole[:table_at + 8 * number] + replaced + whole[table_at + 8 * number + 8:]


# A table that does not fit the file is no table: the frames are read in order.
framed('no table', whole[:table_at - 8], 0)
framed('a table cut short', whole[:-1], 3)
framed('a table of other sizes', entry(1, packed=5), 0)
framed('a footer of more frames', whole[:-9] + struct.pack('<IBI', 1 << 29, descriptor, magic), 0)
framed('a frame said to be larger', entry(1, plain=4), 3)
framed('a frame said to be smaller', entry(1, plain=-4), 3)
for position in (1100, len(whole) // 2, table_at - 100):
    damaged = bytearray(whole)
    damaged[position] ^= 0x40
    framed(f'a bit flipped at {position}', bytes(damaged), 3)
tiny = struct.pack('<II', 0x184D2A5E, 9) + struct.pack('<IBI', 0x1FFFFFFF, 0, magic)
check(len(tiny) == 17, 'a tiny file')
(folder / 'tiny.zst').write_bytes(tiny)
cheap('17 bytes that speak of half a billion frames', [3], 'info', folder / 'tiny.zst')
cheap('17 bytes that speak of half a billion frames', [3], 'convert', folder / 'tiny.zst', OUT)
many = whole[:table_at] + b'' + struct.pack('<IBI', 0x7FFFFFF, 0, magic)
framed('a footer alone', many, 3)
bench.finish()
