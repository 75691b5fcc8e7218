# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores that others wrote, read by us: voxels equal to numpy's, geometry to the metadata's."""
import json

import mrcfile
import numpy as np
import zarr
from numcodecs import Blosc, GZip, Shuffle, Zlib, Zstd

from maps import TYPES, Bench, file_data, voxels, write_map
from program import info, run
from version3 import CHECK, LITTLE, sharding, write_array, write_image

bench = Bench()
check, folder = bench.check, bench.folder
SHAPE = (21, 34, 45)
CHUNK = (8, 16, 12)


def image(root, scale=(1.5, 2, 2.5), translation=(3, 4, 5), unit='angstrom', path='0', axes='zyx'):
    kinds = {'t': 'time', 'c': 'channel'}
    steps = [1.0] * (len(axes) - 3) + list(scale)
    shift = [0.0] * (len(axes) - 3) + list(translation)
    root.attrs['multiscales'] = [{
        'version': '0.4', 'datasets': [{'path': path, 'coordinateTransformations': [
            {'type': 'scale', 'scale': steps}, {'type': 'translation', 'translation': shift}]}],
        'axes': [{'name': name, 'type': kinds.get(name, 'space'), **({'unit': unit} if unit and name in 'zyx' else {})}
                 for name in axes]}]


def version2(name, data, chunks=CHUNK, **options):
    root = zarr.open_group(str(folder / name), mode='w')
    options.setdefault('dimension_separator', '/')
    root.create_dataset('0', data=data, chunks=chunks, **options)
    image(root)
    return folder / name


def read(title, store, data, *words):
    out = folder / 'read.mrc'
    if bench.converted(title, store, out, *words):
        seen = file_data(out, data.dtype.newbyteorder('<'), data.shape)
        check(np.array_equal(seen.view(f'u{data.itemsize}'),
                             data.astype(data.dtype.newbyteorder('<')).view(f'u{data.itemsize}')),
              f'{title}: other voxels')


def data_of(dtype):
    return voxels(dtype, SHAPE)


def ordinary(dtype):
    data = np.random.default_rng(8).normal(size=SHAPE) * 50
    data[:8, :16] = 0
    return np.clip(data, 0, 100).astype(dtype)


# ---- version 2 ----
compressors = [None, Zstd(1), Zstd(19), GZip(5), Zlib(9)]
compressors += [Blosc(inner, 5, shuffle) for inner in ('zstd', 'lz4', 'lz4hc', 'zlib', 'blosclz') for shuffle in (0, 1, 2)]
for number, compressor in enumerate(compressors):
    read(f'{compressor}', version2(f'c{number}.zarr', ordinary('<f4'), compressor=compressor), ordinary('<f4'))
for dtype in ('i1', 'u1', '<i2', '>i2', '<u2', '>u2', '<f2', '>f2', '<f4', '>f4'):
    for compressor in (Zstd(3), Blosc('zstd', 3, 1)):
        data = data_of(dtype) if np.dtype(dtype).kind in 'iu' else ordinary(dtype)
        read(f'{dtype} {compressor}', version2('t.zarr', data, compressor=compressor), data)
read('separator .', version2('dot.zarr', ordinary('<f4'), dimension_separator='.'), ordinary('<f4'))
for fill in (7, -3.5, float('nan'), float('-inf')):
    data = np.full(SHAPE, fill, '<f4')
    data[10:12, 20:30, 30:40] = 1
    store = version2('fill.zarr', data, fill_value=fill, write_empty_chunks=False, compressor=Zstd(1))
    read(f'fill {fill}', store, data)
check(len([p for p in (folder / 'fill.zarr').rglob('*') if p.is_file()]) < 10, 'no chunk was left out')
for filters in ([Shuffle(4)],):
    read('the shuffle filter', version2('s.zarr', ordinary('<f4'), filters=filters, compressor=Zstd(1)), ordinary('<f4'))
for chunks in ((1, 1, 1), (1, 34, 45), (21, 34, 45), (64, 64, 64), (21, 1, 45)):
    read(f'chunks {chunks}', version2('k.zarr', ordinary('<f4'), chunks=chunks, compressor=None), ordinary('<f4'))

