#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiled outputs appear complete or not at all: full disks, signals, names that are taken; and options that say nothing.

Full disks need to mount, so root; else they are left out. Usage: test_tiled_failures.py OCCUSTREAM
"""
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "streams"))
from streams import Folder, check_line, end, failures, run, some_map  # noqa: E402

FORMATS = {"mrc.zst": [], "zarr": ["--chunk", "16,16,16"], "zarr 3": ["--zarr", "3", "--chunk", "16,16,16"]}


def format_words(name):
    return ["--format", name.split()[0], *FORMATS[name]]


def suffix(name):
    return "." + name.split()[0]


def tree(folder):
    """Every path below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def full_disk():
    """Of room for one map and a half of three, the first is complete when the disk is full."""
    with Folder() as folder:
        folder.write("map.mrc", some_map((96, 96, 96)))
        out = folder.path / "out"
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=5m", "none", out], capture_output=True).returncode != 0:
            print("left out: full disks, nothing can be mounted here")
            return
        try:
            for name in FORMATS:
                done = run(folder.words("-q", "--amplify", "2", "--outputs", "scale,lowpass,amplified",
                                        *format_words(name), folder.path / "map.mrc"))
                check_line(done, 6, ["out/map_", suffix(name)], f"{name} on a full disk")
                failures.check(tree(out) == [], f"{name} on a full disk left {tree(out)}")
                failures.check(tree(folder.path / "scratch") == [], f"{name} on a full disk left scratch")
        finally:
            subprocess.run(["umount", out], check=True)


def full_scratch():
    """The coarser levels go through scratch, whose space is checked before the work."""
    with Folder() as folder:
        folder.write("map.mrc", some_map((96, 96, 96)))
        scratch = folder.path / "scratch"
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", scratch],
                          capture_output=True).returncode != 0:
            return
        try:
            done = run(folder.words("-q", *format_words("zarr"), folder.path / "map.mrc"))
            check_line(done, 6, ["--scratch"], "full scratch")
            failures.check(tree(folder.path / "out") == [], "full scratch left something")
        finally:
            subprocess.run(["umount", scratch], check=True)


def has_begun(process, out, name):
    """Whether tiles were written. A file without a name shows only in the process's own list of open files, which, like
    the folder, changes while it is looked at."""
    try:
        if any(path.is_file() for path in out.rglob("*")):
            return True
        for link in pathlib.Path(f"/proc/{process.pid}/fd").iterdir() if suffix(name) == ".mrc.zst" else ():
            where = os.readlink(link)
            if where.startswith(str(out)) and "deleted" in where and link.stat().st_size > 0:
                return True
    except OSError:
        pass
    return False


