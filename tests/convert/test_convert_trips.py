# SPDX-License-Identifier: GPL-3.0-or-later
"""From MRC through every other kind of file and back: the same bytes; what others read on the way."""
import gzip
import shutil
import subprocess

import mrcfile
import numpy as np
import zarr

import maps  # noqa: F401  (puts the next on the path)
import program
from maps import SHAPE, TYPES, Bench, file_data, run, voxels, write_map

bench = Bench()
check, folder = bench.check, bench.folder
TILES = ['--chunk', '16,24,32']
IMOD = dict(imod_stamp=1146047817, imod_flags=0)  # bytes without a sign


def same(title, a, b):
    check(a.read_bytes() == b.read_bytes(), f'{title}: other bytes')


def opened_by_others(title, data, store, frames):
    """python3-zarr, the zstd program and mrcfile see the voxels too."""
    array = zarr.open(str(store), mode='r')['0'][:]
    check(array.dtype == data.dtype and array.tobytes() == data.tobytes(), f'{title}: zarr reads other voxels')
    plain = frames.with_suffix('.plain')
    done = subprocess.run(['zstd', '-qdfc', frames], stdout=plain.open('wb'))
    check(done.returncode == 0, f'{title}: zstd -d')
    return plain


def round_trip(mode, name, data, **changes):
    first = write_map(folder / f'{name}.mrc', data, mode, **changes)
    v2, v3 = folder / f'{name}2.zarr', folder / f'{name}3.zarr'
    frames, last = folder / f'{name}.mrc.zst', folder / f'{name}_last.mrc'
    steps = [(first, v2, '--zarr', 2, *TILES), (v2, v3, '--zarr', 3, *TILES), (v3, frames), (frames, last)]
    for number, step in enumerate(steps):
        if not bench.converted(f'{name}, step {number}', *step, '--verify'):
            return
    same(name, first, last)
    plain = opened_by_others(name, data, v2, frames)
    same(f'{name}, zstd -d', first, plain)
    for codec in ('blosc', 'zstd'):
        for version in (2, 3):
            store = folder / f'{name}_{codec}{version}.zarr'
            back = folder / f'{name}_{codec}{version}.mrc'
            bench.converted(f'{name} to {store.name}', first, store, '--zarr', version, '--codec', codec, *TILES)
            bench.converted(f'{name} from {store.name}', store, back)
            same(f'{name} by {codec} {version}', first, back)
            shutil.rmtree(store)


for mode, dtype in TYPES.items():
    round_trip(mode, f'mode{mode}', voxels(dtype))
round_trip(0, 'unsigned', voxels('u1'), **IMOD)
extreme = voxels('<f4')
extreme[0, 0, :4] = np.array([0x7fc00001, 0xff800000, 0x7f800000, 0x00000001], '<u4').view('<f4')
round_trip(2, 'nan', extreme)
halves = voxels('<f2')
halves[0, 0, :3] = np.array([np.inf, -np.inf, np.nan], '<f2')
round_trip(12, 'inf', halves)

# Big-endian, packed, without statistics: kept as values.
data = voxels('<i2')
big = folder / 'big.mrc'
from program import header  # noqa: E402
big.write_bytes(header(SHAPE, 1, '>') + data.astype('>i2').tobytes())
bench.converted('big-endian', big, folder / 'little.mrc')
check(np.array_equal(file_data(folder / 'little.mrc', '<i2'), data), 'big-endian: other voxels')
with mrcfile.open(folder / 'little.mrc', permissive=True) as file:
    check(file.header.dmin == data.min() and file.header.dmax == data.max() and
          abs(file.header.rms - data.astype('f8').std()) < 1e-3 * data.astype('f8').std(),
          f'statistics: {file.header.dmin}, {file.header.dmax}, {file.header.rms}')
check(mrcfile.validate(folder / 'little.mrc'), 'mrcfile finds the result invalid')
nibbles = np.random.default_rng(2).integers(0, 16, SHAPE, dtype='u1')
packed = folder / 'packed.mrc'
packed.write_bytes(header(SHAPE, 101) + (nibbles[..., 0::2] | nibbles[..., 1::2] << 4).tobytes())
bench.converted('mode 101', packed, folder / 'unpacked.mrc', '--verify')
check(np.array_equal(file_data(folder / 'unpacked.mrc', 'i1'), nibbles), 'mode 101: other voxels')

# Types asked for.
floats = write_map(folder / 'floats.mrc', voxels('<f4') * np.float32(.01), 2)
values = file_data(floats, '<f4')
values = np.where(np.abs(values) < 60000, values, 1).astype('<f4')
floats = write_map(folder / 'floats.mrc', values, 2)
for name in ('half.mrc', 'half.mrc.zst', 'half.zarr'):
    bench.converted(f'f16 as {name}', floats, folder / name, '--dtype', 'f16', '--verify')
    bench.converted(f'f16 back from {name}', folder / name, folder / 'again.mrc')
    check(np.array_equal(file_data(folder / 'again.mrc', '<f2'), values.astype('<f2')), f'f16 as {name}: other voxels')
