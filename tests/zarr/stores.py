#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other side of test_zarr_store.c: writes stores with zarr, and by the letter of the specification for version 3,
and opens what we wrote.

Usage: stores.py write|read FOLDER. Each store NAME has its voxels in NAME.raw; list.txt has a line for each: name,
version. Exit status 0 when all is well.
"""
import itertools
import json
import pathlib
import struct
import sys

import numcodecs
import numpy as np
import zarr

SHAPE = (20, 33, 41)


def voxels(dtype, shape=SHAPE):
    generator = np.random.default_rng(3)
    values = generator.normal(size=shape) * 40
    values[..., :16, :16, :16] = 0
    return np.clip(values, 0 if np.dtype(dtype).kind == "u" else -100, 100).astype(dtype)


def write_v2(folder, name, data, **options):
    array = zarr.open(str(folder / name), mode="w", shape=data.shape, dtype=data.dtype, zarr_version=2, **options)
    array[:] = data
    (folder / f"{name}.raw").write_bytes(data.tobytes())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def chunks_of(data, chunk):
    """Whole chunks in C order, those at the far sides padded with 9."""
    for index in itertools.product(*(range(-(-n // c)) for n, c in zip(data.shape, chunk))):
        part = data[tuple(slice(i * c, (i + 1) * c) for i, c in zip(index, chunk))]
        whole = np.full(chunk, 9, data.dtype)
        whole[tuple(slice(0, n) for n in part.shape)] = part
        yield index, part, whole


def shard_bytes(whole, inner, encode, first):
    """Absent where all is 0; the others in reverse order, with a gap between them."""
    count = np.prod([s // c for s, c in zip(whole.shape, inner)])
    places = [(2**64 - 1, 2**64 - 1)] * count
    used = 16 * count + 4 if first else 0
    body = b""
    for number, (_, part, _) in reversed(list(enumerate(chunks_of(whole, inner)))):
        if part.any():
            packed = encode(part.copy())
            places[number] = (used + len(body), len(packed))
            body += packed + b"gap"
    index = b"".join(struct.pack("<QQ", *place) for place in places)
    index += struct.pack("<I", crc32c(index))
    return index + body if first else body + index


def write_v3(folder, name, data, chunk, inner=None, codecs=(), encode=bytes, big=False, first=False, separator="/"):
    order = [{"name": "bytes", "configuration": {"endian": "big" if big else "little"}}] if data.itemsize > 1 else ["bytes"]
    chain = [*order, *codecs]
    if inner:
        chain = [{"name": "sharding_indexed", "configuration": {
            "chunk_shape": inner, "codecs": chain, "index_location": "start" if first else "end",
            "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]}}]
    (folder / name).mkdir()
    (folder / name / "zarr.json").write_text(json.dumps({
        "zarr_format": 3, "node_type": "array", "shape": data.shape, "data_type": data.dtype.name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": separator}},
        "fill_value": 0, "codecs": chain, "attributes": {"any": ["thing"]}}))
    for index, part, whole in chunks_of(data, chunk):
        path = folder / name / separator.join(map(str, ("c", *index)))
        if part.any():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(shard_bytes(whole, inner, encode, first) if inner else encode(whole))
    (folder / f"{name}.raw").write_bytes(data.tobytes())


def write(folder):
    for dtype in ("|i1", "|u1", "<i2", ">i2", "<u2", "<f2", "<f4", ">f4"):
        name = dtype[1:] + ("big" if dtype[0] == ">" else "")
        write_v2(folder, f"v2_{name}", voxels(dtype), chunks=(16, 16, 16), compressor=numcodecs.Zstd())
    f4 = voxels("<f4")
    write_v2(folder, "v2_blosc", f4, chunks=(7, 33, 50), compressor=numcodecs.Blosc(), dimension_separator="/")
    write_v2(folder, "v2_gzip", f4, chunks=(8, 8, 8), compressor=numcodecs.GZip(), dimension_separator=".")
    write_v2(folder, "v2_zlib", f4, chunks=(20, 16, 41), compressor=numcodecs.Zlib())
    write_v2(folder, "v2_none", f4, chunks=(16, 16, 16), compressor=None, fill_value=0, write_empty_chunks=False)
    write_v2(folder, "v2_shuffled", f4, chunks=(16, 16, 16), filters=[numcodecs.Shuffle(4)])
    write_v2(folder, "v2_image", voxels("<f4", (1, 1, *SHAPE)), chunks=(1, 1, 9, 9, 9), dimension_separator="/")
    write_v2(folder, "v2_fill", np.full(SHAPE, np.nan, "<f4"), chunks=(16, 16, 16), fill_value=np.nan,
             write_empty_chunks=False)
    zstd = {"name": "zstd", "configuration": {"level": 1, "checksum": False}}
    pack = numcodecs.Zstd().encode
    checked = {"encode": lambda part: (lambda b: b + struct.pack("<I", crc32c(b)))(part.tobytes()), "codecs": ["crc32c"]}
    write_v3(folder, "v3_plain", f4, (16, 16, 16))
    write_v3(folder, "v3_zstd", f4, (16, 33, 16), codecs=[zstd], encode=pack, separator=".")
    write_v3(folder, "v3_checked", voxels("u1"), (16, 16, 16), **checked)
    write_v3(folder, "v3_shards", f4, (16, 32, 48), (8, 16, 16), codecs=[zstd], encode=pack)
    write_v3(folder, "v3_first", voxels(">i2"), (32, 16, 48), (16, 16, 16), big=True, first=True)
    (folder / "list.txt").write_text("".join(f"{path.name} {path.name[1]}\n" for path in folder.iterdir() if path.is_dir()))


def read(folder):
    for line in (folder / "list.txt").read_text().splitlines():
        name, dtype = line.split()
        array = zarr.open(str(folder / name), mode="r")
        assert array.filters is None and array.order == "C" and array.dtype == np.dtype(dtype), array.info
        assert array[:].tobytes() == (folder / f"{name}.raw").read_bytes(), name
        assert array.nchunks_initialized < array.nchunks, name


{"write": write, "read": read}[sys.argv[1]](pathlib.Path(sys.argv[2]))