def interrupted():
    """A signal while tiles are being written."""
    with Folder() as folder:
        folder.write("map.mrc", some_map((220, 220, 220)))
        out = folder.path / "out"
        for name in FORMATS:
            for how, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
                with subprocess.Popen(folder.words("-q", *format_words(name), folder.path / "map.mrc"),
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                    begin, seen = time.monotonic(), False
                    while process.poll() is None and not seen and time.monotonic() - begin < 60:
                        seen = has_begun(process, out, name)
                    failures.check(seen, f"{name}: was over before it could be interrupted")
                    code, said, _ = end(process, how)
                failures.check(code == status, f"{name} after {how}: exit status {code}, {said}")
                failures.check(tree(out) == [], f"{name} after {how} left {tree(out)[:5]}")


def names_taken():
    with Folder() as folder:
        folder.write("map.mrc", some_map())
        out, path = folder.path / "out", folder.path / "map.mrc"
        for name in FORMATS:
            words = folder.words("-q", "--outputs", "scale", *format_words(name))
            failures.check(run([*words, path]).returncode == 0, f"{name}: first run")
            before = tree(out)
            check_line(run([*words, path]), 5, ["map_scale" + suffix(name), "--force"], f"{name}: second run")
            failures.check(tree(out) == before, f"{name}: a refused run changed something")
            target = out / ("map_scale" + suffix(name))
            inode = target.stat().st_ino
            done = run([*words, "--force", path])
            failures.check(done.returncode == 0 and target.stat().st_ino != inode, f"{name}: --force, {done.stderr}")
            failures.check(tree(out) == before, f"{name}: --force left {tree(out)}")
            # A run that is refused late keeps the earlier result.
            folder.write("flat.mrc", some_map()[:1024] + bytes(4 * 40 * 44 * 36))
            os.rename(target, out / ("flat_scale" + suffix(name)))
            kept = (out / ("flat_scale" + suffix(name))).stat().st_ino
            check_line(run([*words, "--force", folder.path / "flat.mrc"]), 3, ["contrast"], f"{name}: a flat map")
            failures.check((out / ("flat_scale" + suffix(name))).stat().st_ino == kept, f"{name}: replaced too soon")
            folder.clear()
        # Only a store is ever replaced.
        (out / "map_scale.zarr").mkdir()
        (out / "map_scale.zarr" / "thesis.txt").write_text("kept")
        done = run(folder.words("-q", "--outputs", "scale", "--format", "zarr", "--force", path))
        check_line(done, 5, ["no Zarr store has that name"], "a folder of that name")
        failures.check(tree(out) == ["map_scale.zarr", "map_scale.zarr/thesis.txt"], f"{tree(out)}")


def beyond_float16():
    """Nothing appears when values do not fit."""
    with Folder() as folder:
        data = some_map()
        import numpy as np
        voxels = np.frombuffer(data[1024:], "<f4") * 1e6
        folder.write("map.mrc", data[:1024] + voxels.astype("<f4").tobytes())
        for name in FORMATS:
            done = run(folder.words("-q", "--outputs", "lowpass", "--dtype", "f16", *format_words(name),
                                    folder.path / "map.mrc"))
            check_line(done, 4, ["float16", "--dtype f32"], f"{name}: beyond float16")
            failures.check(tree(folder.path / "out") == [], f"{name}: left something")


def options_that_say_nothing():
    with Folder() as folder:
        folder.write("map.mrc", some_map())
        for words, said in ((["--zarr", "3"], ["--zarr", "a Zarr store"]),
                            (["--chunk", "16,16,16"], ["--chunk", "a Zarr store"]),
                            (["--codec", "blosc", "--format", "mrc.zst"], ["--codec", "a Zarr store"]),
                            (["--format", "zarr", "--chunk", "16,16"], ["--chunk", "64,64,64"]),
                            (["--format", "zarr", "--chunk", "16,16,x"], ["--chunk", "64,64,64"]),
                            (["--format", "zarr", "--chunk", "16,0,16"], ["--chunk", "at least 1"]),
                            (["--format", "zarr", "--chunk", "16,16,16,16"], ["--chunk", "64,64,64"]),
                            (["--format", "zarr", "--chunk", "1024,1024,1024"], ["--chunk", "67108864"]),
                            (["--format", "zarr", "--chunk", "99999999999,99999999999,99999999999"], ["--chunk"]),
                            (["--format", "zarr", "--zarr", "4"], ["--zarr", "2, 3"]),
                            (["--format", "zip"], ["--format", "mrc, mrc.zst, zarr"]),
                            (["--format", "zarr", "--codec", "lz4"], ["--codec", "zstd, blosc"]),
                            (["--format", "zarr", "--output", "-", "--outputs", "scale"], ["--format", "standard output"])):
            done = run(folder.words("-q", *words, folder.path / "map.mrc"))
            lines = done.stderr.decode()
            failures.check(done.returncode == 2 and all(word in lines for word in said), f"{words}: {lines}")
            failures.check(folder.left() == [], f"{words}: left {folder.left()}")


def plan():
    """A plan names the pass that makes the levels, and what it may write; it writes nothing."""
    with Folder() as folder:
        folder.write("map.mrc", some_map((80, 70, 90)))
        done = run(folder.words("--plan", *format_words("zarr"), folder.path / "map.mrc"))
        failures.check(done.returncode == 0 and b"\npyramid " in done.stdout and b"before compression" in done.stdout,
                       f"plan: {done.stdout}")
        failures.check(folder.left() == [], "a plan wrote something")


full_disk()
full_scratch()
interrupted()
names_taken()
beyond_float16()
options_that_say_nothing()
plan()
failures.finish()