bench.converted('f32', folder / 'mode1.mrc', folder / 'f32.mrc', '--dtype', 'f32', '--verify')
check(np.array_equal(file_data(folder / 'f32.mrc', '<f4'), voxels('<i2').astype('<f4')), 'f32: other voxels')
bench.refused('beyond float16', 4, folder / 'mode2.mrc', folder / 'none.mrc', '--dtype', 'f16', text='float16')

# Whatever comes in, and out through a pipe.
whole = (folder / 'mode6.mrc').read_bytes()
(folder / 'map.gz').write_bytes(gzip.compress(whole))
for title, words, given in (('gzip', [folder / 'map.gz'], None), ('a pipe', ['-'], whole),
                            ('a store', [folder / 'mode63.zarr'], None), ('zstd', [folder / 'mode6.mrc.zst'], None)):
    done = subprocess.run([program.PROGRAM, 'convert', *map(str, words), '-'], input=given or b'', capture_output=True)
    check(done.returncode == 0 and done.stdout == whole, f'{title} to standard output: {done.returncode}, {done.stderr}')

# Levels: means over 2 x 2 x 2, half a voxel further on.
pyramid = folder / 'mode22.zarr'
levels = zarr.open(str(pyramid), mode='r')
check('1' in levels and '2' in levels, f'levels {list(levels)}')
finest = np.pad(levels['0'][:].astype('f8'), [(0, n % 2) for n in SHAPE], constant_values=np.nan)
with np.errstate(all='ignore'):
    eight = np.stack([finest[z::2, y::2, x::2] for z in (0, 1) for y in (0, 1) for x in (0, 1)])
    means, largest = np.nanmean(eight, 0), np.nanmax(np.abs(eight), 0)
for words in ([f'{pyramid}/1'], [pyramid, '--level', 1]):
    bench.converted(f'level 1 by {words}', *words[:1], folder / 'level.mrc', *words[1:])
    with mrcfile.open(folder / 'level.mrc', permissive=True) as file:
        usable = largest < 1e30  # sums of larger ones depend on their order
        check(np.allclose(file.data[usable], means[usable], rtol=1e-6, atol=1e-7), 'level 1: other voxels')
        # Columns run along z here (MAPC 3, MAPR 1, MAPS 2).
        sizes = [float(file.header.cella[axis]) / int(file.header[f'm{axis}']) for axis in 'xyz']
        check(np.allclose(sizes, [2 * 99.5 / 90, 2 * 77.25 / 70, 2 * 41 / 40]), f'level 1: voxel sizes {sizes}')
        origin = [float(file.header.origin[axis]) for axis in 'xyz']
        expected = [10.5 + 99.5 / 180, -20.25 + 77.25 / 140, 3 + 41 / 80]
        check(np.allclose(origin, expected), f'level 1: origin {origin}, not {expected}')
        check([int(file.header[name]) for name in ('mapc', 'mapr', 'maps')] == [3, 1, 2], 'level 1: axis order')
bench.refused('no such level', 2, pyramid, folder / 'none.mrc', '--level', 9, text='no level 9')
bench.refused('level of a file', 2, floats, folder / 'none.mrc', '--level', 1, text='levels')

# Usage.
for title, status, words, text in (
        ('no kind', 2, [floats, folder / 'none.txt'], '.mrc'),
        ('a URL', 2, [floats, 'http://localhost/none.mrc'], 'only be written to files'),
        ('verifying a pipe', 2, [floats, '-', '--verify'], '--verify'),
        ('one operand', 2, [floats], 'OUT'), ('three', 2, [floats, 'a.mrc', 'b.mrc'], 'b.mrc'),
        ('too little memory', 4, [floats, folder / 'none.mrc', '--memory', '1M'], '--memory'),
        ('too many voxels', 4, [floats, folder / 'none.mrc', '--max-voxels', '10'], '--max-voxels'),
        ('no such map', 5, [folder / 'absent.mrc', folder / 'none.mrc'], 'absent')):
    done = run('convert', *words)
    check(done.returncode == status and text in done.stderr.decode(), f'{title}: {done.returncode}, {done.stderr}')
check(not (folder / 'none.mrc').exists(), 'a refused run left a file')
done = run('convert', floats, folder / 'mode2.mrc')
check(done.returncode == 5 and b'--force' in done.stderr, f'overwriting: {done.returncode}, {done.stderr}')
plan = run('convert', '--plan', folder / 'mode23.zarr', folder / 'planned.zarr', '--verify', *TILES)
check(plan.returncode == 0 and all(word in plan.stdout for word in (b'spool', b'convert', b'pyramid', b'verify')),
      f'the plan: {plan.stdout}, {plan.stderr}')
check(not (folder / 'planned.zarr').exists(), 'a plan was carried out')
bench.finish()
