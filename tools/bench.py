# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed and memory of occustream on this machine: the kernels alone, whole runs on synthetic maps, and what larger ones would need.

Every run is `occustream estimate --force MAP` and what the table names, with the map in the page cache. Wall and CPU seconds are those of
the fastest of the repeats (from 2048^3 on there is one); peak memory is the largest of them, as the kernel counted it. What a map needs is
asked of `--plan`, which reads the header alone, here that of an empty file of the size. For scale, `cp` of the same bytes (the map and
both results), also from the page cache. A run syncs its results and `cp` does not, so both are also measured with the results in memory
(/dev/shm), where no disk takes part, and `cp` with a sync; and there the run on a single CPU.

Imports little on purpose: a child's peak memory starts at its parent's (some 15 MB here).
"""
import argparse
import json
import os
import re
import shutil
import struct
import sys
import time

import bench_plot

TMPDIR = os.environ.get("TMPDIR", "/tmp")
NOWHERE = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]


def run(command, output=None):
    """Runs a command, its output dropped or put in the file named, to its end; returns what it used."""
    actions = list(NOWHERE)
    if output:
        actions[0] = (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    begin = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - begin
    if status != 0:
        sys.exit(f"bench: failed with {os.waitstatus_to_exitcode(status)}: {' '.join(command)}")
    return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "user_s": usage.ru_utime, "peak_mib": usage.ru_maxrss / 1024}


def best(repeats, command):
    runs = [run(command) for _ in range(repeats)]
    fastest = min(runs, key=lambda one: one["wall_s"])
    return {**fastest, "peak_mib": max(one["peak_mib"] for one in runs)}


def read_through(path):
    """Leaves the file in the page cache, as far as that holds it."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


MOST_IN_MEMORY = 512
HUGE = 2048  # from here on: integer maps and float16 results, as disks are finite

# What each run adds to `estimate`, and from which box to which it is worth showing.
RUNS = [  # name, options, smallest box, largest box
    ("estimate, 1 thread", ["--threads", "1"], 0, 1024),
    ("estimate", [], 0, 4096),
    ("all modifications", ["--memory", "256M", "--amplify", "3", "--attenuate", "3", "--sigmoid", "3",
                           "--pivot", "0.3"], 0, 512),
    ("in 64 MiB", ["--memory", "64M"], 512, 512),
    ("in 128 MiB", ["--memory", "128M"], 1024, 1024),
    ("in 256 MiB", ["--memory", "256M"], 2048, 2048),
    ("max box 256", ["--compat", "occupy-0.1.13", "--max-box", "256"], 512, 4096),
]

# OccuPy 0.1.13 on a 512^3 map of 1 A voxels, 2 cores of the same kind of machine: at full resolution, and as it comes.
OCCUPY_512 = {"full resolution": 72.0, "default, on a 256^3 copy": 6.0}


def phantom(build, folder, size):
    """A map of size^3 voxels of 1 A; made once and kept. The name says what made it."""
    mode = 0 if size >= HUGE else 2
    path = os.path.join(folder, f"phantom-1-{size}-mode{mode}.mrc")
    if not os.path.exists(path):
        run([f"{build}/tools/phantom", "--box", str(size), "--mode", str(mode), path + ".part"])
        os.rename(path + ".part", path)
    return path


def row_of(what, size, used):
    voxels = size ** 3
    return {"what": what, "box": size, **used, "wall_ns_voxel": 1e9 * used["wall_s"] / voxels,
            "cpu_ns_voxel": 1e9 * used["cpu_s"] / voxels, "user_ns_voxel": 1e9 * used["user_s"] / voxels}


def empty(folder):
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))


def copied(path, results):
    stem = os.path.splitext(os.path.basename(path))[0]
    return [path] + [os.path.join(results, f"{stem}_{kind}.mrc") for kind in ("scale", "confidence")]


