# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of pipes and compressed input share: a map, ways to compress it, running the program."""
import bz2
import gzip
import hashlib
import json
import lzma
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from program import PROGRAM, Failures, header  # noqa: E402

MIB = 1 << 20
failures = Failures()


def tool(*words):
    """Compresses bytes with a program; None when it is not there."""
    def run(data):
        if not shutil.which(words[0]):
            return None
        return subprocess.run(words, input=data, capture_output=True, check=True).stdout
    return run


def halves(compress):
    """Several members, one after the other, cut at places that mean nothing to the map."""
    def run(data):
        parts = [compress(data[a:b]) for a, b in ((0, 700), (700, 5000), (5000, 5000), (5000, None))]
        return b"".join(parts) if all(parts) else None
    return run


def skippable(data):
    """A zstd file as a parallel compressor makes it: a skippable frame first and in between."""
    frame, compress = b"\x51\x2a\x4d\x18\x04\0\0\0abcd", tool("zstd", "-q", "-c")
    first, second = compress(data[:100000]), compress(data[100000:])
    return frame + first + frame + second if first else None


ZSTD = tool("zstd", "-q", "-c")
KINDS = {
    "gzip": tool("gzip", "-c"), "gzip -1, Python": lambda data: gzip.compress(data, 1),
    "gzip, several members": halves(gzip.compress),
    "bzip2": tool("bzip2", "-c"), "bzip2 -1, Python": lambda data: bz2.compress(data, 1),
    "bzip2, several streams": halves(bz2.compress),
    "xz": tool("xz", "-c", "-T1"), "xz, blocks": tool("xz", "-c", "-T2", "--block-size=65536"),
    "xz -0, Python": lambda data: lzma.compress(data, preset=0), "xz, several streams": halves(lzma.compress),
    "xz, padded": lambda data: lzma.compress(data) + bytes(8),
    "zstd": ZSTD, "zstd -19, checksum": tool("zstd", "-q", "-c", "-19", "--check"),
    "zstd --long=27": tool("zstd", "-q", "-c", "--long=27"), "zstd, several frames": halves(ZSTD),
    "zstd, skippable frames": skippable,
}


def packed(data):
    """Name and bytes of each kind that can be made here."""
    for name, compress in KINDS.items():
        result = compress(data)
        if result is None:
            print(f"left out: {name}")
        else:
            yield name, result


def some_map(shape=(40, 44, 36), dtype="f4", order="<", seed=3, **changes):
    """A blurred ball with noise, as the bytes of a file."""
    random = np.random.default_rng(seed)
    axes = [np.linspace(-1, 1, n, dtype=np.float32) for n in shape]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    data = np.exp(-4 * (x * x + y * y + z * z)) + 0.03 * random.standard_normal(shape)
    if dtype in ("i1", "i2", "u2"):
        data = np.rint(data * 100) + (40 if dtype == "u2" else 0)
    modes = {"i1": 0, "i2": 1, "f4": 2, "u2": 6, "f2": 12}
    return header(shape, modes[dtype], order, **changes) + data.astype(order + dtype).tobytes()


class Folder:
    """A folder of its own, with one for results and one for scratch in it."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="occustream-streams-"))
        self.clear()
        return self

    def __exit__(self, *exception):
        shutil.rmtree(self.path, ignore_errors=True)

    def clear(self):
        for name in ("out", "scratch"):
            shutil.rmtree(self.path / name, ignore_errors=True)
            (self.path / name).mkdir()

    def words(self, *words):
        return [PROGRAM, "estimate", "-o", str(self.path / "out"), "--scratch", str(self.path / "scratch"),
                "--threads", "2", *map(str, words)]

    def write(self, name, data):
        path = self.path / name
        path.write_bytes(data)
        return path

    def maps(self):
        """Digests of the maps by kind, whatever the stem."""
        return {path.name.rsplit("_", 1)[1]: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted((self.path / "out").glob("*.mrc"))}

    def left(self):
        return [path.name for name in ("out", "scratch") for path in (self.path / name).iterdir()]

    def report(self):
        return json.loads(next((self.path / "out").glob("*_report.json")).read_text())


def run(words, data=None, **options):
    """Runs a command with `data` on a pipe as its standard input."""
    how = dict(stdin=subprocess.DEVNULL) if data is None else dict(input=data)
    return subprocess.run(words, capture_output=True, timeout=120, **{**how, **options})


def check_line(done, status, words, what):
    """One clear line with that exit status."""
    lines = done.stderr.decode(errors="replace").splitlines()
    failures.check(done.returncode == status, f"{what}: exit status {done.returncode}, {lines}")
    failures.check(len(lines) == 1 and lines[0].startswith("occustream: "), f"{what}: {lines}")
    for word in words:
        failures.check(word in "".join(lines), f"{what}: {word!r} not in {lines}")


def peak_bytes(pid):
    """The kernel's figure for the largest resident size so far; 0 when the process is gone."""
    try:
        for line in open(f"/proc/{pid}/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) << 10
    except OSError:
        pass
    return 0


def end(process, how=signal.SIGINT):
    process.send_signal(how)
    begin = time.monotonic()
    process.wait(timeout=30)  # its pipes stay open: their end is another matter
    seconds = time.monotonic() - begin
    _, said = process.communicate()
    return process.returncode, said.decode(errors="replace"), seconds
