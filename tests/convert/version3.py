# SPDX-License-Identifier: GPL-3.0-or-later
"""A writer of Zarr version 3 by the letter of its specification, independent of the program: regular chunks, the codecs
bytes, zstd, gzip, blosc, crc32c and sharding_indexed."""
import gzip
import itertools
import json
import struct

import numcodecs
import numpy as np

TABLE = []
for byte in range(256):
    value = byte
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    TABLE.append(value)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return struct.pack('<I', crc ^ 0xFFFFFFFF)


def encoded(array, codecs):
    """The bytes of one chunk."""
    data = array
    for codec in codecs:
        name, how = codec['name'], codec.get('configuration', {})
        if name == 'bytes':
            order = '>' if how.get('endian') == 'big' else '<'
            data = array.astype(array.dtype.newbyteorder(order)).tobytes()
        elif name == 'zstd':
            data = numcodecs.Zstd(how['level']).encode(data)
        elif name == 'gzip':
            data = gzip.compress(data, how['level'])
        elif name == 'blosc':
            shuffle = {'noshuffle': 0, 'shuffle': 1, 'bitshuffle': 2}[how['shuffle']]
            typed = np.frombuffer(data, f'V{how["typesize"]}')
            data = numcodecs.Blosc(how['cname'], how['clevel'], shuffle).encode(typed)
        elif name == 'crc32c':
            data = data + crc32c(data)
        elif name == 'sharding_indexed':
            data = shard(array, how)
        else:
            raise ValueError(name)
    return bytes(data)


def pieces(array, extent):
    """Whole chunks in C order, those at the far sides filled up with junk."""
    for index in itertools.product(*(range(-(-n // c)) for n, c in zip(array.shape, extent))):
        part = array[tuple(slice(i * c, (i + 1) * c) for i, c in zip(index, extent))]
        whole = np.full(extent, 99, array.dtype)
        whole[tuple(slice(0, n) for n in part.shape)] = part
        yield index, part, whole


def shard(array, how):
    """Inner chunks in an order of their own, with gaps; those that are all zero left out."""
    inner, at_start = how['chunk_shape'], how.get('index_location') == 'start'
    checked = any(codec['name'] == 'crc32c' for codec in how['index_codecs'])
    grid = [n // c for n, c in zip(array.shape, inner)]
    index_bytes = 16 * int(np.prod(grid)) + 4 * checked
    places, body = {}, b''
    for at, part, whole in sorted(pieces(array, inner), key=lambda piece: piece[0][::-1]):
        if part.any():
            data = encoded(whole, how['codecs'])
            places[at] = (len(body) + index_bytes * at_start, len(data))
            body += data + b'gap'
    absent = (2 ** 64 - 1, 2 ** 64 - 1)
    order = itertools.product(*map(range, grid))
    index = b''.join(struct.pack('<QQ', *places.get(at, absent)) for at in order)
    index += crc32c(index) if checked else b''
    return index + body if at_start else body + index


LITTLE = {'name': 'bytes', 'configuration': {'endian': 'little'}}
CHECK = {'name': 'crc32c'}


def sharding(inner, codecs, index_codecs=(LITTLE, CHECK), **more):
    return {'name': 'sharding_indexed',
            'configuration': {'chunk_shape': list(inner), 'codecs': list(codecs), 'index_codecs': list(index_codecs), **more}}


NAMES = {'i1': 'int8', 'u1': 'uint8', 'i2': 'int16', 'u2': 'uint16', 'f2': 'float16', 'f4': 'float32'}


def write_array(folder, data, chunk, codecs, fill=0, separator='/', encoding='default', skip_fill=True):
    folder.mkdir(parents=True)
    (folder / 'zarr.json').write_text(json.dumps({
        'zarr_format': 3, 'node_type': 'array', 'shape': data.shape, 'data_type': NAMES[data.dtype.str[1:]],
        'chunk_grid': {'name': 'regular', 'configuration': {'chunk_shape': list(chunk)}},
        'chunk_key_encoding': {'name': encoding, 'configuration': {'separator': separator}},
        'fill_value': fill, 'codecs': list(codecs), 'attributes': {}, 'dimension_names': ['z', 'y', 'x'][-data.ndim:]}))
    for index, part, whole in pieces(data, chunk):
        if skip_fill and not (part != np.asarray(fill, data.dtype)).any():
            continue
        key = separator.join(map(str, index))
        key = f'c{separator}{key}' if encoding == 'default' else key
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(encoded(whole, codecs))


def write_image(folder, data, chunk, codecs, scale=(1.5, 1.5, 1.5), translation=(0, 0, 0), unit='angstrom', **options):
    write_array(folder / '0', data, chunk, codecs, **options)
    (folder / 'zarr.json').write_text(json.dumps({
        'zarr_format': 3, 'node_type': 'group', 'attributes': {'ome': {'version': '0.5', 'multiscales': [{
            'axes': [{'name': name, 'type': 'space', 'unit': unit} for name in 'zyx'],
            'datasets': [{'path': '0', 'coordinateTransformations': [
                {'type': 'scale', 'scale': list(scale)}, {'type': 'translation', 'translation': list(translation)}]}]}]}}}))
