# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory is a promise for what comes once too: bombs, long windows, and a disk or a consumer that is slow."""
import gzip
import os
import re
import subprocess
import time
import zlib

import numpy as np

import streams
from streams import MIB, PROGRAM, Folder, check_line, failures, header, peak_bytes, run, some_map


def finish(process, give=None):
    """Waits for it, feeding `give` in order; returns the kernel's last figure of its largest resident size, and what it
    said."""
    peak = 0
    if give is not None:
        for piece in give:
            try:
                process.stdin.write(piece)
            except BrokenPipeError:
                break
            peak = max(peak, peak_bytes(process.pid))
        try:
            process.stdin.close()
        except BrokenPipeError:
            pass
    while process.poll() is None:
        peak = max(peak, peak_bytes(process.pid))
        time.sleep(0.002)
    return peak, process.stderr.read().decode()


def start(folder, *words):
    return subprocess.Popen(folder.words("--quiet", *words), stdin=subprocess.PIPE, stderr=subprocess.PIPE)


def bombs():
    """A few kB that would become GiBs end where the header says."""
    small = some_map()
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join([squeeze.compress(small), *(squeeze.compress(bytes(64 * MIB)) for _ in range(8)), squeeze.flush()])
    for name, data in (("gzip", bomb), ("zstd", streams.tool("zstd", "-q", "-c")(small + bytes(256 * MIB)))):
        if data is None:
            continue
        with Folder() as folder:
            begin = time.monotonic()
            peak, said = finish(start(folder, "-m", "64M", folder.write("bomb", data)))
            seconds = time.monotonic() - begin
            failures.check(said == "" and folder.maps() != {}, f"{name} bomb: {said}")
            found = [finding["code"] for finding in folder.report()["input"]["findings"]]
            failures.check(found == ["file_size"], f"{name} bomb: {found}")
            failures.check(peak <= 64 * MIB and seconds < 10, f"{name} bomb: {peak / MIB:.1f} MiB, {seconds:.1f} s")
            print(f"{name} bomb of {len(data) >> 10} kB: {peak / MIB:.1f} MiB, {seconds:.1f} s")


def claims():
    """A header that claims TiBs makes nothing grow: through a pipe only the plan can object."""
    with Folder() as folder:
        done = run(folder.words("-m", "256M", "-"), data=header((8000, 8000, 8000)) + bytes(100000))
        failures.check(done.returncode in (4, 6) and len(done.stderr.splitlines()) == 1, f"claims: {done}")
        failures.check(folder.left() == [], f"claims: left {folder.left()}")


def long_windows():
    compress = streams.tool("zstd", "-q", "-c", "--long=31", "--ultra", "-1")
    data = some_map()
    packed = compress(data) if compress else None
    if not packed:
        return
    with Folder() as folder:
        path = folder.write("long.zst", packed)
        begin = time.monotonic()
        process = start(folder, "-m", "256M", path)
        peak, said = finish(process)
        named = re.search(r"--memory (\d+)M", said)
        failures.check(process.returncode == 4 and named and len(said.splitlines()) == 1, f"long window: {said}")
        failures.check(peak < 64 * MIB and time.monotonic() - begin < 5, f"long window: {peak / MIB:.1f} MiB")
        failures.check(named and 2048 < int(named[1]) < 2300, f"long window: {said}")
        peak, said = finish(start(folder, "-m", f"{named[1]}M", path))
        failures.check(said == "" and len(folder.maps()) == 2, f"long window with what was named: {said}")


def back_pressure():
    """Workers that are slow, and a thread that decodes: the writer waits, and memory stays what it may be."""
    shape, limit = (128, 256, 256), 40 * MIB
    random = np.random.default_rng(1)
    plane = random.standard_normal(shape[1:], np.float32)
    planes = [(plane * np.float32(1 + 0.01 * z)).tobytes() for z in range(shape[0])]
    with Folder() as folder:
        process = start(folder, "-j", "1", "-m", limit, "-")
        process.stdin.write(header(shape) + b"".join(planes[:8]))
        process.stdin.flush()
        time.sleep(0.5)
        process.send_signal(19)  # stopped: it takes nothing any more
        os.set_blocking(process.stdin.fileno(), False)
        taken, refused = 0, 0
        rest = memoryview(b"".join(planes[8:]))
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            try:
                taken += os.write(process.stdin.fileno(), rest[taken:taken + 65536])
            except BlockingIOError:
                refused += 1
                time.sleep(0.01)
        failures.check(taken <= 2 * MIB and refused > 50, f"{taken} bytes were taken while it stood still")
        process.send_signal(18)
        os.set_blocking(process.stdin.fileno(), True)
        peak, said = finish(process, [bytes(rest[taken:])])
        failures.check(said == "" and len(folder.maps()) == 2, f"after standing still: {said}")
        failures.check(0 < peak <= limit, f"peak {peak / MIB:.1f} of {limit / MIB:.0f} MiB")
        print(f"32 MiB through a pipe: peak {peak / MIB:.1f} of {limit / MIB:.0f} MiB")


def within_memory():
    """The smallest memory that is named is kept, for every kind."""
    data = some_map((96, 100, 110))
    for name, compressed in (("plain", data), *streams.packed(data)):
        with Folder() as folder:
            done = run(folder.words("-j", "1", "-m", "1M", "-"), data=compressed)
            named = int(re.search(r"--memory (\d+)M", done.stderr.decode())[1])
            process = start(folder, "-j", "1", "-m", f"{named}M", "-")
            peak, said = finish(process, [compressed])
            failures.check(process.returncode == 0, f"{name}, {named} MiB: {said}")
            failures.check(peak <= named * MIB, f"{name}: peak {peak / MIB:.1f} of {named} MiB")
            print(f"{name}: peak {peak / MIB:.1f} of {named} MiB")


bombs()
claims()
long_windows()
back_pressure()
within_memory()
failures.finish()
