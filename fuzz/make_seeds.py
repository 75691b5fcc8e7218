# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the seeds: small inputs of every kind, to start from and to replay."""
import json
import pathlib
import random
import struct
import sys
import zlib

import numcodecs

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "cli"))
from program import header  # noqa: E402

IMOD = 1146047817

HEADERS = {
    "float32_little": header(),
    "float32_big": header(order=">"),
    "unsigned_imod": header(mode=0, imod_stamp=IMOD),
    "signed_imod": header(mode=0, imod_stamp=IMOD, imod_flags=1, order=">"),
    "uint4_odd": header((3, 5, 7), mode=101),
    "float16_axes": header((4, 3, 2), mode=12, mapc=3, mapr=1, maps=2),
    "stack": header((40, 20, 20), ispg=401, mz=10),
    "stack_broken": header((40, 20, 20), ispg=630, mz=7),
    "no_cell": header(cell_x=0.0, cell_y=float("inf"), cell_z=float("nan"), mx=0),
    "axes_broken": header(mapc=10, mapr=11, maps=12),
    "symmetry_records": header(nsymbt=160, nversion=0),
    "labels_wrong": header(nlabl=11),
    "statistics_nan": header(dmin=float("nan"), rms=float("nan")),
    "statistics_wrong": header(mode=6, dmin=-0.5, dmax=70000.0, dmean=80000.0, rms=1.0),
    "huge": header(nx=2**31 - 1, ny=2**31 - 1, nz=2**31 - 1),
    "palindromic": header(nx=0x00010100, ny=0x00010100, nz=0x00010100, mode=0),
    "complex": header(mode=4),
    "negative": header(nx=-20, nsymbt=-80),
}


def write(target, name, data):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


for name, words in HEADERS.items():
    write("mrc_header", name, words + struct.pack("<Q", 1 << 40))
old = bytearray(header(mode=0, dmin=141.0, dmax=163.0, nversion=0))
old[208:216] = bytes(8)
write("mrc_header", "unsigned_old", old + struct.pack("<Q", 1024 + 8000))
write("mrc_header", "pipe", header() + struct.pack("<Q", 2**64 - 1))
write("mrc_header", "cut", header()[:1000])
write("mrc_header", "empty", b"")
for name, mark in (("gzip", b"\x1f\x8b\x08"), ("bzip2", b"BZh9"), ("xz", b"\xfd7zXZ\0"),
                   ("zstd", b"\x28\xb5\x2f\xfd")):
    write("mrc_header", name, mark)

generator = random.Random(2022)
for mode in range(6):
    for flags in range(4):
        row = bytes(generator.randrange(256) for _ in range(75))
        write("voxels", f"mode{mode}_flags{flags}", bytes([mode, flags, mode % 3]) + row)
specials = [0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x7c00, 0xfc00, 0x7c01, 0x7e00, 0xffff]
write("voxels", "halves", bytes([4, 0, 0]) + struct.pack("<11H", *specials))

PART = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 1024\r\nContent-Range: bytes 0-1023/33024\r\n"
ANSWERS = {
    "part": PART + b"ETag: \"1\"\r\nLast-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n",
    "small": b"HTTP/2 206\r\ncontent-range: bytes 0-99/100\r\n\r\n",
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n" + PART + b"\r\n",
    "changed": PART + b"ETag: \"1\"\r\n\r\n" + PART + b"ETag: W/\"2\"\r\n\r\n",
    "whole": b"HTTP/1.0 200 OK\r\nContent-Length: 33024\r\n\r\n",
    "untold": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "empty": b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */0\r\n\r\n",
    "region": b"HTTP/1.1 301 Moved\r\nx-amz-bucket-region: eu-west-1\r\n\r\n",
    "overflow": b"HTTP/1.1 206 OK\r\nContent-Range: bytes 0-18446744073709551615/18446744073709551616\r\n\r\n",
    "busy": b"HTTP/1.1 503 Unavailable\r\nRetry-After: 1\r\n\r\n",
}
for name, lines in ANSWERS.items():
    write("http_headers", name, lines)

LOCATIONS = {
    "path": b"folder/map.mrc", "http": b"http://user:secret@host:80/map.mrc?x=1#y", "emdb": b"emdb:3061",
    "s3": b"s3://bucket/folder/a key?.mrc", "option": b"--labels=https://u:p@h/m?q", "several": b"a://b@c d://e?f g",
    "bad_port": b"http://user:se/cret@host/", "bracket": b"http://[::1]:8080/m", "stdin": b"-",
}
for name, text in LOCATIONS.items():
    write("locations", name, text)

V2 = {"zarr_format": 2, "shape": [70, 80, 90], "chunks": [64, 32, 16], "dtype": "<f4", "fill_value": 0.0,
      "compressor": {"id": "zstd", "level": 3}, "order": "C", "filters": None, "dimension_separator": "/"}
LITTLE = {"name": "bytes", "configuration": {"endian": "little"}}
V3 = {"zarr_format": 3, "node_type": "array", "shape": [70, 80, 90], "data_type": "float32", "fill_value": 0,
      "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [64, 64, 32]}},
      "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
      "codecs": [LITTLE, {"name": "zstd", "configuration": {"level": 3, "checksum": False}}]}
SHARDS = [{"name": "sharding_indexed", "configuration": {
    "chunk_shape": [32, 16, 16], "codecs": V3["codecs"] + ["crc32c"], "index_codecs": [LITTLE, {"name": "crc32c"}],
    "index_location": "end"}}]