def bench_copy(options, folder, size, path, results):
    """`cp` of the map and of both results; a plain reading of the map."""
    files, copies = copied(path, results), os.path.join(folder, "copies")
    synced = 'for file; do into=$file; done; cp "$@" && sync "$into"/*'
    empty(copies)
    for file in files:
        read_through(file)
    rows = [row_of("cp", size, best(options.repeats, ["cp", *files, copies])),
            row_of("cp, synced", size, best(options.repeats, ["sh", "-c", synced, "sh", *files, copies])),
            row_of("cat", size, best(options.repeats, ["cat", path]))]
    empty(copies)
    return rows


MEMORY = "/dev/shm"


def bench_in_memory(options, size, path):
    """The results, and the copies, in memory."""
    folder = os.path.join(MEMORY, f"occustream-bench-{os.getuid()}")
    results, copies = os.path.join(folder, "results"), os.path.join(folder, "copies")
    estimate = [options.program, "estimate", "--force", "-o", results, path]
    rows = []
    for what, command in (("to memory", estimate),
                          ("to memory, 1 CPU", ["taskset", "-c", str(min(os.sched_getaffinity(0))), *estimate, "--threads", "1"])):
        empty(results)
        rows.append(row_of(what, size, best(options.repeats, command)))
    empty(copies)
    rows.append(row_of("cp to memory", size, best(options.repeats, ["cp", *copied(path, results), copies])))
    shutil.rmtree(folder)
    return rows


def bench_size(options, folder, size):
    path, results = phantom(options.build, folder, size), os.path.join(folder, "results")
    dtype = ["--dtype", "f16"] if size >= HUGE else []
    rows = []
    for what, extra, smallest, largest in RUNS:
        if not smallest <= size <= largest:
            continue
        empty(results)
        read_through(path)
        rows.append(row_of(what, size, best(options.repeats if size < HUGE else 1, [
            options.program, "estimate", "--force", *extra, *dtype, "-o", results, path])))
        if what == "estimate" and size < HUGE:
            rows += bench_copy(options, folder, size, path, results)
        if what == "estimate" and size <= MOST_IN_MEMORY:
            rows += bench_in_memory(options, size, path)
    empty(results)
    return rows


