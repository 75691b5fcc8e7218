# SPDX-License-Identifier: GPL-3.0-or-later
"""The info command against NumPy's reading of the voxels and mrcfile's opinion of the headers."""
import contextlib
import io
import os
import pathlib
import shutil
import subprocess
import tempfile
import warnings

import mrcfile
import numpy as np

from program import PROGRAM, Failures, codes, header, info, run

failures = Failures()
folder = pathlib.Path(tempfile.mkdtemp(prefix="occustream-info-"))
random = np.random.default_rng(2022)


def write(name, *parts):
    path = folder / name
    path.write_bytes(b"".join(parts))
    return path


def near(value, right, tolerance=1e-9):
    return abs(value - right) <= tolerance * max(1, abs(right))


def check_statistics(path, voxels, what):
    status, files, _ = info("--stats", path)
    found = files[0]["statistics"]
    finite = voxels[np.isfinite(voxels)].astype(np.float64)
    failures.check(status == 0, f"{what}: exit status {status}")
    failures.check(found["min"] == finite.min() and found["max"] == finite.max(),
                   f"{what}: range {found}")
    failures.check(near(found["mean"], finite.mean()) and near(found["rms"], finite.std()),
                   f"{what}: {found} is not {finite.mean()}, {finite.std()}")
    failures.check(found["nonfinite"] == voxels.size - finite.size, f"{what}: {found}")


def check_modes():
    shape = (7, 5, 9)
    for order in "<>":
        for mode, dtype in ((0, "i1"), (1, "i2"), (2, "f4"), (6, "u2"), (12, "f2")):
            voxels = (random.normal(0, 30, shape) + 40).astype(order + dtype)
            path = write("mode.mrc", header(shape, mode, order), voxels.tobytes())
            check_statistics(path, voxels.astype("f4"), f"mode {mode} {order}")
            back = mrcfile.open(path, permissive=True).data
            failures.check(np.array_equal(back, voxels), f"mode {mode} {order}: not what was meant")
    far = (random.normal(0, 1, shape) + 3e6).astype("<f4")
    check_statistics(write("far.mrc", header(shape), far.tobytes()), far, "mean far from zero")


