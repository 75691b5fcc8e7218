# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of --resume share: a map with labels, runs that are killed, journals and results looked into."""
import gzip
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from program import PROGRAM, Failures, header  # noqa: E402

failures = Failures()
RECORD, MARK, PASS, PUBLISHING, ALL_UNITS = struct.Struct("<4Q"), b"OCSJRN1\n", 2, 3, 2 ** 64 - 1
SMALL_STEPS = dict(os.environ, OCCUSTREAM_CHECKPOINT="0.1")


def blob(shape, seed=5):
    random = np.random.default_rng(seed)
    axes = [np.linspace(-1, 1, n, dtype=np.float32) for n in shape]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    data = np.exp(-5 * ((x - .2) ** 2 + y * y + z * z)) + .6 * np.exp(-9 * ((x + .5) ** 2 + y * y + z * z))
    return (data + .04 * random.standard_normal(shape)).astype("<f4")


def map_bytes(data, **changes):
    modes = {"i1": 0, "f4": 2}
    return header(data.shape, modes[data.dtype.str[1:]], **changes) + data.tobytes()


class Bench:
    """A folder with a map, labels and a mask, and a place for results and scratch of each run."""

    def __init__(self, shape=(150, 72, 68)):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="occustream-resume-"))
        data = blob(shape)
        labels = (1 + (np.arange(shape[2]) > shape[2] // 2)).astype("i1") * (data > .3)
        self.map = self.write("blob.mrc", map_bytes(data))
        self.gz = self.write("blob.mrc.gz", gzip.compress(map_bytes(data), 1))
        self.labels = self.write("labels.mrc", map_bytes(labels.astype("i1")))
        self.mask = self.write("mask.mrc", map_bytes((data > .5).astype("<f4")))
        self.solvent = self.write("solvent.mrc", map_bytes((data < .2).astype("<f4")))

    def add_cube(self, n=80):
        """A map that the reference rules take."""
        data = blob((n, n, n))
        self.cube = self.write("cube.mrc", map_bytes(data))
        self.cube_mask = self.write("cube_mask.mrc", map_bytes((data > .5).astype("<f4")))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, name, data):
        path = self.path / name
        path.write_bytes(data)
        return path

    def place(self, name):
        """Empty folders for results and scratch."""
        shutil.rmtree(self.path / name, ignore_errors=True)
        for part in ("out", "scratch"):
            (self.path / name / part).mkdir(parents=True)
        return self.path / name


def words(place, *options):
    return [PROGRAM, "estimate", "-o", str(place / "out"), "--scratch", str(place / "scratch"), "--threads", "2",
            *map(str, options)]


def run(place, *options, data=None, env=SMALL_STEPS, program_words=words):
    how = dict(stdin=subprocess.DEVNULL) if data is None else dict(input=data)
    return subprocess.run(program_words(place, *options), capture_output=True, timeout=200, env=env, **how)


def kill_after(seconds, place, *options, data=None, env=SMALL_STEPS):
    """True when it was still running. `data`: a file that comes through a pipe."""
    pipe = subprocess.Popen(["cat", data], stdout=subprocess.PIPE) if data else None
    process = subprocess.Popen(words(place, *options), stdin=pipe.stdout if pipe else subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    if pipe:
        pipe.stdout.close()
    try:
        process.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    finally:
        if pipe:
            pipe.wait()


def kill_when(happens, place, *options, env=SMALL_STEPS):
    """Kills it as soon as `happens`; False when that never was."""
    process = subprocess.Popen(words(place, *options), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=env)
    while process.poll() is None:
        if happens():
            process.kill()
            process.wait()
            return True
        time.sleep(0.0005)
    return False


def folder_of(place):
    """The folder of the journal, if there is one."""
    return next((place / "scratch").glob("occustream-*.resume"), None)


def records(place):
    """Kind, offset of the payload, and the beginning of the payload of the whole records of the journal."""
    folder, found = folder_of(place), []
    try:
        with open(folder / "journal", "rb") as journal:
            end = journal.seek(0, os.SEEK_END)
            at = journal.seek(0)
            while at + RECORD.size <= end:
                mark, kind, count, _ = RECORD.unpack(journal.read(RECORD.size))
                at += RECORD.size + count
                if mark != int.from_bytes(MARK, "little") or at > end:
                    break
                found.append((kind, at - count, journal.read(min(count, 64))))
                journal.seek(at)
    except (OSError, TypeError, struct.error):
        pass  # there is none, or not any more
    return found


def passes_done(place):
    """Names of the passes that the journal has as done."""
    done = []
    for kind, _, payload in records(place):
        if kind == PASS and len(payload) >= 32 and struct.unpack_from("<Q", payload, 24)[0] == ALL_UNITS:
            done.append(payload[:16].rstrip(b"\0").decode())
    return done


def is_named(place):
    """Whether everything was done but giving the files their names."""
    return any(kind == PUBLISHING for kind, _, _ in records(place))


def half_done(place):
    """The pass whose last record has only some of its units done; None: none."""
    kind, _, payload = (records(place) or [(0, 0, b"")])[-1]
    partly = kind == PASS and struct.unpack_from("<Q", payload, 24)[0] != ALL_UNITS
    return payload[:16].rstrip(b"\0").decode() if partly else None


def report(place):
    return json.loads(next((place / "out").glob("*_report.json")).read_text())


def taken_over(place):
    return [entry["name"] for entry in report(place)["run"]["passes"] if entry.get("taken_over")]


def results(place):
    """What must be the same whatever happened on the way, by file name. Hidden folders of stores that were being written
    when a run was killed are left; of everything else check_clean knows."""
    found = {}
    for path in sorted((place / "out").rglob("*")):
        if path.is_dir() or path.relative_to(place / "out").parts[0].startswith("."):
            continue
        data = path.read_bytes()
        if path.name.endswith("_report.json"):
            document = json.loads(data)
            for key in ("run", "command_line"):
                document.pop(key)
            for output in document["outputs"]:
                output["path"] = os.path.basename(output["path"])
            data = json.dumps(document, sort_keys=True).encode()
        elif path.name.endswith(".log"):
            continue  # the report for reading
        elif path.name.endswith(".cxc"):
            data = data.replace(str(place).encode(), b"")
        found[str(path.relative_to(place / "out"))] = data
    return found


def check_same(place, expected, what):
    found = results(place)
    failures.check(found.keys() == expected.keys(), f"{what}: files {sorted(found)}, not {sorted(expected)}")
    for name in found.keys() & expected.keys():
        failures.check(found[name] == expected[name], f"{what}: {name} differs")


def check_clean(place, what):
    left = [path.name for path in (place / "scratch").iterdir()]
    left += [path.name for path in (place / "out").iterdir() if path.name.startswith(".")]
    failures.check(not left, f"{what}: left {left}")


def check_line(done, status, phrases, what):
    """One line on standard error, and that exit status."""
    lines = done.stderr.decode(errors="replace").splitlines()
    failures.check(done.returncode == status, f"{what}: exit status {done.returncode}, {lines}")
    failures.check(len(lines) == 1 and lines[0].startswith("occustream: "), f"{what}: {lines}")
    for phrase in phrases:
        failures.check(phrase in "".join(lines), f"{what}: {phrase!r} not in {lines}")
