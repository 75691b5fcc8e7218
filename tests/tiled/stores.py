# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of tiled maps that are not ours: Zarr 3 with shards from its files, seekable zstd frame by frame.

Written from the specifications: https://zarr-specs.readthedocs.io (v3 core, sharding-indexed codec) and the seekable
format in zstd's contrib folder. Decompression is numcodecs'.
"""
import json
import pathlib
import struct

import numcodecs
import numpy as np

ABSENT = 2 ** 64 - 1
TYPES = {"float32": "<f4", "float16": "<f2"}


def crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = crc32c_table()


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = TABLE[(value ^ byte) & 255] ^ value >> 8
    return value ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283


def unpack(codecs, data):
    """Through the bytes-to-bytes codecs of an array, backwards."""
    assert codecs[0] == {"name": "bytes", "configuration": {"endian": "little"}}, codecs
    for codec in reversed(codecs[1:]):
        data = {"zstd": numcodecs.Zstd, "blosc": numcodecs.Blosc}[codec["name"]]().decode(data)
    return data


def chunks_of_shard(data, sharding, per_shard, dtype):
    """Index in the shard and voxels of each chunk that is there."""
    settings = sharding["configuration"]
    assert settings["index_location"] == "end"
    assert [codec["name"] for codec in settings["index_codecs"]] == ["bytes", "crc32c"]
    count = int(np.prod(per_shard))
    index, stored = data[-16 * count - 4:-4], struct.unpack("<I", data[-4:])[0]
    assert crc32c(index) == stored, "the checksum of a shard's index is wrong"
    used = 0
    for number, (offset, size) in enumerate(struct.iter_unpack("<QQ", index)):
        if offset == ABSENT:
            assert size == ABSENT
            continue
        assert offset + size <= len(data) - len(index) - 4, "a chunk lies outside of its shard"
        used += size
        plain = unpack(settings["codecs"], data[offset:offset + size])
        yield np.unravel_index(number, per_shard), np.frombuffer(plain, dtype)
    assert used == len(data) - len(index) - 4, "a shard has gaps"
    assert used > 0, "a shard without chunks should not be there"


class Array3:
    """An array of Zarr 3: voxels, metadata, and which chunks are there."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.meta = meta = json.loads((folder / "zarr.json").read_text())
        assert meta["zarr_format"] == 3 and meta["node_type"] == "array"
        assert meta["chunk_key_encoding"] == {"name": "default", "configuration": {"separator": "/"}}
        assert meta["fill_value"] == 0 and len(meta["codecs"]) == 1
        sharding, = meta["codecs"]
        assert sharding["name"] == "sharding_indexed"
        shard = meta["chunk_grid"]["configuration"]["chunk_shape"]
        self.chunk = chunk = sharding["configuration"]["chunk_shape"]
        per_shard = [outer // inner for outer, inner in zip(shard, chunk)]
        assert all(outer % inner == 0 for outer, inner in zip(shard, chunk))
        shape, dtype = meta["shape"], TYPES[meta["data_type"]]
        grid = [-(-extent // outer) for extent, outer in zip(shape, shard)]
        whole = np.zeros([n * outer for n, outer in zip(grid, shard)], dtype)
        self.there = set()
        self.files = 0
        for path in sorted((folder / "c").rglob("*") if (folder / "c").exists() else ()):
            if not path.is_file():
                continue
            self.files += 1
            key = [int(part) for part in path.relative_to(folder / "c").parts]
            assert len(key) == 3 and all(part < n for part, n in zip(key, grid)), f"key {key} is outside"
            for inner, voxels in chunks_of_shard(path.read_bytes(), sharding, per_shard, dtype):
                at = tuple(int(k * n + i) for k, n, i in zip(key, per_shard, inner))
                self.there.add(at)
                whole[tuple(slice(a * c, (a + 1) * c) for a, c in zip(at, chunk))] = voxels.reshape(chunk)
        self.whole = whole
        self.data = whole[tuple(slice(0, extent) for extent in shape)]


def tiles_with_content(data, chunk):
    """Places of the chunks that are not all zero bytes."""
    bits = data.view({2: "u2", 4: "u4"}[data.itemsize])
    places = set()
    for at in np.ndindex(*[-(-n // c) for n, c in zip(data.shape, chunk)]):
        if bits[tuple(slice(a * c, (a + 1) * c) for a, c in zip(at, chunk))].any():
            places.add(tuple(map(int, at)))
    return places


def frames(data):
    """Packed and plain sizes of every frame, from the seek table at the end."""
    count, descriptor, magic = struct.unpack("<IBI", data[-9:])
    assert magic == 0x8F92EAB1 and descriptor == 0
    table = data[-9 - 8 * count - 8:]
    assert struct.unpack("<II", table[:8]) == (0x184D2A5E, 8 * count + 9)
    sizes = list(struct.iter_unpack("<II", table[8:-9]))
    assert sum(packed for packed, _ in sizes) == len(data) - len(table)
    return sizes


def mean_of_eight(fine):
    """Means of 2 x 2 x 2 voxels in double, at the far sides of those that exist."""
    z, y, x = fine.shape
    padded = np.zeros([n + n % 2 for n in fine.shape])
    there = np.zeros(padded.shape)
    padded[:z, :y, :x], there[:z, :y, :x] = fine, 1

    def folded(a):
        a = a[:, :, ::2] + a[:, :, 1::2]
        a = a[:, ::2] + a[:, 1::2]
        return a[::2] + a[1::2]
    return (folded(padded) / folded(there)).astype("f4")


def files_of(folder):
    """Every file below a folder by its relative path."""
    folder = pathlib.Path(folder)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
