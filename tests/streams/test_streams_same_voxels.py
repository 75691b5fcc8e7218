# SPDX-License-Identifier: GPL-3.0-or-later
"""The same maps, byte for byte, from a file and from everything else the same bytes can come through."""
import fcntl
import gzip
import os
import re
import socket
import subprocess
import threading

import numpy as np

import streams
from streams import Folder, failures, packed, run, some_map

OPTIONS = ["--quiet", "--amplify", "2", "--outputs", "scale,confidence,lowpass,amplified"]


def check(folder, expected, what, words, findings=(), **how):
    folder.clear()
    done = run(folder.words(*OPTIONS, *words), **how)
    failures.check(done.returncode == 0, f"{what}: {done.stderr.decode(errors='replace')}")
    if done.returncode == 0:
        failures.check(folder.maps() == expected, f"{what}: other maps")
        found = [finding["code"] for finding in folder.report()["input"]["findings"]]
        failures.check(found == list(findings), f"{what}: findings {found}")


def expected_of(folder, data, *words):
    folder.clear()
    plain = folder.write("plain.mrc", data)
    done = run(folder.words(*OPTIONS, *words, plain))
    failures.check(done.returncode == 0, f"plain file: {done.stderr}")
    expected = folder.maps()
    failures.check(len(expected) == 4, f"maps {expected}")
    return plain, expected


def check_fifo(folder, expected, data, what):
    fifo = folder.path / "named.pipe"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_bytes(data))
    writer.start()
    check(folder, expected, what, [fifo])
    writer.join()
    fifo.unlink()


def check_socket(folder, expected, data, what):
    ours, theirs = socket.socketpair()

    def write():
        ours.sendall(data)
        ours.shutdown(socket.SHUT_WR)

    writer = threading.Thread(target=write)
    writer.start()
    before = fcntl.fcntl(theirs, fcntl.F_GETFL)
    check(folder, expected, what, ["-"], stdin=theirs)
    failures.check(fcntl.fcntl(theirs, fcntl.F_GETFL) == before, f"{what}: the flags of standard input changed")
    writer.join()
    ours.close(), theirs.close()


def check_redirected(folder, expected, path, what):
    with open(path, "rb") as file:
        check(folder, expected, what, ["-"], stdin=file)


def check_in_dribs(folder, expected, data, what):
    """A pipe that gives the first bytes one at a time: marks and headers come in pieces."""
    folder.clear()
    process = subprocess.Popen(folder.words(*OPTIONS, "-"), stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    for i in range(1100):
        process.stdin.write(data[i:i + 1])
        process.stdin.flush()
    process.stdin.write(data[1100:])
    _, said = process.communicate(timeout=60)
    failures.check(process.returncode == 0 and folder.maps() == expected, f"{what}: {said}")


def every_kind():
    with Folder() as folder:
        data = some_map()
        plain, expected = expected_of(folder, data)
        check(folder, expected, "pipe", ["-"], data=data)
        check_fifo(folder, expected, data, "named pipe")
        check_socket(folder, expected, data, "socket")
        check_redirected(folder, expected, plain, "redirected file")
        check_in_dribs(folder, expected, data, "pipe, byte by byte")
        for name, compressed in packed(data):
            path = folder.write("compressed", compressed)
            check(folder, expected, name, [path])
            check(folder, expected, f"{name}, pipe", ["-"], data=compressed)
        for name in ("gzip", "zstd"):
            compressed = streams.KINDS[name](data)
            if compressed is None:
                continue
            check_fifo(folder, expected, compressed, f"{name}, named pipe")
            check_socket(folder, expected, compressed, f"{name}, socket")
            check_redirected(folder, expected, folder.write("c", compressed), f"{name}, redirected")
            check_in_dribs(folder, expected, compressed, f"{name}, byte by byte")


def every_mode():
    """Row groups of all element sizes and both byte orders, behind an extended header."""
    for dtype in ("i1", "i2", "u2", "f2", "f4"):
        for order in "<>":
            with Folder() as folder:
                data = some_map(dtype=dtype, order=order, nsymbt=160)
                data = data[:1024] + b"S" * 160 + data[1024:]
                _, expected = expected_of(folder, data)
                check(folder, expected, f"{dtype} {order}", ["-"], data=data)


def run_variants():
    """Thread counts, memory, working boxes and masks that come once too."""
    with Folder() as folder:
        data = some_map()
        inside = np.zeros((40, 44, 36), "<f4")
        inside[14:26, 14:30, 12:24] = 1
        mask = streams.header((40, 44, 36)) + inside.tobytes()
        mask_path = folder.write("mask.mrc", mask)
        mask_gz = folder.write("mask.mrc.gz", gzip.compress(mask))
        map_gz = folder.write("map.mrc.gz", gzip.compress(data))
        for extra in ([], ["--max-box", "24"], ["--hist-match", "--lowpass-output", "6"]):
            _, expected = expected_of(folder, data, "--solvent-def", mask_path, "--target-mask", mask_path, *extra)
            check(folder, expected, f"masks compressed {extra}",
                  ["--solvent-def", mask_gz, "--target-mask", mask_gz, *extra, map_gz])
            check(folder, expected, f"mask by standard input {extra}",
                  ["--solvent-def", "-", "--target-mask", mask_gz, *extra, map_gz], data=mask)
        _, expected = expected_of(folder, data)
        folder.clear()
        refused = run(folder.words("-m", "1M", map_gz)).stderr.decode()
        smallest = re.search(r"--memory (\d+M)", refused)[1]
        check(folder, expected, "smallest memory", ["-m", smallest, "-j", "1", map_gz])
        check(folder, expected, "four threads", ["-j", "4", map_gz])


def stacks():
    """One volume of a stack; what is around it is passed over."""
    with Folder() as folder:
        volumes = [some_map(seed=seed)[1024:] for seed in range(3)]
        data = streams.header((120, 44, 36), ispg=401, mz=40) + b"".join(volumes)
        for volume in "123":
            _, expected = expected_of(folder, data, "--volume", volume)
            check(folder, expected, f"volume {volume}", ["--volume", volume, "-"], data=data)


every_kind()
every_mode()
run_variants()
stacks()
failures.finish()
