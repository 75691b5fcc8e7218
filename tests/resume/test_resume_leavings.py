# SPDX-License-Identifier: GPL-3.0-or-later
"""What interrupted runs leave is found by the next; signals keep it, refused maps do not; memory keeps its promise."""
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np

from resume import (PROGRAM, SMALL_STEPS, Bench, blob, check_clean, failures, folder_of, kill_when, map_bytes, passes_done,
                    records, report, run, taken_over, words)

BASE = ("--amplify", 2, "--memory", "60M")
BASE_FILES = 6  # three maps, report, log and script
STORE = ("--format", "zarr", "--chunk", "8,8,8", "--outputs", "scale", "--memory", "60M")


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
    wait_for(first, lambda: folder_of(place) and (folder_of(place) / "scratch").exists())
    failures.check(first.poll() is None, "in use: the first run ended")
    done = run(place, *BASE, bench.map)
    failures.check(done.returncode == 0 and b"interrupted" not in done.stderr, f"in use: {done.stderr}")
    first.kill()
    first.wait()


def hidden(place, ending=".part"):
    return sorted(path for path in (place / "out").iterdir() if path.name.startswith(".") and path.name.endswith(ending))


def names(place, *options):
    """What a run says of others' leavings."""
    done = run(place, "--force", *options)
    failures.check(done.returncode == 0, f"{options}: {done.stderr}")
    return [line for line in done.stderr.decode().splitlines() if "interrupted" in line]


def wait_for(process, happens):
    while process.poll() is None and not happens():
        time.sleep(0.001)


