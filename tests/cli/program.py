# SPDX-License-Identifier: GPL-3.0-or-later
"""Running the program and writing MRC files byte by byte, for the tests of the command line."""
import json
import os
import signal
import struct
import subprocess
import sys

PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "occustream"

# A program inherits what is ignored, and leaves it so: without this, signals sent in a background job would do nothing.
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)


class Failures:
    """Collects what went wrong, so that one run shows everything."""

    def __init__(self):
        self.checks = 0
        self.failed = 0

    def check(self, condition, text):
        self.checks += 1
        if not condition:
            self.failed += 1
            print("FAILED:", text)

    def finish(self):
        print(f"{self.checks - self.failed} of {self.checks} checks passed")
        sys.exit(1 if self.failed or not self.checks else 0)


def run(*words, program=None, **options):
    return subprocess.run([program or PROGRAM, *map(str, words)], capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=120, **options)


def info(*words):
    """Exit status, the `files` of the JSON, and the lines on standard error."""
    done = run("info", "--json", *words)
    document = json.loads(done.stdout)
    assert document["schema"] == "occustream-info/1"
    return done.returncode, document["files"], done.stderr.decode(errors="replace").splitlines()


def codes(entries):
    return sorted(entry["code"] for entry in entries)


def header(shape=(20, 20, 20), mode=2, order="<", **changes):
    """A flawless header; `changes` are word=value by the names below."""
    nz, ny, nx = shape
    words = bytearray(1024)
    names = dict(nx=1, ny=2, nz=3, mode=4, nxstart=5, mx=8, my=9, mz=10, cell_x=11, cell_y=12,
                 cell_z=13, alpha=14, beta=15, gamma=16, mapc=17, mapr=18, maps=19, dmin=20,
                 dmax=21, dmean=22, ispg=23, nsymbt=24, nversion=28, imod_stamp=39, imod_flags=40,
                 rms=55, nlabl=56)
    values = dict(nx=nx, ny=ny, nz=nz, mode=mode, mx=nx, my=ny, mz=nz, cell_x=1.5 * nx,
                  cell_y=1.5 * ny, cell_z=1.5 * nz, alpha=90.0, beta=90.0, gamma=90.0, mapc=1,
                  mapr=2, maps=3, dmin=0.0, dmax=-1.0, dmean=-2.0, rms=-1.0, ispg=1,
                  nversion=20141, nlabl=1)
    values.update(changes)
    for name, value in values.items():
        kind = "f" if isinstance(value, float) else "i"
        struct.pack_into(order + kind, words, 4 * (names[name] - 1), value)
    words[208:216] = b"MAP " + (b"\x44\x44\0\0" if order == "<" else b"\x11\x11\0\0")
    words[224:304] = b"made for a test".ljust(80)
    return bytes(words)
