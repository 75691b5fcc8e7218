#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same bytes in every file of every format, whatever memory, threads, scratch and instruction set.

Usage: test_tiled_same_bytes.py OCCUSTREAM
"""
import os
import pathlib
import sys

try:
    import stores
except ImportError as missing:
    print("SKIP:", missing)
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "streams"))
from streams import Folder, failures, run, some_map  # noqa: E402

FORMATS = (["--format", "mrc.zst"], ["--format", "zarr", "--chunk", "16,16,16"],
           ["--format", "zarr", "--zarr", "3", "--chunk", "12,20,16", "--codec", "blosc"])
PLAIN, RESTORED, FINISHED = ["--amplify", "2"], ["--max-box", "64", "--attenuate", "2"], ["--sigmoid", "2", "--hist-match"]
CASES = ((PLAIN, 0), (PLAIN, 1), (PLAIN, 2), (RESTORED, 0), (RESTORED, 2), (FINISHED, 1))  # options and format


def smallest(folder, options):
    """The smallest memory that works, in MiB, as a refusal names it."""
    folder.clear()
    said = run(folder.words("-q", "-m", "1M", *options, folder.path / "map.mrc")).stderr.decode()
    return int(said.rsplit("--memory ", 1)[1].rstrip("M\n"))


def files(folder, options, environment):
    """All that was written, but for report and log, which tell of the run."""
    folder.clear()
    done = run(folder.words("-q", *options, folder.path / "map.mrc"), env={**os.environ, **environment})
    failures.check(done.returncode == 0, f"{options}: {done.stderr}")
    return {name: data for name, data in stores.files_of(folder.path / "out").items()
            if name not in ("map.log", "map_report.json")}


def main():
    with Folder() as folder:
        folder.write("map.mrc", some_map((90, 100, 110)))
        for options, number in CASES:
            words = [*options, *FORMATS[number]]
            least = f"{smallest(folder, words)}M"
            right = files(folder, [*words, "--threads", "1", "-m", "2G"], {})
            failures.check(len(right) > 2, f"{words}: {len(right)} files")
            for threads, memory, environment in ((4, "2G", {}), (1, least, {}), (3, least, {}),
                                                 (2, "2G", {"OCCUSTREAM_SIMD": "scalar"})):
                other = files(folder, [*words, "--threads", threads, "-m", memory], environment)
                what = f"{words}, {threads} threads, {memory}, {environment}"
                failures.check(other.keys() == right.keys(), f"{what}: other files")
                failures.check(other == right, f"{what}: other bytes")
    failures.finish()


if __name__ == "__main__":
    sys.exit(main())