LEVEL = {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1.5, 1, 1]},
                                                    {"type": "translation", "translation": [1, 2, 3]}]}
AXES = [{"name": name, "type": "space", "unit": "angstrom"} for name in "zyx"]
IMAGE = {"multiscales": [{"version": "0.4", "name": "map", "axes": AXES, "datasets": [LEVEL, {"path": "a/1"}],
                          "coordinateTransformations": [{"type": "scale", "scale": [2, 2, 2]}]}],
         "occustream": {"mrc_header": "A" * 1366 + "==", "report": {"tau": 0.95}}}
METADATA = {
    "v2": (0, V2),
    "v2_leading": (0, V2 | {"shape": [1, 1, 70, 80, 90], "chunks": [1, 1, 64, 32, 16]}),
    "v2_filters": (0, V2 | {"filters": [{"id": "shuffle", "elementsize": 4}], "compressor": {"id": "blosc"}}),
    "v2_other": (0, V2 | {"dtype": ">i2", "compressor": None, "fill_value": -1, "dimension_separator": "."}),
    "v2_large": (0, V2 | {"shape": [2**31 - 1] * 3, "chunks": [2**31 - 1] * 3}),
    "v3": (1, V3),
    "v3_shards": (1, V3 | {"codecs": SHARDS, "dimension_names": ["z", "y", "x"], "attributes": {}}),
    "v3_half": (1, V3 | {"data_type": "float16", "fill_value": "0x7e00", "x": {"must_understand": False}}),
    "v3_plain": (1, V3 | {"data_type": "uint8", "codecs": ["bytes"], "chunk_key_encoding": {"name": "v2"}}),
    "v3_nameless": (1, V3 | {"": 1}),
    "image": (2, IMAGE),
    "image_0_3": (2, {"multiscales": [{"axes": ["z", "y", "x"], "datasets": [{"path": "s0"}]}]}),
    "image_v3": (3, {"zarr_format": 3, "node_type": "group", "attributes": {"ome": IMAGE}}),
    "node": (4, {"node_type": "group"}),
}
for name, (kind, members) in METADATA.items():
    write("zarr_metadata", name, bytes([kind]) + json.dumps(members).encode())
write("zarr_metadata", "deep", b"\0" + b"[" * 200)
write("zarr_metadata", "twice", b'\0{"a": 1, "a": 2}')
write("zarr_metadata", "cut", b'\1{"a": "\\')


def chunk(name, method, packed, plain_bytes, flags=2):
    write("chunk", name, struct.pack("<BBH", method, flags, plain_bytes // (1, 2, 4)[flags % 4] - 1) + packed)


smooth = struct.pack("<500f", *(i % 100 * 0.25 for i in range(500)))
chunk("plain", 0, smooth, len(smooth))
chunk("zstd", 1, numcodecs.Zstd().encode(smooth), len(smooth))
chunk("zstd_shuffled", 1, numcodecs.Zstd().encode(numcodecs.Shuffle(4).encode(smooth)), len(smooth), 2 | 4)
chunk("zstd_checked", 1, numcodecs.Zstd().encode(smooth), len(smooth), 2 | 8)
chunk("zstd_short", 1, numcodecs.Zstd().encode(smooth), len(smooth) + 4)
chunk("gzip", 3, numcodecs.GZip().encode(smooth), len(smooth))
chunk("zlib", 4, zlib.compress(smooth), len(smooth))
chunk("zlib_bomb", 4, zlib.compress(bytes(1 << 20)), 4096)
for inner in numcodecs.blosc.list_compressors():
    for shuffle in (0, 1, 2):
        codec = numcodecs.Blosc(cname=inner, shuffle=shuffle, blocksize=512 * shuffle)
        chunk(f"blosc_{inner}_{shuffle}", 2, codec.encode(memoryview(smooth).cast("f")), len(smooth))
chunk("blosc_copy", 2, numcodecs.Blosc(clevel=0).encode(smooth), len(smooth))


def index(name, flags, shard_bytes, *places):
    words = [2**64 - 1 if word is None else word for place in places for word in place]
    write("shard_index", name, struct.pack(f"<BBQ{len(words)}Q", flags, len(places) - 1, shard_bytes, *words))


index("last", 2, 500, (0, 64), (None, None), (100, 20))
index("first", 1, 500, (48, 64), (None, None), (112, 388))
index("damaged", 2 | 4, 500, (0, 64))
index("outside", 0, 500, (480, 64))
index("wraps", 0, 2**64 - 1, (2**64 - 10, 20))
index("short", 2, 10, (0, 1))


def table(name, frames, more, checksums=False, count=None):
    body = b"".join(struct.pack("<3I", *frame, 0)[: 12 if checksums else 8] for frame in frames)
    footer = struct.pack("<IBI", len(frames) if count is None else count, 0x80 * checksums, 0x8F92EAB1)
    head = struct.pack("<II", 0x184D2A5E, len(body) + len(footer))
    write("seek_table", name, struct.pack("<Q", more) + head + body + footer)


table("one", [(100, 400)], 100)
table("several", [(20, 100), (8, 0), (300, 70000)], 328)
table("checksums", [(20, 100), (8, 0), (300, 70000)], 328, checksums=True)
table("gap", [(20, 100)], 21)
table("half_a_billion", [], 0, count=0x20000000)
table("many", [], 2**40, count=0x8000000)
table("large", [(2**32 - 1, 2**32 - 1)] * 3, 3 * (2**32 - 1))