# Five axes, of which the first have one place.
root = zarr.open_group(str(folder / 'five.zarr'), mode='w')
root.create_dataset('0', data=ordinary('<f4')[None, None], chunks=(1, 1, *CHUNK), dimension_separator='/')
image(root, axes='tczyx')
read('five axes', folder / 'five.zarr', ordinary('<f4'))

# An array alone, and an array of an image by its own name.
lone = folder / 'lone'
zarr.open(str(lone), mode='w', shape=SHAPE, chunks=CHUNK, dtype='<f4')[:] = ordinary('<f4')
read('an array alone', lone, ordinary('<f4'))
status, files, _ = info(lone)
check(status == 0 and 'no_image' in [note['code'] for note in files[0]['findings']], f'an array alone: {files}')
read('an array by its name', folder / 'c1.zarr' / '0', ordinary('<f4'))
done = run('info', '--json', '0', cwd=folder / 'c1.zarr')
check(json.loads(done.stdout)['files'][0]['voxel_size_ang'] == [1.5, 2, 2.5], 'an array by its name from within')

# Geometry.
with mrcfile.open(folder / 'read.mrc', permissive=True) as file:
    sizes = [file.voxel_size[axis] for axis in 'zyx']
    check(np.allclose([float(size) for size in sizes], [1.5, 2, 2.5]), f'voxel sizes {sizes}')
    check([float(file.header.origin[axis]) for axis in 'xyz'] == [5, 4, 3], f'origin {file.header.origin}')
check(mrcfile.validate(folder / 'read.mrc'), 'mrcfile finds the result invalid')
root = zarr.open_group(str(folder / 'nm.zarr'), mode='w')
root.create_dataset('0', data=ordinary('<f4'), chunks=CHUNK, dimension_separator='/')
image(root, (.15, .2, .25), (.3, .4, .5), 'nanometer')
_, files, _ = info(folder / 'nm.zarr')
check(np.allclose(files[0]['voxel_size_ang'], [1.5, 2, 2.5]), f'nanometers: {files[0]["voxel_size_ang"]}')
image(root, unit=None)
_, files, _ = info(folder / 'nm.zarr')
check('unit' in [note['code'] for note in files[0]['findings']], f'no unit: {files[0]["findings"]}')

# info says what it is, and sees what numpy sees.
_, files, _ = info('--stats', folder / 'c5.zarr')
seen, data = files[0], ordinary('<f4')
check(seen['zarr'] == {'version': 2, 'chunk': list(CHUNK), 'shard': None, 'level': 0, 'levels': 1}, f'info: {seen["zarr"]}')
check(seen['compression'] == 'blosc' and seen['dims'] == list(SHAPE), f'info: {seen["compression"]}, {seen["dims"]}')
check(np.allclose([seen['statistics'][k] for k in ('min', 'max', 'mean', 'rms')],
                  [data.min(), data.max(), data.mean(dtype='f8'), data.std(dtype='f8')], rtol=1e-6), 'info --stats')
check(b'Zarr version 2' in run('info', folder / 'c5.zarr').stdout, 'info as text')

# Refused with a reason.
for name, data, options, text in (('f8', ordinary('<f8'), {}, '<f8'), ('i8', ordinary('<i8'), {}, '<i8'),
                                  ('c8', ordinary('<f4').astype('<c8'), {}, ''), ('F', ordinary('<f4'), {'order': 'F'}, 'F')):
    bench.refused(name, 3, version2(f'{name}.zarr', data, **options), folder / 'none.mrc', text=text)

# ---- version 3 ----
ZSTD = {'name': 'zstd', 'configuration': {'level': 3, 'checksum': False}}
GZIP = {'name': 'gzip', 'configuration': {'level': 5}}
BIG = {'name': 'bytes', 'configuration': {'endian': 'big'}}


def blosc(size, shuffle='shuffle'):
    return {'name': 'blosc', 'configuration': {'cname': 'lz4', 'clevel': 5, 'shuffle': shuffle, 'typesize': size, 'blocksize': 0}}


chains = {'plain': [LITTLE], 'big': [BIG], 'zstd': [LITTLE, ZSTD], 'gzip': [LITTLE, GZIP], 'crc': [LITTLE, CHECK],
          'zstd-crc': [LITTLE, ZSTD, CHECK], 'blosc': [LITTLE, blosc(4)], 'bits': [LITTLE, blosc(4, 'bitshuffle')]}
