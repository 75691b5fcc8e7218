# SPDX-License-Identifier: GPL-3.0-or-later
"""Streams that are cut, damaged or too long: one clear line or a finding, never wrong maps, nothing left behind."""
import bz2
import gzip
import lzma

import streams
from streams import KINDS, Folder, check_line, failures, packed, run, some_map

BAD_INPUT, USAGE = 3, 2


def refuse(folder, data, what, words, statuses=(BAD_INPUT,)):
    for way in ("file", "pipe"):
        folder.clear()
        source, how = ("-", dict(data=data)) if way == "pipe" else (folder.write("broken", data), {})
        done = run(folder.words("--quiet", source), **how)
        status = done.returncode if done.returncode in statuses else statuses[0]
        check_line(done, status, words, f"{what}, {way}")
        failures.check(folder.left() == [], f"{what}, {way}: left behind {folder.left()}")


def cut_streams(folder, data):
    for name, compressed in packed(data):
        if "skippable" in name:
            continue
        for where in (0.02, 0.5, 0.99):
            refuse(folder, compressed[:int(len(compressed) * where)], f"{name}, cut at {where}", [])
        refuse(folder, compressed[:-1] if "padded" not in name else compressed[:-20], f"{name}, last byte missing",
               [name.split(",")[0].split()[0]])


def damaged_streams(folder, data):
    """Formats with checksums find every change; a zstd frame without one may be found out only by its structure."""
    for name in ("gzip", "bzip2 -1, Python", "xz", "zstd -19, checksum"):
        compressed = KINDS[name](data)
        if compressed is None:
            continue
        for where in (0.5, 0.7, 0.9):  # behind the first block of bzip2, whose bytes come before its checksum
            broken = bytearray(compressed)
            at = int(len(broken) * where)
            broken[at] ^= 0x10
            refuse(folder, bytes(broken), f"{name}, damaged at {where}", [name.split()[0], "damaged"])
    broken = bytearray(gzip.compress(data))
    broken[-8] ^= 1
    refuse(folder, bytes(broken), "gzip, wrong checksum", ["incorrect data check"])


def short_plain(folder, data):
    for count in (0, 1, 1023):
        refuse(folder, gzip.compress(data[:count]), f"{count} bytes in gzip", [])
    for count in (1024, 5000, len(data) - 1):
        refuse(folder, gzip.compress(data[:count]), f"{count} bytes in gzip", [str(len(data)), f"only {count}"])
        folder.clear()
        done = run(folder.words("--quiet", "-"), data=data[:count])
        check_line(done, BAD_INPUT, [str(len(data)), f"only {count}"], f"{count} bytes through a pipe")


def longer(folder, data):
    """More than the header declares, or garbage behind: a finding, and the same maps."""
    done = run(folder.words("--quiet", folder.write("map.mrc", data)))
    failures.check(done.returncode == 0, f"plain: {done.stderr}")
    expected = folder.maps()
    for name, stream, code in (("plain bytes more", data + b"x", "file_size"),
                               ("a member more", gzip.compress(data) + gzip.compress(b"more"), "file_size"),
                               ("garbage", gzip.compress(data) + b"garbage", "trailing_garbage"),
                               ("a byte of garbage", gzip.compress(data) + b"g", "trailing_garbage"),
                               ("bzip2 and garbage", bz2.compress(data) + b"garbage", "trailing_garbage"),
                               ("xz and garbage", lzma.compress(data) + b"garbage", "trailing_garbage"),
                               ("gzip and zstd", gzip.compress(data) + b"\x28\xb5\x2f\xfd" + bytes(9), "trailing_garbage"),
                               ("zeros", gzip.compress(data) + bytes(5000), None)):
        folder.clear()
        done = run(folder.words("--quiet", "-"), data=stream)
        failures.check(done.returncode == 0 and folder.maps() == expected, f"{name}: {done}")
        if done.returncode == 0:
            found = [finding["code"] for finding in folder.report()["input"]["findings"]]
            failures.check(found == ([code] if code else []), f"{name}: {found}")
        done = run([streams.PROGRAM, "info", "--json", "--stats", "-"], data=stream)
        failures.check(done.returncode == 0 and (not code or code.encode() in done.stdout), f"info, {name}: {done}")


def contradictions(folder, data):
    folder.clear()
    done = run(folder.words("--solvent-def", "-", "-"), data=data)
    check_line(done, USAGE, ["only one"], "two maps from standard input")
    failures.check(folder.left() == [], f"left behind {folder.left()}")


with Folder() as scene:
    map_bytes = some_map()
    cut_streams(scene, map_bytes)
    damaged_streams(scene, map_bytes)
    short_plain(scene, map_bytes)
    longer(scene, map_bytes)
    contradictions(scene, map_bytes)
failures.finish()