def bench_kernels(options, folder):
    output = os.path.join(folder, "kernels.json")
    run([options.kernels, "--json"], output)
    with open(output, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


PLANNED = [(512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (512, 4096, 4096), (2048, 4096, 4096), (4096, 4096, 4096)]


def header(box):
    """Of an 8-bit map of voxels of 1 A."""
    nz, ny, nx = box
    fields = struct.pack("<10i6f3i", nx, ny, nz, 0, 0, 0, 0, nx, ny, nz, nx, ny, nz, 90, 90, 90, 1, 2, 3)
    return fields.ljust(208, b"\0") + b"MAP DD\0\0".ljust(816, b"\0")


def plan(options, folder, box):
    """The least memory that works, and what a run takes of 1 GiB with two threads."""
    path, output = os.path.join(folder, "planned.mrc"), os.path.join(folder, "plan.txt")
    with open(path, "wb") as file:
        file.write(header(box))
        file.truncate(1024 + box[0] * box[1] * box[2])
    run([options.program, "estimate", "--plan", "--memory", "1G", "--threads", "2", "-o", folder, path], output)
    with open(output, encoding="utf-8") as file:
        said = file.read()
    os.unlink(path)
    memory = re.search(r"^memory +(.*) of .* allowed; works with (.*) or more$", said, re.MULTILINE)
    scratch = re.search(r"^scratch +(.*)$", said, re.MULTILINE)
    return {"box": "x".join(map(str, box)), "smallest": memory[2], "of_1_gib": memory[1], "scratch": scratch[1]}


def print_plans(rows):
    print(f"\n{'plan, z x y x x':18}{'smallest':>12}{'of 1 GiB':>12}   scratch")
    for row in rows:
        print(f"{row['box']:18}{row['smallest']:>12}{row['of_1_gib']:>12}   {row['scratch']}")


def machine(options, folder):
    output = os.path.join(folder, "version.txt")
    run([options.program, "--version"], output)
    with open(output, encoding="utf-8") as file:
        version = file.read().strip()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return {"cpu": models[0] if models else os.uname().machine, "cpus": os.cpu_count(),
            "kernel": os.uname().release, "occustream": version}


def print_kernels(rows):
    levels = list(dict.fromkeys(row["simd"] for row in rows))
    print(f"{'kernel, Mvoxel/s':21}" + "".join(f"{level:>10}" for level in levels))
    for kernel in dict.fromkeys(row["kernel"] for row in rows):
        speeds = {row["simd"]: row["mvoxel_s"] for row in rows if row["kernel"] == kernel}
        print(f"{kernel:21}" + "".join(f"{speeds.get(level, 0):10.0f}" for level in levels))


def print_runs(rows):
    print(f"{'run':20}{'box':>7}{'wall s':>9}{'CPU s':>9}{'ns/voxel':>10}{'CPU ns':>8}{'user ns':>9}{'peak MiB':>10}")
    for row in rows:
        print(f"{row['what']:20}{row['box']:5}^3{row['wall_s']:9.2f}{row['cpu_s']:9.2f}{row['wall_ns_voxel']:10.1f}"
              f"{row['cpu_ns_voxel']:8.1f}{row['user_ns_voxel']:9.1f}{row['peak_mib']:10.0f}")


RATIOS = [  # the slower, the faster, and what their ratio says
    ("estimate, 1 thread", "estimate", "times faster with all threads than with one"),
    ("to memory, 1 CPU", "to memory", "times faster with all CPUs than on one, results in memory"),
    ("all modifications", "estimate", "times the plain estimate for all modifications"),
    ("estimate", "cp", "times as long as cp of the same bytes, which is not synced"),
    ("estimate", "cp, synced", "times as long as cp with a sync"),
    ("to memory", "cp to memory", "times as long as cp, both to memory"),
    ("max box 256", "cat", "times a plain reading of the map with a working box of 256"),
]


def print_ratios(rows):
    """Two times of one run of this program beat any time alone."""
    wall = {(row["what"], row["box"]): row["wall_s"] for row in rows}
    for size in sorted({row["box"] for row in rows}):
        print(f"\n{size}^3:")
        for slower, faster, sense in RATIOS:
            if (slower, size) in wall and (faster, size) in wall:
                print(f"  {wall[slower, size] / wall[faster, size]:6.2f} {sense}")
        if size == 512:
            for what, seconds in OCCUPY_512.items():
                print(f"  {seconds / wall['estimate', size]:6.1f} times faster than OccuPy ({what}, {seconds:.0f} s or more)")


def parse():
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", help=argparse.SUPPRESS)
    parser.add_argument("--sizes", default="256,512", metavar="LIST", help="boxes of the whole runs (256,512); 2048 needs 45 GB of disk")
    parser.add_argument("--json", metavar="FILE", help="also write all numbers there")
    parser.add_argument("--pictures", metavar="FOLDER", help="also draw time and memory against box size, as SVG")
    parser.add_argument("--quick", action="store_true", help="one small box, once, no kernels: does it work?")
    options = parser.parse_args()
    options.sizes = [int(size) for size in (options.sizes if not options.quick else "128").split(",")]
    options.repeats = 1 if options.quick else 3
    options.program = f"{options.build}/src/cli/occustream"
    options.kernels = f"{options.build}/tests/bench_kernels"
    return options


def main():
    options = parse()
    folder = os.path.join(TMPDIR, f"occustream-bench-{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    found = {"machine": machine(options, folder), "kernels": [], "runs": []}
    print("{cpu}, {cpus} CPUs, Linux {kernel}\n{occustream}\n".format(**found["machine"]))
    if not options.quick:
        found["kernels"] = bench_kernels(options, folder)
        print_kernels(found["kernels"])
        print()
    for size in options.sizes:
        found["runs"] += bench_size(options, folder, size)
    print_runs(found["runs"])
    print_ratios(found["runs"])
    found["plans"] = [plan(options, folder, box) for box in PLANNED]
    print_plans(found["plans"])
    if options.pictures:
        bench_plot.draw(found["runs"], options.pictures)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