SHARD = (16, 32, 24)
for name, codecs in chains.items():
    data = ordinary('<f4')
    write_image(folder / f'{name}3.zarr', data, CHUNK, codecs)
    read(f'version 3, {name}', folder / f'{name}3.zarr', data)
    write_image(folder / f'{name}s.zarr', data, SHARD, [sharding(CHUNK, codecs)])
    read(f'shards, {name}', folder / f'{name}s.zarr', data)
for dtype in TYPES.values():
    data = data_of(dtype) if np.dtype(dtype).kind in 'iu' else ordinary(dtype)
    write_image(folder / f't{np.dtype(dtype).name}.zarr', data, SHARD, [sharding(CHUNK, [LITTLE, ZSTD])])
    read(f'shards of {dtype}', folder / f't{np.dtype(dtype).name}.zarr', data)
data = ordinary('<f4')
for name, more in {'index first': {'index_location': 'start'}, 'index unchecked': {'index_codecs': (LITTLE,)}}.items():
    write_image(folder / f'{name}.zarr', data, SHARD, [sharding(CHUNK, [LITTLE, ZSTD], **more)])
    read(name, folder / f'{name}.zarr', data)
write_image(folder / 'one.zarr', data, (24, 48, 48), [sharding(CHUNK, [LITTLE])])
read('one shard larger than the array', folder / 'one.zarr', data)
for separator, encoding in (('.', 'default'), ('.', 'v2'), ('/', 'v2')):
    write_image(folder / f'{encoding}{ord(separator)}.zarr', data, CHUNK, [LITTLE], separator=separator, encoding=encoding)
    read(f'keys {encoding} {separator}', folder / f'{encoding}{ord(separator)}.zarr', data)
write_array(folder / 'bare3', data, CHUNK, [LITTLE, ZSTD])
read('version 3, an array alone', folder / 'bare3', data)
_, files, _ = info(folder / 'zstds.zarr')
check(files[0]['zarr']['shard'] == list(SHARD) and files[0]['zarr']['version'] == 3, f'info: {files[0]["zarr"]}')

# ---- the same estimate from every kind of file ----
shape = (40, 44, 48)
z, y, x = np.ogrid[:40, :44, :48]
ball = ((z - 20) ** 2 + (y - 22) ** 2 + (x - 24) ** 2 < 150)
data = (np.random.default_rng(5).normal(size=shape) * .1 + ball * (1 + np.sin(z) * .3)).astype('<f4')
first = write_map(folder / 'map.mrc', data, 2, mapc=1, mapr=2, maps=3, mx=48, my=44, mz=40, cell_x=72., cell_y=66., cell_z=60.)
sources = [folder / 'map.mrc.zst', folder / 'map.zarr', folder / 'map3.zarr']
for source, words in zip(sources, ([], ['--chunk', '16,16,16'], ['--zarr', 3, '--chunk', '8,16,16'])):
    bench.converted(f'{source.name}', first, source, *words)
mask = write_map(folder / 'mask.mrc', ball.astype('i1'), 0, mapc=1, mapr=2, maps=3)
bench.converted('mask.mrc.zst', mask, folder / 'mask.mrc.zst')
bench.converted('mask.zarr', mask, folder / 'mask.zarr', '--chunk', '16,16,16')


def estimate(source, out, *words):
    (folder / out).mkdir()
    done = run('estimate', source, '-o', folder / out, '--no-chimerax', '--amplify', 2, '--memory', '64M', *words)
    check(done.returncode == 0, f'estimate of {source}: {done.stderr}')
    return {path.name.split('_')[-1]: path.read_bytes() for path in (folder / out).glob('*.mrc')}


want = estimate(first, 'first', '--target-mask', mask, '--labels', mask)
for number, source in enumerate(sources):
    masks = [folder / ('mask.zarr' if number % 2 else 'mask.mrc.zst')] * 2
    seen = estimate(source, f'again{number}', '--target-mask', masks[0], '--labels', masks[1], '--threads', 1 + number)
    check(seen == want and len(want) == 3, f'estimate of {source.name}: other maps')
bench.finish()
