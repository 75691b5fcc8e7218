# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the seeds of the targets: small inputs of every kind, to start from and to replay. What is
named found_... was found by fuzzing and is not written here: it stays as it is."""
import base64
import bz2
import gzip
import json
import lzma
import math
import pathlib
import random
import struct
import subprocess
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
    "denied": b"HTTP/1.1 403 Forbidden\r\nx-amz-bucket-region: eu-west-1\r\n\r\nHTTP/1.1 401 No\r\n\r\n",
    "missing": b"HTTP/1.1 404 Not Found\r\n\r\nHTTP/1.1 410 Gone\r\n\r\nHTTP/1.1 407 Proxy\r\n\r\n",
    "passing": b"HTTP/1.1 408 A\r\n\r\nHTTP/1.1 429 B\r\n\r\nHTTP/1.1 425 C\r\n\r\nHTTP/1.1 501 D\r\n\r\n",
    "busy": b"HTTP/1.1 503 Unavailable\r\nRetry-After: 1\r\n\r\n",
}
for name, lines in ANSWERS.items():
    write("http_headers", name, lines)

LOCATIONS = {
    "path": b"folder/map.mrc", "http": b"http://user:secret@host:80/map.mrc?x=1#y", "emdb": b"emdb:3061",
    "s3": b"s3://bucket/folder/a key?.mrc", "option": b"--labels=https://u:p@h/m?q", "several": b"a://b@c d://e?f g",
    "bad_port": b"http://user:se/cret@host/", "bracket": b"http://[::1]:8080/m", "stdin": b"-",
    "folder": b"/", "parent": b"..", "suffixes": b"MAP.MRC.GZ", "only_suffix": b".map", "store": b"results/map.zarr/0", "store_url": b"https://host/bucket/map.zarr/s0/?x=1",
    "long_name": b"/".join([b"y" * 300 + b".mrc"]), "long_store": b"x" * 300 + b".zarr/0", "long": b"x" * 100 + b".mrc",
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
def blosc(*codecs):
    return V3 | {"codecs": [LITTLE, *({"name": name} for name in codecs)]}


def transposed(*order):
    return V3 | {"codecs": [{"name": "transpose", "configuration": {"order": order}}, LITTLE]}


def in_shards(shape, shard, inner):
    return V3 | {"shape": shape, "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shard}}, "codecs": [
        {"name": "sharding_indexed", "configuration": {"chunk_shape": inner, "codecs": [LITTLE], "index_codecs": [LITTLE]}}]}


def image_with(**level):
    return {"multiscales": [{"axes": ["z", "y", "x"], "name": "\u00e4" * 100, "datasets": [LEVEL | level]}]}


METADATA |= {
    "v3_transformers": (1, V3 | {"storage_transformers": [{}]}),
    "v3_separator": (1, V3 | {"chunk_key_encoding": {"name": "default", "configuration": {"separator": "_"}}}),
    "v3_group": (1, V3 | {"node_type": "group"}),
    "v3_no_order": (1, V3 | {"codecs": ["bytes"]}),
    "v3_blosc": (1, blosc("blosc")), "v3_gzip": (1, blosc("gzip")), "v3_two": (1, blosc("zstd", "crc32c", "gzip")),
    "v3_transposed": (1, transposed(0, 1, 2)), "v3_turned": (1, transposed(2, 1, 0)), "v3_flat": (1, transposed(0)),
    "v3_million": (1, in_shards([70, 80, 90], [1 << 11, 1 << 11, 1 << 11], [1, 1, 1])),
    "v3_all_chunks": (1, in_shards([1 << 9, 1 << 9, 1 << 9], [64, 64, 64], [1, 1, 1])),
    "v3_not_whole": (1, in_shards([70, 80, 90], [64, 64, 64], [3, 4, 5])),
    "v3_infinite": (1, V3 | {"fill_value": "Infinity"}), "v3_negative": (1, V3 | {"fill_value": "-Infinity"}),
    "v3_bits": (1, V3 | {"data_type": "float16", "fill_value": "0x3c00"}), "v3_no_bits": (1, V3 | {"fill_value": "0x3z000000"}),
    "v3_no_fill": (1, V3 | {"fill_value": True}), "v3_subnormal": (1, V3 | {"data_type": "float16", "fill_value": "0x8001"}),
    "v2_infinite": (0, V2 | {"fill_value": "Infinity"}),
    "v2_delta": (0, V2 | {"filters": [{"id": "delta"}]}), "v2_filters_of": (0, V2 | {"filters": [{"id": 5}, {}]}),
    "v2_several": (0, V2 | {"shape": [1, 70, 80, 90], "chunks": [2, 64, 32, 16]}),
    "v2_no_chunk": (0, V2 | {"chunks": [64, 0, 16]}), "v2_larger": (0, V2 | {"shape": [2**31 - 1] * 3}), "v2_chunk": (0, V2 | {"chunks": [500, 500, 500]}),
    "v2_keys": (0, V2 | {"shape": [5000] * 3, "chunks": [1, 1, 1]}), "v2_loose": (0, V2 | {"shape": [5000, 1, 1], "chunks": [1, 1024, 1024]}),
    "image_path": (2, image_with(path="../0")), "image_no_path": (2, image_with(path=5)),
    "image_size": (2, image_with(coordinateTransformations=[{"type": "scale", "scale": [1e300, 1e300, 1e-300]}]) |
                   {"coordinateTransformations": []}),
    "image_identity": (2, image_with(coordinateTransformations=[{"type": "identity"}])),
    "image_words": (2, image_with(coordinateTransformations=[{"type": "scale", "scale": ["a", "b", "c"]}])),
    "image_huge": (2, {"multiscales": [{"axes": ["z", "y", "x"], "datasets": [
        {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1e300] * 3}]}],
        "coordinateTransformations": [{"type": "scale", "scale": [1e300] * 3}]}]}),
}
for name, (kind, members) in METADATA.items():
    write("zarr_metadata", name, bytes([kind]) + json.dumps(members).encode())
write("zarr_metadata", "deep", b"\0" + b"[" * 200)
write("zarr_metadata", "twice", b'\0{"a": 1, "a": 2}')
write("zarr_metadata", "list", b"\1[1]")
write("zarr_metadata", "cut", b'\1{"a": "\\')


def chunk(name, method, packed, plain_bytes, flags=2):
    write("chunk", name, struct.pack("<BBH", method, flags, plain_bytes // (1, 2, 4)[flags % 4] - 1) + packed)


numcodecs.blosc.use_threads = False  # blocks in order
smooth = struct.pack("<500f", *(i % 100 * 0.25 for i in range(500)))
chunk("plain", 0, smooth, len(smooth))
chunk("zstd", 1, numcodecs.Zstd().encode(smooth), len(smooth))
chunk("zstd_shuffled", 1, numcodecs.Zstd().encode(numcodecs.Shuffle(4).encode(smooth)), len(smooth), 2 | 4)
chunk("zstd_checked", 1, numcodecs.Zstd().encode(smooth), len(smooth), 2 | 8)
chunk("zstd_short", 1, numcodecs.Zstd().encode(smooth), len(smooth) + 4)
chunk("gzip", 3, gzip.compress(smooth, mtime=0), len(smooth))
chunk("zlib", 4, zlib.compress(smooth), len(smooth))
chunk("zlib_bomb", 4, zlib.compress(bytes(1 << 20)), 4096)
for inner in numcodecs.blosc.list_compressors():
    for shuffle in (0, 1, 2):
        codec = numcodecs.Blosc(cname=inner, shuffle=shuffle, blocksize=512 * shuffle)
        chunk(f"blosc_{inner}_{shuffle}", 2, codec.encode(memoryview(smooth).cast("f")), len(smooth))
chunk("blosc_copy", 2, numcodecs.Blosc(clevel=0).encode(smooth), len(smooth))
chunk("zlib_short", 4, zlib.compress(smooth[:400]), len(smooth))
chunk("zlib_damaged", 4, zlib.compress(smooth)[:40] + bytes(40), len(smooth))
chunk("zlib_noise", 4, b"\x78\x9c\xff\xff\xff", len(smooth))
chunk("short", 0, smooth[:400], len(smooth))


def blosc_wrong(name, at, word, of=numcodecs.Blosc(cname="lz4", blocksize=512)):
    packed = bytearray(of.encode(memoryview(smooth).cast("f")))
    packed[at:at + len(word)] = word
    chunk(f"blosc_{name}", 2, bytes(packed), len(smooth))


blosc_wrong("known", 0, b"\7")
blosc_wrong("bytes", 4, struct.pack("<I", 4))
blosc_wrong("size", 12, struct.pack("<I", 4))
blosc_wrong("blocks", 8, struct.pack("<I", 0))
blosc_wrong("tiny_blocks", 8, struct.pack("<I", 1))
blosc_wrong("block_place", 16, struct.pack("<I", 2**32 - 1))
blosc_wrong("copy_size", 2, b"\2")
blosc_wrong("inside", 60, bytes(100))
chunk("blosc_short", 2, b"\2\1", len(smooth))
chunk("blosc_copy_right", 2, struct.pack("<4B3I", 2, 1, 2, 4, len(smooth), len(smooth), len(smooth) + 16) + smooth, len(smooth))


def index(name, flags, shard_bytes, *places):
    words = [2**64 - 1 if word is None else word for place in places for word in place]
    write("shard_index", name, struct.pack(f"<BBQ{len(words)}Q", flags, len(places) - 1, shard_bytes, *words))


index("last", 2, 500, (0, 64), (None, None), (100, 20))
index("first", 1, 500, (48, 64), (None, None), (112, 388))
index("damaged", 2 | 4, 500, (0, 64))
index("outside", 0, 500, (480, 64))
index("wraps", 0, 2**64 - 1, (2**64 - 10, 20))
index("short", 2, 10, (0, 1))
index("over_one_another", 0, 500, (0, 300), (100, 300))


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
write("seek_table", "damaged", struct.pack("<Q", 100) + struct.pack("<2I2IIBI", 0x184D2A5F, 17, 100, 400, 1, 0, 0x8F92EAB1))
table("large", [(2**32 - 1, 2**32 - 1)] * 3, 3 * (2**32 - 1))


def zstd(data, *options):
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, capture_output=True, check=True).stdout


# A byte for decoder and limit, one for the cuts, then the stream.
PLAIN = header() + bytes(range(256)) * 4
STREAMS = {
    "gzip": (0, gzip.compress(PLAIN, mtime=0)),
    "gzip_members": (0, gzip.compress(b"one", mtime=0) + bytes(7) + gzip.compress(b"", mtime=0)),
    "gzip_behind": (0, gzip.compress(PLAIN, mtime=0) + b"something else"),
    "gzip_cut": (0, gzip.compress(PLAIN, mtime=0)[:-9]),
    "bzip2": (1, bz2.compress(PLAIN, 1)),
    "bzip2_streams": (1, bz2.compress(b"one", 1) + bz2.compress(b"two", 9)),
    "xz": (2, lzma.compress(PLAIN, preset=0)),
    "xz_checks": (2, lzma.compress(PLAIN, check=lzma.CHECK_SHA256, preset=0) +
                  lzma.compress(b"", check=lzma.CHECK_NONE, preset=0)),
    "xz_large_dictionary": (2 | 0x80, lzma.compress(PLAIN, preset=6)),
    "zstd": (3, zstd(PLAIN)),
    "zstd_no_size": (3, zstd(PLAIN, "--no-content-size", "--no-check")),
    "zstd_long": (3 | 0x80, zstd(PLAIN, "--long=27", "--no-content-size")),
    "zstd_skippable": (3, zstd(b"one") + struct.pack("<II", 0x184D2A5E, 5) + b"index" + zstd(b"two")),
    "nothing": (3, b""),
    "xz_options": (2, b"\xfd7zXZ\0" + b"\x00\x14" + struct.pack("<I", zlib.crc32(b"\x00\x14")) + bytes(20)),
}
for name, (kind, stream) in STREAMS.items():
    write("decoders", name, bytes([kind, 7]) + stream)

# A byte for the kernel, one for the alignment, two floats, a whole number, then values.
VALUES = [0.0, -0.0, 1.0, 0.5, -1.0, math.inf, -math.inf, math.nan, 3.4e38, -3.4e38, 1e-45, -1e-45,
          3e-39, 1.2e-38, 0.999999, 1e-7, 0.05, 0.25]
for kernel in range(15):
    values = [generator.choice(VALUES) if generator.randrange(3) == 0 else generator.random()
              for _ in range(201)]
    write("kernels", f"kernel{kernel:02}", bytes([kernel, generator.randrange(256)]) +
          struct.pack("<ffQ201f", 0.75, 0.05, 12345 + kernel, *values))

# A byte for mask or labels and workers, two for a row, one for the kind of values.
LABELS = {
    "bytes": bytes([2, 9, 0, 1]) + bytes(generator.randrange(5) for _ in range(200)),
    "words": bytes([4, 20, 0, 2]) + struct.pack("<100h", *(generator.randrange(-3, 900) for _ in range(100))),
    "floats": bytes([0, 5, 0, 0]) + struct.pack("<8f", 1, 1, 2.0009, 2.002, 0, -7, 16777216, 16777217),
    "not_finite": bytes([2, 2, 0, 0]) + struct.pack("<4f", 0, 3, math.nan, math.inf),
    "mask": bytes([3, 3, 0, 0]) + struct.pack("<6f", 0.5, 0.50001, 1, -1, math.nan, math.inf),
    "none": bytes([0, 1, 0, 1]) + bytes(16),
    "many": bytes([2, 255, 3, 3]) + bytes([1] * 512),
    "too_many": bytes([4, 99, 0, 3]) + bytes(600),
}
for name, data in LABELS.items():
    write("labels", name, data)

COMMANDS = {
    "plain": "map.mrc", "folder": "-o results map.mrc", "numbers": "--tau 0.9 -r 3.5 --lowpass 8e0 map.mrc",
    "size": "--memory 1.5GiB --threads 4 map.mrc", "sizes": "512M 64k 1.25T 10 16.0 99999999999999999999",
    "choices": "--compat occupy-0.1.13 --region box --dtype f16 --io mmap --nonfinite zero map.mrc",
    "outputs": "--outputs scale,confidence,lowpass --amplify 2 map.mrc", "equals": "--tau=0.9 --seed=7 map.mrc",
    "targets": "--labels labels.mrc --target-mask mask.mrc map.mrc", "quotes": "it's \"quoted\" map.mrc",
    "pair": "--occupancy --raw-scale map.mrc", "short": "-qvf map.mrc", "unknown": "--no-such map.mrc",
    "beginning": "--tile 5 map.mrc", "missing": "map.mrc --tau", "none": "--force", "two": "a.mrc b.mrc",
    "dashes": "-- -map.mrc", "help": "--help", "wrong": "--kernel-size -1 map.mrc", "nan": "--tau nan map.mrc",
    "no_region": "--region sphere map.mrc", "no_output": "--outputs scale,shape --tau 0.5 map.mrc",
    "nothing_named": "--labels= map.mrc", "no_size": "--memory 5X map.mrc", "no_number": "--lowpass x map.mrc",
    "too_low": "--tau 0 map.mrc", "too_much": "--threads 4294967296 map.mrc",
    "chunks": "--format zarr --chunk 64,64,32 map.mrc", "two_chunks": "--chunk 64,64 map.mrc", "no_chunks": "--chunk 0,64,64 map.mrc",
    "letters": "--chunk a,b,c map.mrc", "codec": "--codec blosc --format mrc.zst map.mrc",
    "secret": "https://user:password@host/map.mrc?token=1",
}
for name, words in COMMANDS.items():
    write("options", name, words.replace(" ", "\0").encode())


def text(words):
    return bytes([len(words)]) + words


def note(code, words):
    return text(code) + text(words)


def some_report(path, numbers):
    """Fields as fuzz_report.c takes them."""
    data = text(b"occustream estimate map.mrc") + text(path) + text(b"float32")
    data += struct.pack("<3Q3di4d3Q", 30, 40, 50, 1.5, 1.25, 1.0, 2, *numbers[:4], 1, 1, 5)
    data += bytes([1]) + note(b"map_id", b"no \"MAP \" \x1b[31m in the header") + text(b"default") + text(b"raw")
    data += bytes([3])
    for output in (b"out/map_scale.mrc", b"out/caf\xc3\xa9; exit\n.mrc"):
        data += text(output) + struct.pack("<4d", *numbers[1:5])
    data += bytes([1]) + note(b"poor_fit", b"tab\tand \\ and \xff\xe2\x82") + bytes([1])
    data += struct.pack("<qQ6d", -3, 10, *numbers[:6]) + bytes(200)
    return data + struct.pack("<10d", *(numbers + numbers[:4]))


write("report", "ordinary", some_report(b"folder/map.mrc", [-1.0, 2.0, 0.1, 0.3, 0.5, 0.75]))
write("report", "not_finite", some_report(b"-", [math.nan, math.inf, -math.inf, 5e-324, 1e308, -0.0]))
write("report", "empty", b"")


# ---- runs: FUZZ_OPTION_BYTES of options as in run_options.c ----

def options(**bytes_at):
    data = bytearray(24)
    data[19] = 1  # refuse NaN
    for name, value in bytes_at.items():
        data[int(name[1:])] = value
    return bytes(data)


AMPLIFY, ATTENUATE, SIGMOID = {"b9": 80}, {"b10": 80}, {"b11": 80}
WISHES = {
    "plain": options(), "compat": options(b0=1), "box": options(b0=16), "s0": options(b0=32, b4=5),
    "occupancy": options(b0=4, b2=112), "amplify": options(**AMPLIFY, b13=20),
    "attenuate": options(**ATTENUATE, b16=8), "sigmoid": options(**SIGMOID, b12=60),
    "all": options(**AMPLIFY, **ATTENUATE, **SIGMOID, b16=4, b14=130), "excluded": options(b16=1),
    "cropped": options(b7=16), "padded": options(b0=1, b7=16, **AMPLIFY, b14=130),
    "omitted": options(b16=2, **AMPLIFY), "half": options(b19=9), "zeroed": options(b19=0),
    "definition": options(b17=1), "targets": options(b17=6), "mmap": options(b19=3), "read": options(b19=5),
    "large_kernel": options(b5=0xa0), "lowpass": options(b20=7), "tiles": options(b6=3, b3=200), "nlrc": options(b0=64, b15=90),
}


def axis(n):
    return bytes([0]) + struct.pack("<H", n - 16)


for name, wish in WISHES.items():
    for size, memory in ((64, 20), (1000, 30)):
        data = wish + bytes([memory]) + struct.pack("<H", 3) + bytes([2]) + axis(size) + axis(size) + axis(size)
        write("plan", f"{name}_{size}", data + struct.pack("<H", 255))
write("plan", "any_header", options() + bytes([28, 1, 0, 0x80]) + header((300, 200, 100), mode=12))
HUGE_CELL = bytearray(header((20, 20, 20)))
HUGE_CELL[28:52] = struct.pack("<3i3f", 1, 1, 1, 3e38, 3e38, 3e38)
write("plan", "no_kernel", options(b2=1) + bytes([28, 1, 0, 0x80]) + bytes(HUGE_CELL))
write("plan", "stack", options(b18=2) + bytes([28, 1, 0, 0x80]) + header((40, 20, 20), ispg=401, mz=20))
write("plan", "long_axis", options() + bytes([40, 1, 0, 0]) + axis(16) + axis(60000) + bytes([14, 255, 255]))


def map_of(shape, mode, order="<", **changes):
    """A ball of density in noise, of a type."""
    nz, ny, nx = shape
    formats = {0: "b", 1: "h", 2: "f", 6: "H", 12: "e"}
    values = []
    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                d = sum(((v + 0.5) / n - 0.5) ** 2 for v, n in ((z, nz), (y, ny), (x, nx)))
                value = 40 * math.exp(-30 * d) + generator.gauss(0, 3)
                values.append(value if mode in (2, 12) else max(0, min(100, round(value + 20))))
    if mode == 101:
        voxels = bytes(generator.randrange(256) for _ in range(nz * ny * ((nx + 1) // 2)))
    else:
        voxels = struct.pack(f"{order}{len(values)}{formats[mode]}", *values)
    return header(shape, mode=mode, order=order, **changes) + voxels


def labels_of(shape):
    nz, ny, nx = shape
    return header(shape, mode=0) + bytes((3 * z // nz) for z in range(nz) for _ in range(ny * nx))


SMALL = map_of((16, 16, 16), 0)
for name, wish in WISHES.items():
    write("estimate", name, wish + bytes([0]) + gzip.compress(labels_of((16, 16, 16)) if name in
          ("definition", "targets") else SMALL, mtime=0))
MAPS = {
    "float32": map_of((16, 16, 16), 2), "float32_big": map_of((16, 17, 18), 2, ">"),
    "int16": map_of((18, 17, 16), 1), "uint16": map_of((16, 16, 20), 6, ">"), "float16": map_of((17, 16, 16), 12),
    "uint4": map_of((16, 16, 17), 101), "axes": map_of((16, 18, 20), 0, mapc=3, mapr=1, maps=2),
    "stack": map_of((32, 16, 16), 0, ispg=401, mz=16), "flat": header((16, 16, 16), mode=0) + bytes(4096),
    "negative": header((16, 16, 16), mode=0) + bytes([200] * 4096), "cut": SMALL[:3000],
    "nan": header((16, 16, 16)) + struct.pack("<f", math.nan) * 4096,
    "huge_values": header((16, 16, 16)) + struct.pack("<2f", 3e38, -3e38) * 2048,
}
for name, data in MAPS.items():
    packed = zstd(data) if len(data) > 9000 else data
    write("estimate", f"map_{name}", options(b18=1 if name == "stack" else 0, b19=name != "nan") + bytes([1]) + packed)
write("estimate", "map_stack_unnamed", options() + bytes([1]) + zstd(MAPS["stack"]))
write("estimate", "map_plain", options(**AMPLIFY) + bytes([2]) + SMALL)
write("estimate", "map_bzip2", options() + bytes([0x80]) + bz2.compress(SMALL, 1))
write("estimate", "map_xz", options() + bytes([0x82]) + lzma.compress(SMALL, preset=0))
write("estimate", "map_gzip_cut", options() + bytes([0]) + gzip.compress(SMALL, mtime=0)[:-200])


# ---- files of a store (store_files.h), frames and tables, journals: parts with a kind before each ----

def part(what, where, data):
    return struct.pack("<BBH", what, where, len(data)) + data


ZARR_JSON, ZARRAY, ZATTRS, LEVEL_JSON, LEVEL_ZARRAY, C_KEY, DOT_KEY, SLASH_KEY = range(8)
BELOW, PRESSED, INDEXED = 8, 16, 32


def store(name, way, *parts):
    write("store", name, bytes([way]) + b"".join(parts))


def metadata(what, members):
    return part(what, 0, json.dumps(members).encode())


def at(z, y, x, index=0):
    return z | y << 2 | x << 4 | index << 6


def chunk_bytes(count, form="f"):
    return struct.pack(f"<{count}{form}", *(i % 50 for i in range(count)))


TINY2 = V2 | {"shape": [5, 6, 7], "chunks": [4, 4, 4]}
TINY3 = V3 | {"shape": [5, 6, 7], "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4, 4, 4]}}}
PLAIN3 = TINY3 | {"codecs": [LITTLE], "fill_value": 1.5}
IN_SHARDS = TINY3 | {"chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4, 8, 8]}}, "codecs": [
    {"name": "sharding_indexed", "configuration": {"chunk_shape": [4, 4, 4], "codecs": [LITTLE, "crc32c"], "index_codecs":
                                                   [LITTLE, {"name": "crc32c"}], "index_location": "end"}}]}


def image_of(*paths, unit="angstrom", axes="zyx"):
    names = [{"name": name, "type": "space", **({"unit": unit} if unit else {})} for name in axes]
    levels = [{"path": path, "coordinateTransformations": [{"type": "scale", "scale": [1.5] * len(axes)}]} for path in paths]
    return {"multiscales": [{"version": "0.4", "name": "m", "axes": names, "datasets": levels}]}


def image_of_3(*paths):
    return {"zarr_format": 3, "node_type": "group", "attributes": {"ome": image_of(*paths) | {"version": "0.5"}}}


def all_chunks(what, data, below=0):
    return [part(what | below, at(z, y, x), data) for z in range(2) for y in range(2) for x in range(2)]


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return struct.pack("<I", crc ^ 0xffffffff)


def shard(*chunks, first=False):
    """Four places, of which `chunks` are there (None: not)."""
    body, places = b"", b""
    for data in chunks:
        stored = b"" if data is None else data + crc32c(data)
        places += struct.pack("<2Q", *((2**64 - 1,) * 2 if data is None else (len(body), len(stored))))
        body += stored
    return body + places


VOXELS = chunk_bytes(64)
store("v2", 1, metadata(ZARRAY, TINY2), *all_chunks(SLASH_KEY | PRESSED, VOXELS))
store("v2_image", 1, metadata(ZATTRS, image_of("0", "1")), metadata(LEVEL_ZARRAY, TINY2 | {"compressor": None}),
      *all_chunks(SLASH_KEY, VOXELS, BELOW))
store("v2_level", 4, metadata(ZATTRS, image_of("1", "0")), metadata(LEVEL_ZARRAY, TINY2),
      *all_chunks(SLASH_KEY | PRESSED, VOXELS, BELOW))
store("v2_no_level", 12, metadata(ZATTRS, image_of("0")), metadata(LEVEL_ZARRAY, TINY2))
store("v2_level_of_array", 4, metadata(ZARRAY, TINY2))
store("v2_dots", 0x81, metadata(ZARRAY, TINY2 | {"dtype": ">i2", "dimension_separator": ".", "compressor": None, "fill_value": -7}),
      *all_chunks(DOT_KEY, chunk_bytes(64, "h")))
store("v2_leading", 1, metadata(ZARRAY, TINY2 | {"shape": [1, 5, 6, 7], "chunks": [1, 4, 4, 4], "dtype": "|u1", "fill_value": 255}))
store("v2_leading_image", 1, metadata(ZATTRS, image_of("0", axes="czyx")), metadata(LEVEL_ZARRAY, TINY2))
store("v3", 0x41, metadata(ZARR_JSON, TINY3), *all_chunks(C_KEY | PRESSED, VOXELS))
store("v3_plain", 0x41, metadata(ZARR_JSON, PLAIN3), *all_chunks(C_KEY, VOXELS)[:5])
store("v3_wide", 0xf1, metadata(ZARR_JSON, PLAIN3), *all_chunks(C_KEY, VOXELS)[3:])
store("v3_image", 1, metadata(ZARR_JSON, image_of_3("0")), metadata(LEVEL_JSON, PLAIN3), *all_chunks(C_KEY, VOXELS, BELOW))
store("v3_half", 1, metadata(ZARR_JSON, PLAIN3 | {"data_type": "float16", "fill_value": "NaN"}), *all_chunks(C_KEY, chunk_bytes(64, "e")))
store("v3_shards", 0x31, metadata(ZARR_JSON, IN_SHARDS),
      part(C_KEY | INDEXED, at(0, 0, 0, 2), shard(VOXELS, None, VOXELS, VOXELS)))
store("v3_shards_all", 0xf1, metadata(ZARR_JSON, IN_SHARDS), *(
      part(C_KEY | INDEXED, at(z, 0, 0, 2), shard(VOXELS, VOXELS, VOXELS, VOXELS)) for z in range(2)))
store("v3_shards_damaged", 1, metadata(ZARR_JSON, IN_SHARDS), part(C_KEY, at(0, 0, 0), shard(VOXELS, None, None, None) + bytes(4)))
store("v3_shards_short", 1, metadata(ZARR_JSON, IN_SHARDS), part(C_KEY, at(0, 0, 0), b"short"))
store("v3_shards_size", 1, metadata(ZARR_JSON, IN_SHARDS), part(C_KEY | INDEXED, at(0, 0, 0, 2), shard(b"", None, None, None)[:0] +
      struct.pack("<8Q", 0, 0, *[2**64 - 1] * 6)))
store("chunk_cut", 1, metadata(ZARRAY, TINY2), part(SLASH_KEY | PRESSED, 0, VOXELS[:100]))
store("chunk_long", 1, metadata(ZARRAY, TINY2 | {"compressor": None, "chunks": [1, 1, 1]}), part(SLASH_KEY, 0, bytes(2000)))
store("chunk_large", 1, metadata(ZARRAY, TINY2 | {"chunks": [400, 400, 400]}))
store("group_of_nothing", 1, metadata(ZATTRS, image_of("0")))
store("other_version", 1, metadata(ZARR_JSON, image_of_3("0")), metadata(LEVEL_ZARRAY, TINY2))
store("array_is_group", 1, metadata(ZARR_JSON, image_of_3("0")), metadata(LEVEL_JSON, image_of_3("0")))
store("too_large", 1, metadata(ZARRAY, TINY2 | {"shape": [500, 500, 500]}))
store("many_chunks", 0x61, metadata(ZARRAY, TINY2 | {"shape": [8, 9, 7], "chunks": [1, 1, 1]}))
store("nothing", 1)
store("v2_uint16", 1, metadata(ZARRAY, TINY2 | {"dtype": ">u2", "compressor": None}), *all_chunks(SLASH_KEY, chunk_bytes(64, "h")))
store("v2_shuffled", 1, metadata(ZARRAY, TINY2 | {"filters": [{"id": "shuffle", "elementsize": 4}]}), *all_chunks(SLASH_KEY | PRESSED, VOXELS))
store("long_text", 1, part(ZARR_JSON, 0, b" " * 17000 + json.dumps(PLAIN3).encode()))
store("below", 5, metadata(ZATTRS, image_of("1", "0")), metadata(LEVEL_ZARRAY, TINY2), *all_chunks(SLASH_KEY | PRESSED, VOXELS, BELOW))
store("below_3", 5, metadata(ZARR_JSON, image_of_3("0")), metadata(LEVEL_JSON, PLAIN3), *all_chunks(C_KEY, VOXELS, BELOW))
store("above_cannot_be_told", 6, metadata(ZARRAY, TINY2), metadata(LEVEL_ZARRAY, TINY2), *all_chunks(SLASH_KEY | PRESSED, VOXELS))
store("below_other", 5, metadata(ZARR_JSON, image_of_3("7")), metadata(LEVEL_JSON, PLAIN3))
store("broken", 1, part(ZARR_JSON, 0, b"{"))
store("headed", 1, metadata(ZATTRS, image_of("0") | {"occustream": {"mrc_header": base64.b64encode(header((5, 6, 7))).decode()}}),
      metadata(LEVEL_ZARRAY, TINY2))
store("headed_coarse", 4, metadata(ZATTRS, image_of("9", "0", unit="nanometer") |
                                   {"occustream": {"mrc_header": base64.b64encode(header((10, 12, 14))).decode()}}),
      metadata(LEVEL_ZARRAY, TINY2))


def frame(kind, data):
    return struct.pack("<BH", kind, len(data)) + data


def seekable(name, way, *frames):
    write("seekable", name, bytes([way]) + b"".join(frames))


TEXT = bytes(range(200)) * 5
seekable("one", 0, frame(0x50, TEXT))
seekable("several", 0, *(frame(0x10 + 8 * i, TEXT[: 100 * i]) for i in range(9)))
seekable("skippable", 0, frame(0x50, TEXT), frame(2, b"skipped"), frame(0x50, b""), frame(0x50, b"end"))
seekable("as_it_is", 0, frame(0x50, TEXT), frame(1, TEXT), frame(1, zstd(TEXT)))
seekable("two_in_one", 0, frame(1, zstd(TEXT) + zstd(TEXT)))
seekable("wrong_size", 0, frame(0x54, b"") + TEXT[:1], frame(0x50, TEXT))
seekable("short_table", 1, frame(0x50, TEXT), frame(0x50, TEXT))
seekable("behind", 2, frame(0x50, TEXT))
seekable("nothing", 0)
seekable("tiny", 0, frame(1, b"tiny"))


def record(kind, data, torn=0):
    return struct.pack("<BH", kind << 2 | torn, len(data)) + data


def journal(name, passes, *parts):
    write("journal", name, bytes([passes]) + b"".join(parts))


journal("three", 255, record(1, b"the version=1\n\0"), record(2, bytes(60)), record(3, TEXT))
journal("cut_off", 1, record(1, b"the version=1\n\0"), record(2, bytes(60)))
journal("damaged", 255, record(1, b"the version=1\n\0"), record(2, b"\1" + TEXT, 2), record(2, TEXT))
journal("torn", 255, record(1, b"the version=1\n\0"), frame(1, struct.pack("<4Q", 0x0a314e524a53434f, 2, 2**40, 0) + TEXT))
journal("short_head", 0, frame(1, struct.pack("<2Q", 0x0a314e524a53434f, 2)))
journal("wide_kind", 9, frame(1, struct.pack("<4Q", 0x0a314e524a53434f, 2**32, 0, 0)))
journal("long", 255, *(record(2, bytes(range(256)) * 8) for _ in range(2)))
journal("empty", 0)


# ---- formats of results, forms of inputs, runs that are interrupted: the last three bytes of the options ----

FRAMES, ZARR, ZARR3, BLOSC, CHUNKS, RESUME = 1, 2, 2 | 4, 2 << 3, 32, 64
FORMATS = {
    "frames": {"b21": FRAMES}, "zarr": {"b21": ZARR}, "zarr3": {"b21": ZARR3 | 1 << 3}, "blosc": {"b21": ZARR | BLOSC},
    "chunks": {"b21": ZARR3 | BLOSC | CHUNKS, "b22": 2 | 3 << 3, "b23": 0}, "tiny": {"b21": ZARR | CHUNKS, "b22": 0x6d},
    "far": {"b21": ZARR | CHUNKS, "b22": 6 | 6 << 3 | 128, "b23": 1}, "codec": {"b21": ZARR | 3 << 3},
    "resume": {"b21": RESUME}, "resume_frames": {"b21": RESUME | FRAMES}, "resume_zarr": {"b21": RESUME | ZARR3},
}
RICH = {**AMPLIFY, **SIGMOID, "b14": 130, "b16": 4}
for name, wish in FORMATS.items():
    for rich in ({}, RICH, {"b7": 16, "b0": 1, **AMPLIFY}):
        wanted = options(**{**wish, **rich})
        suffix = "_rich" if rich is RICH else "_padded" if rich else ""
        write("plan", f"{name}{suffix}", wanted + bytes([24]) + struct.pack("<H", 3) + bytes([2]) + axis(256) * 3 + struct.pack("<H", 255))
        write("estimate", f"{name}{suffix}", wanted + bytes([0]) + gzip.compress(SMALL, mtime=0))
for count in range(1, 8):
    write("estimate", f"interrupted_{count}", options(b21=RESUME, **RICH) + bytes([1 | count << 4]) + gzip.compress(SMALL, mtime=0))
    write("estimate", f"interrupted_plain_{count}", options(b21=RESUME | (FRAMES if count % 2 else ZARR), b7=16 if count > 4 else 0) +
          bytes([count << 4]) + SMALL)

TO_STORE, TO_FRAMES, OF_PARTS = 2, 4, 6  # converted as the five bits above say: version, blosc, chunks (two), half
for name, last in (("store", TO_STORE), ("store3", TO_STORE | 8), ("store_blosc", TO_STORE | 8 | 16 | 32), ("store_large", TO_STORE | 96),
                   ("store_half", TO_STORE | 128), ("frames", TO_FRAMES), ("frames_half", TO_FRAMES | 128)):
    for rich in ({}, {**RICH, "b17": 7}):
        write("estimate", f"from_{name}{'_rich' if rich else ''}", options(**rich, b21=RESUME if rich else ZARR, b23=last) +
              bytes([1 | (0x30 if rich else 0)]) + gzip.compress(labels_of((16, 16, 16)) if rich else SMALL, mtime=0))
ROOM2 = V2 | {"shape": [16, 17, 18], "chunks": [16, 16, 16], "dtype": "|i1"}
ROOM3 = PLAIN3 | {"shape": [16, 16, 18], "data_type": "int16", "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [8, 16, 32]}}}
write("estimate", "from_parts_2", options(b23=OF_PARTS) + bytes([1]) + metadata(ZARRAY, ROOM2) +
      b"".join(part(SLASH_KEY | PRESSED, at(0, y, x), SMALL[1024:]) for y in range(2) for x in range(2)))
write("estimate", "from_parts_3", options(b23=OF_PARTS, b21=FRAMES) + bytes([1]) + metadata(ZARR_JSON, image_of_3("0")) +
      metadata(LEVEL_JSON, ROOM3) + b"".join(part(C_KEY | BELOW, at(z, 0, 0), SMALL[1024:] * 2) for z in range(2)))
write("estimate", "from_parts_damaged", options(b23=OF_PARTS) + bytes([1]) + metadata(ZARRAY, ROOM2) +
      part(SLASH_KEY | PRESSED, 0, SMALL[1024:]) + part(SLASH_KEY, at(0, 1, 0), b"damaged"))
write("estimate", "from_parts_fill", options(b23=OF_PARTS) + bytes([1]) + metadata(ZARRAY, ROOM2))

P_FRAMES, P_STORE, P_URL, P_CONVERTED = 2, 4, 8, 16
for name, last, way in (("frames", P_FRAMES, 4), ("large_frames", P_FRAMES, 10), ("store", P_STORE, 8), ("store_image", P_STORE, 12 | 2 << 5),
                        ("store_shards", P_STORE, 7 | 8 | 3 << 5), ("store_blosc", P_STORE, 16 | 5 << 5), ("store_tiny", P_STORE, 1 << 5),
                        ("url", P_URL, 0), ("url_frames", P_URL | P_FRAMES, 6)):
    for wanted, more in (({}, 0), (RICH, 0), ({"b17": 7, "b21": RESUME}, 0), ({"b21": ZARR3 | CHUNKS, "b22": 0x49}, P_CONVERTED)):
        for size, memory in ((100, 24), (1000, 20)):
            if size == 100 or name in ("frames", "store", "url"):
                suffix = "".join((*("_" + key for key in wanted if key in ("b11", "b17", "b21")), "_to" if more else "", f"_{size}"))
                write("plan", f"{name}{suffix}", options(**wanted, b23=last | more) + bytes([memory]) + struct.pack("<H", 3) + bytes([2]) +
                      axis(size) * 3 + struct.pack("<H", 255) + bytes([0, way]))


# ---- journals that are changed: options, allocations, then way, record, place, value ----

DAMAGE, DROP, REPEAT, SWAP, CUT_OFF, FORGE_BYTES, FORGE_NUMBER, FORGE_KIND, FORGE_LENGTH, FORGE_NAMING = range(10)


def change(way, record=0, place=0, value=0):
    return struct.pack("<BBHQ" if way >= FORGE_NUMBER else "<BBHB", way, record, place, value)


for wish in range(8):
    for allocations in (10, 24, 60):
        write("keeper", f"gone_on_{wish}_{allocations}", bytes([wish | (16 if allocations % 40 else 0), allocations]))
CHANGES = {
    "damaged": change(DAMAGE, 3, 100, 7), "dropped": change(DROP, 2), "no_key": change(DROP, 0), "repeated": change(REPEAT, 4),
    "swapped": change(SWAP, 1, 3), "cut": change(CUT_OFF, 0, 100), "byte": change(FORGE_BYTES, 2, 30, 1),
    "key": change(FORGE_BYTES, 0, 15, 1), "units": change(FORGE_NUMBER, 2, 24, 1000), "all_units": change(FORGE_NUMBER, 1, 24, 2**64 - 1),
    "number": change(FORGE_NUMBER, 3, 16, 0), "claim": change(FORGE_NUMBER, 5, 72, 2**60), "kind": change(FORGE_KIND, 4, 0, 3),
    "short": change(FORGE_LENGTH, 3, 0, 50), "long": change(FORGE_LENGTH, 3, 0, 5000), "published": change(FORGE_KIND, 2, 0, 3) +
    change(FORGE_LENGTH, 2, 0, 200000), "named": change(FORGE_NAMING, 255), "named_2": change(FORGE_NAMING, 255, 0, 2),
    "named_wrong": change(FORGE_NAMING, 255, 0, 1) + change(FORGE_NUMBER, 255, 88, 1),
    "named_inode": change(FORGE_NAMING, 255) + change(FORGE_NUMBER, 255, 0, 77), "nan": change(FORGE_NUMBER, 1, 80, 0x7ff8 << 48),
}
for name, changes in CHANGES.items():
    for wish, allocations in ((0, 24), (4, 40)):
        write("keeper", f"{name}_{wish}", bytes([wish, allocations]) + changes)
