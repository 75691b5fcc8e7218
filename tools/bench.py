# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed and memory of occustream on this machine: the kernels alone, then whole runs on synthetic maps.

Every run is `occustream estimate --force --threads T MAP` with the map in the page cache. Wall and CPU seconds are those of
the fastest of the repeats; peak memory is the largest of them, as the kernel counted it. For scale, `cp` of the
same bytes (the map and both results), also from the page cache.

Imports little on purpose: a child's peak memory starts at its parent's (some 15 MB here).
"""
import argparse
import json
import os
import sys
import time

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
    return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mib": usage.ru_maxrss / 1024}


def best(repeats, command):
    runs = [run(command) for _ in range(repeats)]
    fastest = min(runs, key=lambda one: one["wall_s"])
    return {**fastest, "peak_mib": max(one["peak_mib"] for one in runs)}


def read_through(path):
    """Leaves the file in the page cache, as far as that holds it."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def phantom(build, folder, size):
    """A map of size^3 voxels of 1 A; made once and kept. The name says what made it."""
    path = os.path.join(folder, f"phantom-1-{size}.mrc")
    if not os.path.exists(path):
        run([f"{build}/tools/phantom", "--box", str(size), path + ".part"])
        os.rename(path + ".part", path)
    return path


def bench_size(options, folder, size):
    path = phantom(options.build, folder, size)
    results = os.path.join(folder, "results")
    os.makedirs(results, exist_ok=True)
    rows = []
    for threads in 1, 2:
        read_through(path)
        used = best(options.repeats, [options.program, "estimate", "--force", "--threads", str(threads),
                                      "-o", results, path])
        rows.append({"what": "estimate", "box": size, "threads": threads, **used})
    stem = os.path.splitext(os.path.basename(path))[0]
    files = [path] + [os.path.join(results, f"{stem}_{kind}.mrc") for kind in ("scale", "confidence")]
    copies = os.path.join(folder, "copies")
    os.makedirs(copies, exist_ok=True)
    for file in files:
        read_through(file)
    rows.append({"what": "cp", "box": size, "threads": 1,
                 **best(options.repeats, ["cp", *files, copies])})
    for name in os.listdir(copies):
        os.unlink(os.path.join(copies, name))
    for row in rows:
        row["mvoxel_s"] = size ** 3 / 1e6 / row["wall_s"]
    return rows


def bench_kernels(options, folder):
    output = os.path.join(folder, "kernels.json")
    run([options.kernels, "--json"], output)
    with open(output, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


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
    print(f"{'kernel, Mvoxel/s':18}" + "".join(f"{level:>10}" for level in levels))
    for kernel in dict.fromkeys(row["kernel"] for row in rows):
        speeds = {row["simd"]: row["mvoxel_s"] for row in rows if row["kernel"] == kernel}
        print(f"{kernel:18}" + "".join(f"{speeds.get(level, 0):10.0f}" for level in levels))


def print_runs(rows):
    print(f"{'run':10}{'box':>7}{'threads':>9}{'wall s':>9}{'CPU s':>9}{'peak MiB':>10}{'Mvoxel/s':>10}")
    for row in rows:
        print(f"{row['what']:10}{row['box']:6}^3{row['threads']:8}{row['wall_s']:9.2f}{row['cpu_s']:9.2f}"
              f"{row['peak_mib']:10.0f}{row['mvoxel_s']:10.1f}")


def parse():
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", help=argparse.SUPPRESS)
    parser.add_argument("--sizes", default="256,512", metavar="LIST", help="boxes of the whole runs (256,512)")
    parser.add_argument("--json", metavar="FILE", help="also write all numbers there")
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
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
