#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other side of test_chunk_codec.c: packs chunks with numcodecs and zstd, and opens what we packed.

Usage: chunks.py write|read FOLDER. Files: NAME.packed, NAME.plain, and list.txt with a line for each:
name, method (as in enum ocs_chunk_method), bytes of an element, whether shuffled. Exit status 0 when all is well.
"""
import pathlib
import subprocess
import sys

import numcodecs
import numpy as np

PLAIN, ZSTD, BLOSC, GZIP, ZLIB = range(5)


def chunks():
    generator = np.random.default_rng(7)
    smooth = np.cumsum(generator.normal(size=(16, 24, 20)), axis=2)
    masked = np.where(smooth > 2, smooth, 0)
    yield "f4", masked.astype("<f4")
    yield "f4big", smooth.astype(">f4")
    yield "f2", masked.astype("<f2")
    yield "i2", (smooth * 100).astype("<i2")
    yield "u1", generator.integers(0, 256, (5, 7, 11), dtype="u1")
    yield "zeros", np.zeros((32, 32, 32), "<f4")
    yield "one", np.array([1.5], "<f4")


def stream_without_size(plain):
    return subprocess.run(["zstd", "-q", "-c", "--no-check"], input=plain, stdout=subprocess.PIPE, check=True).stdout


def codecs(element):
    yield "zstd1", ZSTD, numcodecs.Zstd(level=1).encode
    yield "zstd19", ZSTD, numcodecs.Zstd(level=19).encode
    yield "zstdstream", ZSTD, lambda plain: stream_without_size(bytes(plain))
    yield "gzip", GZIP, numcodecs.GZip(level=6).encode
    yield "gzip0", GZIP, numcodecs.GZip(level=0).encode
    yield "zlib", ZLIB, numcodecs.Zlib(level=9).encode
    yield "plain", PLAIN, bytes
    for inner in numcodecs.blosc.list_compressors():
        for shuffle in (0, 1, 2):
            for level in (0, 1, 9):
                codec = numcodecs.Blosc(cname=inner, clevel=level, shuffle=shuffle)
                yield f"blosc-{inner}-{shuffle}-{level}", BLOSC, codec.encode
    yield "blosc-blocks", BLOSC, numcodecs.Blosc(cname="lz4", blocksize=1000 * element).encode


def write(folder):
    lines = []

    def put(name, method, packed, plain, element, shuffled):
        (folder / f"{name}.packed").write_bytes(packed)
        (folder / f"{name}.plain").write_bytes(plain)
        lines.append(f"{name} {method} {element} {shuffled}\n")

    for kind, voxels in chunks():
        element = voxels.dtype.itemsize
        for name, method, encode in codecs(element):
            put(f"{kind}-{name}", method, bytes(encode(voxels)), voxels.tobytes(), element, 0)
        if element > 1:
            shuffled = numcodecs.Shuffle(element).encode(voxels)
            put(f"{kind}-shuffled", ZSTD, numcodecs.Zstd().encode(shuffled), voxels.tobytes(), element, 1)
    (folder / "list.txt").write_text("".join(lines))


def read(folder):
    names = (folder / "list.txt").read_text().split()
    assert len(names) > 20
    for name in names:
        packed = (folder / f"{name}.packed").read_bytes()
        plain = (folder / f"{name}.plain").read_bytes()
        codec = numcodecs.Blosc() if name.startswith("blosc") else numcodecs.Zstd()
        assert bytes(codec.decode(packed)) == plain, name
        if name.startswith("zstd"):
            out = subprocess.run(["zstd", "-dqc"], input=packed, stdout=subprocess.PIPE, check=True).stdout
            assert out == plain, name
            assert packed[4] & 0x20 and packed[4] & 0x04, "one segment that says its size, with a checksum"


{"write": write, "read": read}[sys.argv[1]](pathlib.Path(sys.argv[2]))
