# SPDX-License-Identifier: GPL-3.0-or-later
"""Broken, hostile and unusable input: one clear line, the right exit status, nothing left behind."""
import bz2
import gzip
import lzma
import os
import pathlib
import shutil
import socket
import struct
import tempfile

from program import PROGRAM, Failures, header, run

BAD_INPUT, USAGE, LIMIT, IO = 3, 2, 4, 5
NOBODY = 65534
BIGGEST = 2**31 - 1

base = pathlib.Path(tempfile.mkdtemp(prefix="occustream-broken-"))
base.chmod(0o755)
failures = Failures()


def noise(count):
    """Reproducible voxels with some contrast, as float32."""
    value, voxels = 12345, []
    for _ in range(count):
        value = (1103515245 * value + 12345) % 2**31
        voxels.append(value / 2**31 - 0.5)
    return struct.pack(f"<{count}f", *voxels)


VOXELS = noise(20**3)
GOOD = header() + VOXELS


def replaced(voxel, value):
    data = bytearray(GOOD)
    struct.pack_into("<f", data, 1024 + 4 * voxel, value)
    return bytes(data)


def sparse(size, head):
    def make(path):
        with open(path, "wb") as file:
            file.write(head)
            file.truncate(size)
    return make


def no_permission(path):
    path.write_bytes(GOOD)
    path.chmod(0)


def unix_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def nothing(path):
    pass


# name, contents (bytes, or what makes the file), exit status, words the line must contain, options
TABLE = [
    ("empty file", b"", BAD_INPUT, ["empty"]),
    ("folder", pathlib.Path.mkdir, BAD_INPUT, ["folder"]),
    ("missing", nothing, IO, ["No such file"]),
    ("missing folder", "no_such_folder/map.mrc", IO, ["No such file"]),
    ("below a file", "/etc/hostname/map.mrc", IO, ["Not a directory"]),
    ("no permission", no_permission, IO, ["Permission denied"]),
    ("socket", unix_socket, BAD_INPUT, ["socket"]),
    ("device", "/dev/zero", BAD_INPUT, ["device"]),
    ("link to itself", lambda path: path.symlink_to(path), IO, ["symbolic links"]),
    ("one byte", b"M", BAD_INPUT, ["1024"]),
    ("1023 bytes", GOOD[:1023], BAD_INPUT, ["1024", "1023"]),
    ("header only", GOOD[:1024], BAD_INPUT, ["33024", "1024"]),
    ("one byte short", GOOD[:-1], BAD_INPUT, ["33024", "33023"]),
    ("header cut in the extended header", header(nsymbt=4096)[:1024] + bytes(100), BAD_INPUT,
     ["37120", "1124"]),
    ("negative columns", header(nx=-20) + VOXELS, BAD_INPUT, ["-20 x 20 x 20"]),
    ("negative rows", header(ny=-1, order=">") + VOXELS, BAD_INPUT, ["20 x -1 x 20"]),
    ("negative sections", header(nz=-2**31) + VOXELS, BAD_INPUT, ["-2147483648"]),
    ("no columns", header(nx=0) + VOXELS, BAD_INPUT, ["0 x 20 x 20"]),
    ("no sections", header(nz=0) + VOXELS, BAD_INPUT, ["20 x 20 x 0"]),
    ("product beyond 64 bits", header(nx=BIGGEST, ny=BIGGEST, nz=BIGGEST) + VOXELS, BAD_INPUT,
     ["2147483647 x 2147483647 x 2147483647"]),
    ("product 0 in 32 bits", header(nx=65536, ny=65536, nz=1) + VOXELS, BAD_INPUT,
     ["17179870208"]),
    ("product 0 in 64 bits", header(nx=2**30, ny=2**30, nz=2**30) + VOXELS, BAD_INPUT,
     ["1073741824 x 1073741824 x 1073741824"]),
    ("mode 3", header(mode=3) + VOXELS, BAD_INPUT, ["mode 3"]),
    ("mode 4", header(mode=4) + VOXELS, BAD_INPUT, ["mode 4"]),
    ("mode 5", header(mode=5) + VOXELS, BAD_INPUT, ["mode 5"]),
    ("mode 999", header(mode=999) + VOXELS, BAD_INPUT, ["mode 999"]),
    ("mode -1", header(mode=-1, order=">") + VOXELS, BAD_INPUT, ["mode -1"]),
    ("extended header beyond the file", header(nsymbt=BIGGEST) + VOXELS, BAD_INPUT,
     ["2147516671", "33024"]),
    ("extended header of negative size", header(nsymbt=-80) + VOXELS, BAD_INPUT,
     ["NSYMBT", "-80"]),
    ("gzip twice", gzip.compress(gzip.compress(GOOD)), BAD_INPUT, ["gzip"]),
    ("bzip2 cut in the header", bz2.compress(GOOD)[:100], BAD_INPUT, ["bzip2", "early"]),
    ("xz with nothing behind the mark", lzma.compress(GOOD)[:12], BAD_INPUT, ["xz", "early"]),
    ("zstd", b"\x28\xb5\x2f\xfd\x60\0\0" + GOOD[:2000], BAD_INPUT, ["zstd"]),
    ("gzip of a few bytes", gzip.compress(b"x"), BAD_INPUT, ["1024", "only 1"]),
    ("gzip of nothing", gzip.compress(b""), BAD_INPUT, ["empty"]),
    ("only the mark of gzip", b"\x1f\x8b\x08", BAD_INPUT, ["gzip", "early"]),
    ("text", b"data_EMD-1234\n_exptl.method 'ELECTRON MICROSCOPY'\n" * 100, BAD_INPUT, ["mode"]),
    ("all bytes 255", b"\xff" * 40000, BAD_INPUT, ["mode -1"]),
    ("all bytes 0", bytes(40000), BAD_INPUT, ["0 x 0 x 0"]),
    ("HDF5", b"\x89HDF\r\n\x1a\n" + bytes(5000), BAD_INPUT, ["MRC"]),
    ("PNG", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 20, BAD_INPUT, ["mode"]),
    ("control characters in the name", nothing, IO, ["a?b"], dict(name="a\nb\x1b[31m.mrc")),
]

