# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for pipes: signals, writers that go away, and what a plan or the header alone take from a pipe."""
import contextlib
import gzip
import os
import signal
import subprocess
import time

import streams
from streams import Folder, check_line, end, failures, run, some_map

DATA = some_map()


def start(folder, *words):
    process = subprocess.Popen(folder.words("--quiet", *words), stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    return process


def signals():
    """While the header, or voxels, are waited for: nothing is left, and the end comes at once."""
    for how, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        for name, before in (("header", b""), ("voxels", DATA[:100000]), ("compressed", gzip.compress(DATA)[:50000])):
            with Folder() as folder:
                process = start(folder, "-")
                process.stdin.write(before)
                process.stdin.flush()
                time.sleep(0.7)
                returned, said, seconds = end(process, how)
                # before the header is there, nothing has begun and the signal itself ends the program
                failures.check(returned in (status, -how if name == "header" else status),
                               f"{how.name} waiting for {name}: {returned}, {said}")
                failures.check(seconds < 2, f"{how.name} waiting for {name}: {seconds:.1f} s")
                failures.check(folder.left() == [], f"{how.name} waiting for {name}: left {folder.left()}")


def writer_goes_away():
    for count in (0, 500, 1024, 100000):
        with Folder() as folder:
            process = start(folder, "-")
            process.stdin.write(DATA[:count])
            _, said = process.communicate(timeout=30)
            failures.check(process.returncode == 3 and len(said.splitlines()) == 1, f"{count} bytes: {said}")
            failures.check(folder.left() == [], f"{count} bytes: left {folder.left()}")


def only_the_header():
    """A plan and info take what they need and leave the writer to its fate."""
    for name, data in (("plain", DATA[:1024]), ("zstd", streams.KINDS["zstd"](DATA))):
        if data is None:
            continue
        for words in (["estimate", "--plan", "-"], ["info", "-"]):
            process = subprocess.Popen([streams.PROGRAM, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
            with contextlib.suppress(BrokenPipeError):  # it may have had enough before all was written
                process.stdin.write(data)
                process.stdin.flush()  # the pipe stays open: waiting for its end would hang
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
            shown = process.stdout.read().decode()
            failures.check(process.returncode == 0, f"{words}, {name}: {process.returncode} {process.stderr.read()}")
            failures.check("36 x 44 x 40" in shown or "40 x 44 x 36" in shown, f"{words}, {name}: {shown}")
            if words[0] == "estimate":
                lines = shown.splitlines()
                failures.check(any(line.startswith("spool ") for line in lines), f"no spool pass: {shown}")
                failures.check(not any("scratch      none" in line for line in lines), f"no scratch: {shown}")
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()


def spool_is_counted():
    """The scratch of the plan is enough, and what was taken of it is the report's."""
    with Folder() as folder:
        done = run(folder.words("--quiet", "-"), data=DATA)
        failures.check(done.returncode == 0, f"{done}")
        used = folder.report()["run"]["scratch_bytes"]
        failures.check(len(DATA) - 1024 <= used <= 1.1 * len(DATA), f"scratch {used}")
        failures.check(os.listdir(folder.path / "scratch") == [], "something is left in scratch")


def no_pipe():
    with Folder() as folder:
        with open("/dev/null") as nothing:
            done = subprocess.run(folder.words("-"), stdin=nothing, capture_output=True)
        check_line(done, 3, ["device"], "/dev/null as standard input")


signals()
writer_goes_away()
only_the_header()
spool_is_counted()
no_pipe()
failures.finish()