def stores(bench):
    """A store that was being filled is named, whatever the next map and command; one that still is, is not."""
    place, other = bench.place("stores"), bench.write("other.mrc", bench.map.read_bytes())
    writer = subprocess.Popen(words(place, *STORE, "-"), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    writer.stdin.write(bench.map.read_bytes()[:200000])
    writer.stdin.flush()
    wait_for(writer, lambda: hidden(place))
    left = hidden(place)
    failures.check(len(left) == 1 and left[0].is_dir() and left[0].name.startswith(".stdin_scale.zarr."), f"hidden: {left}")
    failures.check(names(place, *BASE, other) == [], "a store that is being filled was named")
    writer.kill()
    writer.wait()
    said = names(place, *BASE, other)
    failures.check(len(said) == 1 and str(left[0]) in said[0] and "rm -r" in said[0], f"stores: {said}")
    done = subprocess.run([PROGRAM, "convert", bench.map, place / "out" / "map.zarr"], capture_output=True)
    failures.check(done.returncode == 0 and str(left[0]) in done.stderr.decode(), f"convert: {done.stderr}")
    failures.check(hidden(place) == left, "a store of somebody else was removed")
    shutil.rmtree(left[0])
    failures.check(names(place, *BASE, other) == [], "told of nothing")


def filled_stores(bench):
    """The same where the store had chunks in it already; and a conversion that was killed."""
    for program_words in (lambda place: words(place, *STORE, bench.map),
                          lambda place: [PROGRAM, "convert", "--chunk", "4,4,4", bench.map, place / "out" / "map.zarr"]):
        place = bench.place("filled")
        writer = subprocess.Popen(program_words(place), stderr=subprocess.DEVNULL)
        wait_for(writer, lambda: any(any(store.glob("0/*/*")) for store in hidden(place)))
        writer.kill()
        writer.wait()
        left = hidden(place)
        said = names(place, *BASE, bench.map)
        failures.check(left and len(said) == 1 and str(left[0]) in said[0], f"filled: {left}, {said}")


def resumed_stores(bench):
    """--resume replaces the store of the run that it resumes, and no other."""
    place = bench.place("resumed")
    (place / "out" / ".blob_scale.zarr.0123ab.part").mkdir()
    failures.check(kill_when(lambda: "survey" in passes_done(place), place, "--resume", *STORE, bench.map), "nothing to leave")
    left, texts = [[path for path in hidden(place) if path.is_dir() == store] for store in (True, False)]
    failures.check([path.name for path in left] == [".blob_scale.zarr.0123ab.part", ".blob_scale.zarr.resume.part"], f"left: {left}")
    failures.check([path.name for path in texts] == [".blob.log.resume.part", ".blob_report.json.resume.part"], f"left: {texts}")
    (left[1] / "0" / "0").mkdir(parents=True, exist_ok=True)
    (left[1] / "0" / "0" / "junk").write_bytes(b"junk")
    said = names(place, *BASE, bench.write("other.mrc", bench.map.read_bytes()))
    failures.check(len(said) == 1 and " and 4 more were" in said[0], f"resumable: {said}")
    done = run(place, "--resume", *STORE, bench.map)
    text = done.stderr.decode()
    failures.check(done.returncode == 0 and str(left[0]) in text and "more" not in text, f"resumed: {text}")
    took = text.partition("taken over from the interrupted run: ")[2].split("\n")[0]
    failures.check("survey" in took, f"resumed: {text}")
    failures.check(hidden(place) == left[:1], f"resumed: {hidden(place)}")
    failures.check(not any((place / "out").rglob("junk")), "what the interrupted run wrote is in the store")


def half_named(bench):
    """A store that had its name when the run was killed is not replaced without --force; with it the run goes on."""
    whole, place = bench.place("whole"), bench.place("half")
    failures.check(run(whole, *STORE, bench.map).returncode == 0, "the whole run failed")
    leave(place, *STORE, bench.map)
    shutil.copytree(whole / "out" / "blob_scale.zarr", place / "out" / "blob_scale.zarr")
    done = run(place, "--resume", *STORE, bench.map)
    failures.check(done.returncode == 5 and b"--force" in done.stderr and folder_of(place), f"half named: {done}")
    done = run(place, "--resume", "--force", *STORE, bench.map)
    failures.check(done.returncode == 0 and "survey" in taken_over(place), f"half named: {done.stderr}")
    stores = [{path.relative_to(store): path.read_bytes() for path in store.rglob("*/*/*") if path.is_file()}
              for store in (whole / "out" / "blob_scale.zarr", place / "out" / "blob_scale.zarr")]
    failures.check(stores[0] and stores[0] == stores[1], "half named: not the same voxels")
    check_clean(place, "half named")


def others_resumable(bench):
    """With --resume, others' resumable files are named, also those of a map whose name begins alike; one's own are not."""
    place, longer = bench.place("others"), bench.write("blob_2.mrc", bench.map.read_bytes())
    own = leave(place, *BASE, bench.map)
    aside = own.rename(place / own.name)
    other = leave(place, *BASE, longer)
    aside.rename(own)
    failures.check(own != other, "others: one journal for two maps")
    files = {path: path.name.startswith(".blob_2") for path in hidden(place, ".resume.part")}
    failures.check(sorted(files.values()) == [False] * BASE_FILES + [True] * BASE_FILES, f"others: left {list(files)}")
    for mine, folder, others in ((longer, own, BASE_FILES), (bench.map, other, 0)):
        done = run(place, "--resume", *BASE, mine)
        said = [line for line in done.stderr.decode().splitlines() if "interrupted" in line and "taken over" not in line]
        failures.check(done.returncode == 0 and len(said) == 1 - (others == 0), f"others: {mine.name}: {done.stderr}")
        failures.check(not others or (str(folder) in said[0] and f" and {others} more were" in said[0]), f"others: {mine.name}: {said}")
    check_clean(place, "others")


def replaced_store(bench):
    """Nobody else's run is told of a store that is on its way out."""
    place = bench.place("replaced")
    failures.check(run(place, *STORE, bench.map).returncode == 0, "the first run failed")
    writer = subprocess.Popen(words(place, "--force", "--quiet", *STORE, bench.map))
    said, other = [], bench.write("other.mrc", map_bytes(blob((24, 24, 24))))
    while writer.poll() is None:
        said += names(place, "--outputs", "scale", other)
    failures.check(writer.returncode == 0 and said == [] and hidden(place) == [], f"replaced: {said}, {hidden(place)}")


def nameless_refused(bench):
    """Where the file system has no nameless files."""
    place = bench.place("named")
    writer = subprocess.Popen(words(place, *BASE, "-"), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env={**os.environ, "LD_PRELOAD": SHIM, "FAULT_DENY": "t", "FAULT_LOG": "/dev/null",
                                   "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"})
    writer.stdin.write(bench.map.read_bytes()[:200000])
    writer.stdin.flush()
    wait_for(writer, lambda: len(hidden(place)) == BASE_FILES)
    failures.check(names(place, *BASE, bench.map) == [], "files that are being written were named")
    writer.kill()
    writer.wait()
    said = names(place, *BASE, bench.map)
    failures.check(len(said) == 1 and str(place / "out" / ".stdin") in said[0] and f" and {BASE_FILES - 1} more were" in said[0], f"named: {said}")


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


SHIM = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else ""
looks = [told, in_use, stores, filled_stores, resumed_stores, half_named, others_resumable, replaced_store, signalled, refused_map, resources,
         planned]
if SHIM:
    looks.append(nameless_refused)
if "OCCUSTREAM_NO_MEMORY_TESTS" not in os.environ:
    looks.append(memory)
with Bench() as bench:
    for look in looks:
        look(bench)
failures.finish()