# What can only be told once an estimate is asked for.
ESTIMATE_TABLE = [
    ("NaN", replaced(4321, float("nan")), BAD_INPUT, ["1 ", "finite"]),
    ("infinity", replaced(0, float("inf")), BAD_INPUT, ["finite"]),
    ("constant", header() + struct.pack("<f", 1.5) * 8000, BAD_INPUT, ["contrast"]),
    ("all zero voxels", header() + bytes(32000), BAD_INPUT, ["contrast"]),
    ("nothing positive", header() + b"".join(struct.pack("<f", -1 - abs(v[0])) for v in
                                             struct.iter_unpack("<f", VOXELS)), BAD_INPUT,
     ["positive"]),
    ("15 columns", header((20, 20, 15)) + VOXELS[:24000], BAD_INPUT, ["15"]),
    ("one section", header((1, 100, 80)) + VOXELS, BAD_INPUT, ["1"]),
    ("stack without --volume", header((40, 20, 20), ispg=401, mz=20) + VOXELS * 2, USAGE,
     ["--volume"]),
    ("volume beyond the stack", header((40, 20, 20), ispg=401, mz=20) + VOXELS * 2, USAGE,
     ["3", "2"], dict(options=["--volume", "3"])),
    ("volume 2 of one", GOOD, USAGE, ["2", "1"], dict(options=["--volume", "2"])),
    ("memory too small", GOOD, LIMIT, ["--memory"], dict(options=["--memory", "64K"])),
    ("more voxels than allowed", sparse(1024 + 4 * 1000**3, header((1000, 1000, 1000))), LIMIT,
     ["--max-voxels"], dict(options=["--max-voxels", "999999999"])),
    ("mask of another size", GOOD, BAD_INPUT, ["mask"],
     dict(options=["--solvent-def", base / "mask.mrc"])),
    ("missing mask", GOOD, IO, ["No such file"],
     dict(options=["--solvent-def", base / "no_mask.mrc"])),
]


def make(path, contents):
    if isinstance(contents, str):
        return path.parent / contents
    if isinstance(contents, bytes):
        path.write_bytes(contents)
    else:
        contents(path)
    return path


def without_rights():
    """Root reads everything: become nobody, with a copy of the program that nobody can run."""
    if os.getuid() != 0:
        return {}
    copy = base / "occustream"
    if not copy.exists():
        shutil.copy(PROGRAM, copy)
        copy.chmod(0o755)
    return dict(program=copy, user=NOBODY)


def check(command, name, contents, status, words, more=None):
    more = more or {}
    folder = pathlib.Path(tempfile.mkdtemp(dir=base))
    output = folder / "output"
    output.mkdir(mode=0o777)
    folder.chmod(0o755)
    output.chmod(0o777)
    path = make(folder / more.get("name", "map.mrc"), contents)
    how = without_rights() if contents is no_permission else {}
    arguments = ["-o", output, *more.get("options", [])] if command == "estimate" else []
    done = run(command, *arguments, path, **how)
    lines = done.stderr.decode(errors="replace").splitlines()
    what = f"{command}, {name}: "
    failures.check(done.returncode == status, what + f"exit status {done.returncode}, {lines}")
    failures.check(len(lines) == 1 and lines[0].startswith("occustream: "), what + f"{lines}")
    for word in words:
        failures.check(word in "".join(lines), what + f"{word!r} not in {lines}")
    failures.check(done.stdout == b"", what + f"standard output {done.stdout[:200]}")
    left = [entry.name for entry in output.iterdir()]
    failures.check(left == [], what + f"left behind: {left}")
    failures.check("\x1b" not in "".join(lines), what + "control characters")


try:
    (base / "mask.mrc").write_bytes(header((20, 20, 16)) + VOXELS[:25600])
    for row in TABLE:
        check("info", *row)
        check("estimate", *row)
    for row in ESTIMATE_TABLE:
        check("estimate", *row)
finally:
    shutil.rmtree(base, ignore_errors=True)
failures.finish()
