# SPDX-License-Identifier: GPL-3.0-or-later
"""What interrupted runs leave is found by the next; signals keep it, refused maps do not; memory keeps its promise."""
import os
import signal
import subprocess
import time

import numpy as np

from resume import (PROGRAM, SMALL_STEPS, Bench, check_clean, failures, folder_of, kill_when, map_bytes, passes_done,
                    records, report, run, taken_over, words)

BASE = ("--amplify", 2, "--memory", "60M")


def leave(place, *options):
    failures.check(kill_when(lambda: "survey" in passes_done(place), place, "--resume", *options), "nothing to leave")
    return folder_of(place)


def told(bench):
    place = bench.place("told")
    folder = leave(place, *BASE, bench.map)
    other = bench.write("other.mrc", bench.map.read_bytes())
    done = run(place, *BASE, other)
    text = done.stderr.decode()
    failures.check(done.returncode == 0 and str(folder) in text and "--resume" in text, f"not told: {text}")
    failures.check(folder.exists(), "somebody else's journal was removed")
    done = run(place, "--quiet", "--force", *BASE, other)
    failures.check(not done.stderr, f"told although quiet: {done.stderr}")

    done = run(place, *BASE, bench.map)  # the same map without --resume
    text = done.stderr.decode()
    failures.check(done.returncode == 0 and str(folder) in text and "more were left" in text, f"not told: {text}")
    left = [path.name for path in (place / "out").iterdir() if path.name.endswith(".part")]
    failures.check(left, "the unfinished maps were removed")

    done = run(place, "--resume", "--force", *BASE, bench.map)
    text = done.stderr.decode()
    failures.check(done.returncode == 0 and "taken over" in text, f"resumed: {text}")
    check_clean(place, "told")
    done = run(place, "--force", *BASE, bench.map)
    failures.check("interrupted" not in done.stderr.decode(), f"told of nothing: {done.stderr}")


def in_use(bench):
    """What is in use is nobody's leavings."""
    place = bench.place("use")
    first = subprocess.Popen(words(place, "--resume", "-"), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    first.stdin.write(bench.map.read_bytes()[:200000])
    first.stdin.flush()
    while not folder_of(place) or not (folder_of(place) / "scratch").exists():
        time.sleep(0.01)
    done = run(place, *BASE, bench.map)
    failures.check(done.returncode == 0 and b"interrupted" not in done.stderr, f"in use: {done.stderr}")
    first.kill()
    first.wait()


def signalled(bench):
    """SIGINT and SIGTERM leave what a later run can use, and say so."""
    for number in (signal.SIGINT, signal.SIGTERM):
        place = bench.place("signalled")
        process = subprocess.Popen(words(place, "--resume", *BASE, bench.map), stderr=subprocess.PIPE, env=SMALL_STEPS)
        while process.poll() is None and "survey" not in passes_done(place):
            time.sleep(0.0005)
        process.send_signal(number)
        text = process.communicate()[1].decode()
        if process.returncode == 0:
            continue  # it was faster
        failures.check(process.returncode == 128 + number, f"signal {number}: {process.returncode}, {text}")
        failures.check("the same command goes on" in text, f"signal {number}: {text}")
        done = run(place, "--resume", *BASE, bench.map)
        failures.check(done.returncode == 0 and "survey" in taken_over(place), f"signal {number}: {done.stderr}")
        check_clean(place, f"signal {number}")


def refused_map(bench):
    """Nothing is left of a map that cannot be used."""
    data = np.zeros((40, 40, 40), "<f4")
    flat = bench.write("flat.mrc", map_bytes(data))
    data[3, 4, 5] = np.nan
    nan = bench.write("nan.mrc", map_bytes(data))
    for bad in (flat, nan):
        place = bench.place("bad")
        done = run(place, "--resume", bad)
        failures.check(done.returncode == 3, f"{bad.name}: {done.returncode}, {done.stderr}")
        check_clean(place, bad.name)


def resources(bench):
    """Without --memory and --threads those of the interrupted run are taken, so that the plan is the same."""
    place = bench.place("resources")
    leave(place, "--amplify", 2, "--memory", "31M", bench.map)
    done = subprocess.run([PROGRAM, "estimate", "-o", str(place / "out"), "--scratch", str(place / "scratch"),
                           "--resume", "--amplify", "2", str(bench.map)], capture_output=True)
    failures.check(done.returncode == 0 and "survey" in taken_over(place), f"resources: {done.stderr}")
    failures.check(report(place)["run"]["memory_limit_bytes"] == 31 << 20, "another --memory was taken")


def memory(bench):
    """The promise holds with a journal, and in the run that goes on."""
    for options in (("--memory", "20M"), ("--memory", "24M", "--amplify", 2, "--lowpass-output", 8)):
        place = bench.place("memory")
        if not kill_when(lambda: "emit" in passes_done(place), place, "--resume", *options, bench.map):
            continue
        done = run(place, "--resume", *options, bench.map)
        failures.check(done.returncode == 0, f"{options}: {done.stderr}")
        peak = report(place)["run"]["memory_peak_bytes"]
        failures.check(peak <= int(options[1][:-1]) << 20, f"{options}: peak of {peak / 2 ** 20:.1f} MiB")


def planned(bench):
    """--plan shows what --resume would do and changes nothing."""
    place = bench.place("planned")
    folder = leave(place, *BASE, bench.map)
    before = records(place)
    done = run(place, "--plan", "--resume", *BASE, bench.map)
    failures.check(done.returncode == 0 and str(folder) in done.stdout.decode(), f"plan: {done.stdout} {done.stderr}")
    failures.check(records(place) == before, "--plan changed the journal")


looks = [told, in_use, signalled, refused_map, resources, planned]
if "OCCUSTREAM_NO_MEMORY_TESTS" not in os.environ:
    looks.append(memory)
with Bench() as bench:
    for look in looks:
        look(bench)
failures.finish()