def check_nibbles():
    """Packed rows of odd length, short and longer than what is read at once."""
    for shape in ((3, 4, 7), (2, 3, 8), (1, 2, 5_000_001)):
        rows = random.integers(0, 16, shape, dtype=np.uint8)
        padded = np.zeros(shape[:2] + ((shape[2] + 1) // 2 * 2,), np.uint8)
        padded[..., :shape[2]] = rows
        packed = padded[..., ::2] | padded[..., 1::2] << 4
        path = write("nibbles.mrc", header(shape, 101), packed.tobytes())
        check_statistics(path, rows.astype("f4"), f"mode 101 {shape}")


def check_nonfinite():
    voxels = random.normal(size=(6, 5, 4)).astype("<f4")
    voxels[0, 0, 0], voxels[3, 2, 1], voxels[5, 4, 3] = np.nan, np.inf, -np.inf
    check_statistics(write("nan.mrc", header(voxels.shape), voxels.tobytes()), voxels, "nonfinite")
    voxels[:] = np.nan
    path = write("allnan.mrc", header(voxels.shape), voxels.tobytes())
    status, files, _ = info("--stats", path)
    found = files[0]["statistics"]
    failures.check(status == 0 and found["min"] is None and found["nonfinite"] == voxels.size,
                   f"nothing finite: {found}")


def check_long_rows():
    voxels = random.normal(size=(2, 2, 700_001)).astype(">f4")
    path = write("long.mrc", header(voxels.shape, order=">"), voxels.tobytes())
    check_statistics(path, voxels, "long rows")


def check_stack():
    voxels = random.normal(size=(12, 4, 5)).astype("<f4")
    path = write("stack.mrc", header(voxels.shape, ispg=401, mz=4, cell_z=6.0), voxels.tobytes())
    check_statistics(path, voxels, "stack")
    entry = info(path)[1][0]
    failures.check(entry["volumes"] == 3 and entry["dims"] == [4, 4, 5], f"stack: {entry}")
    failures.check(entry["findings"] == [], f"stack: {entry['findings']}")


def mrcfile_objects(path):
    text = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return not mrcfile.validate(path, print_file=text)


# One field at a time: what mrcfile-validate objects to, we do.
DEPARTURES = [
    dict(mx=-1), dict(my=-20), dict(mz=-3), dict(ispg=-1), dict(nlabl=-1), dict(cell_x=-1.0),
    dict(cell_y=-30.0), dict(cell_z=-0.5), dict(mapc=2), dict(mapr=4), dict(maps=0),
    dict(ispg=401, mz=7), dict(nlabl=0), dict(nlabl=2), dict(nlabl=11), dict(nversion=20130),
    dict(nversion=1), dict(rms=5.0), dict(dmin=-9.0, dmax=9.0), dict(dmin=0.0, dmax=1.0, dmean=0.9),
    dict(nversion=0), dict(rms=0.0),
]


def check_departures():
    voxels = random.normal(size=(20, 20, 20)).astype("<f4")
    for changes in [{}] + DEPARTURES:
        path = write("field.mrc", header(**changes), voxels.tobytes())
        objects = mrcfile_objects(path)
        failures.check(objects == bool(changes), f"mrcfile and the test disagree on {changes}")
        entry = info("--stats", path)[1][0]
        said = entry["findings"] + entry["notes"]
        failures.check(bool(said) == objects, f"{changes}: {said}")
        old = changes in (dict(nversion=0), dict(rms=0.0))
        failures.check(not old or not entry["findings"], f"{changes}: {entry['findings']}")


def check_bytes():
    """The same for what is no number: identifier, stamp, extended header, labels, length."""
    good, voxels = bytearray(header()), random.normal(size=(20, 20, 20)).astype("<f4").tobytes()
    blank_first, wrong_id, wrong_stamp = bytearray(good), bytearray(good), bytearray(good)
    blank_first[304:384], blank_first[224:304] = good[224:304], bytes(80)
    wrong_id[208:212], wrong_stamp[212:216] = b"MAPS", b"\x44\x11\0\0"
    extended = bytearray(header(nsymbt=100))
    typed = bytearray(extended)
    typed[104:108] = b"ABCD"
    known = bytearray(extended)
    known[104:108] = b"FEI2"
    cases = {"label_order": (blank_first, b""), "map_id": (wrong_id, b""),
             "machine_stamp": (wrong_stamp, b""), "exttyp": (extended, bytes(100)),
             "exttyp ": (typed, bytes(100)), None: (known, bytes(100))}
    for code, (words, between) in cases.items():
        path = write("bytes.mrc", words, between, voxels)
        failures.check(mrcfile_objects(path) == bool(code), f"mrcfile and the test: {code}")
        found = codes(info(path)[1][0]["findings"])
        failures.check(found == ([code.strip()] if code else []), f"{code}: {found}")
    longer = write("longer.mrc", good, voxels, b"x")
    failures.check(mrcfile_objects(longer), "mrcfile accepts a longer file")
    failures.check(codes(info(longer)[1][0]["findings"]) == ["file_size"], "one byte more")


def check_several_files():
    good = write("good.mrc", header(), bytes(32000))
    short = write("short.mrc", header(), bytes(31999))
    status, files, lines = info(good, folder / "missing.mrc", short, good)
    failures.check(status == 5 and [f["status"] for f in files] == [0, 5, 3, 0], f"worst: {status}")
    failures.check(len(lines) == 2 and all(l.startswith("occustream: ") for l in lines), f"{lines}")
    failures.check(info(good, short)[0] == 3 and info(good)[0] == 0, "worst of two")
    plain = run("info", good, short, good)
    failures.check(plain.stdout.decode().count("departures   none") == 2, "text of two files")


def check_words():
    good = write("--stats", header(), bytes(32000))
    os.chdir(folder)
    failures.check(run("info", "--", "--stats").returncode == 0, "-- ends options")
    os.chdir("/")
    failures.check(b"measured" in run("info", good, "--stats").stdout, "options after files")
    for words in ([], ["--jsn", good], ["-x"]):
        done = run("info", *words)
        failures.check(done.returncode == 2 and not done.stdout, f"{words}: {done}")
        failures.check(done.stderr.count(b"\n") == 1 and done.stderr.startswith(b"occustream: "),
                       f"{words}: {done.stderr}")
    done = run("info", "--help")
    failures.check(done.returncode == 0 and b"--stats" in done.stdout, "--help")


def check_odd_names():
    name = os.fsencode(folder) + b"/b\xffd\x1b[2J.mrc"
    with open(name, "wb") as file:
        file.write(header() + bytes(32000))
    done = run("info", os.fsdecode(name))
    failures.check(done.returncode == 0 and b"\x1b" not in done.stdout, "control characters")
    status, files, _ = info(os.fsdecode(name))
    failures.check(status == 0 and files[0]["path"].endswith("b?d\x1b[2J.mrc"), f"{files}")


def check_hostile_labels():
    words = bytearray(header())
    words[224:304] = b"\x1b]0;owned\x07 \xff\xfe".ljust(80)
    path = write("labels.mrc", words, bytes(32000))
    failures.check(b"\x1b" not in run("info", path).stdout, "labels reach the terminal")
    failures.check(info(path)[1][0]["labels"] == ["?]0;owned? ??"], "labels in JSON")


def check_full_device():
    good = write("good.mrc", header(), bytes(32000))
    for words in ([good], ["--json", good], [good] * 300, ["--json"] + [good] * 300):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "info", *map(str, words)], stdout=full,
                                  stderr=subprocess.PIPE, timeout=60)
        failures.check(done.returncode == 6 and done.stderr.count(b"\n") == 1, f"full: {done}")


warnings.simplefilter("ignore")
with contextlib.ExitStack() as stack:
    stack.callback(lambda: shutil.rmtree(folder, ignore_errors=True))
    for check in (check_modes, check_nibbles, check_nonfinite, check_long_rows, check_stack,
                  check_departures, check_bytes, check_several_files, check_words, check_odd_names,
                  check_hostile_labels, check_full_device):
        check()
failures.finish()
