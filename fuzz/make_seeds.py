# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the seeds of the MRC targets: small inputs of every kind, to start from and to replay."""
import pathlib
import random
import struct
import sys

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
