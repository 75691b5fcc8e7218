# SPDX-License-Identifier: GPL-3.0-or-later
"""What a journal does not fit is refused in one line that says why; a damaged one never gives other numbers."""
import fcntl
import os
import random
import re
import shutil
import subprocess

from resume import (PROGRAM, RECORD, SMALL_STEPS, Bench, check_clean, check_line, check_same, failures, folder_of,
                    kill_when, passes_done, records, results, run, taken_over)

BASE = ("--amplify", 2, "--hist-match", "--memory", "60M")

# Every option of `estimate` is here: with what it is changed to, or why that is none of the journal's business.
CHANGED = {
    "resolution": 9, "lowpass": 9, "tau": .9, "kernel-size": 5, "kernel-radius": 1.5, "tile-size": 5, "s0": None,
    "occupancy": None, "raw-scale": None, "max-box": 40, "region": "ball", "nlrc": None, "compat": "occupy-0.1.13",
    "solvent-def": "SOLVENT", "hedge-confidence": 2, "exclude-solvent": None, "omit-confidence": None, "amplify": 3,
    "attenuate": 2, "sigmoid": 2, "scale-limit": .1, "lowpass-output": 8, "target-mask": "MASK", "labels": "LABELS",
    "volume": 1, "nonfinite": "zero", "io": "mmap", "outputs": "scale,amplified", "dtype": "f16",
    "no-chimerax": None, "format": "mrc.zst", "memory": "61M", "threads": 1,
}
TOGETHER = {"pivot": ("--sigmoid", 2, "--pivot", .3), "seed": ("--attenuate", 2, "--seed", 3)}
HARMLESS = {"connections", "max-voxels", "max-expansion", "force", "progress", "quiet", "verbose"}
ELSEWHERE = {"output", "scratch", "plan", "resume", "help", "chimerax", "hist-match"}


def interrupted(place, *options, until="solvent"):
    """A run killed once the pass `until` is done."""
    done = kill_when(lambda: until in passes_done(place), place, "--resume", *options,
                     env=dict(SMALL_STEPS, OCCUSTREAM_CHECKPOINT="0.001"))
    failures.check(done and folder_of(place) is not None, f"no run to resume: {options}")


def keep(bench, place):
    saved = bench.path / "saved"
    shutil.rmtree(saved, ignore_errors=True)
    shutil.copytree(place, saved)


def put_back(bench, place):
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(bench.path / "saved", place)


def all_options():
    text = subprocess.run([PROGRAM, "estimate", "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^ +(?:-\w, )?--([a-z0-9-]+)", text, re.M))


def changed_options(bench):
    known = set(CHANGED) | set(TOGETHER) | HARMLESS | ELSEWHERE
    failures.check(all_options() - known - IN_OTHER_FORMATS == set(), f"not looked at: {all_options() - known}")
    bench.add_cube()
    place = bench.place("options")
    interrupted(place, *BASE, bench.cube)
    files = dict.fromkeys(("SOLVENT", "MASK", "LABELS"), bench.cube_mask)
    for name, value in CHANGED.items():
        options = (f"--{name}",) if value is None else (f"--{name}", files.get(value, value))
        refuse(place, (*BASE, *options, bench.cube), 2 if value not in files else 3, name)
    for name, options in TOGETHER.items():
        refuse(place, (*BASE, *options, bench.cube), 2, name)
    refuse(place, ("--amplify", 2, "--memory", "60M", bench.cube), 2, "without --hist-match")
    failures.check("solvent" in passes_done(place), "a refusal changed the journal")
    done = run(place, "--resume", *BASE, "--connections", 2, "--force", "--verbose", "--max-voxels", 9999999, bench.cube)
    failures.check(done.returncode == 0 and "solvent" in taken_over(place), f"harmless options: {done.stderr}")


# Of formats other than MRC.
IN_OTHER_FORMATS = {"zarr", "chunk", "codec", "sandbox"}


def refuse(place, options, status, what):
    done = run(place, "--resume", *options)
    check_line(done, status, ("interrupted run", "to start afresh, remove"), what)


def changed_inputs(bench):
    data = bench.map.read_bytes()
    place = bench.place("inputs")
    interrupted(place, *BASE, "--solvent-def", bench.solvent, bench.map)
    options = (*BASE, "--solvent-def", bench.solvent, bench.map)
    times = (bench.map.stat().st_atime_ns, bench.map.stat().st_mtime_ns)

    os.utime(bench.map, ns=(times[0], times[1] + 1000000000))
    refuse(place, options, 3, "another time")
    bench.map.write_bytes(data[:1024 + 4 * 7] + b"\x01" + data[1024 + 4 * 7 + 1:])
    os.utime(bench.map, ns=times)
    refuse(place, options, 3, "another voxel, the same time")
    bench.map.write_bytes(data + b"more")
    os.utime(bench.map, ns=times)
    refuse(place, options, 3, "another size")
    bench.map.write_bytes(data)
    os.utime(bench.map, ns=times)

    solvent = bench.solvent.read_bytes()
    bench.solvent.write_bytes(solvent)
    refuse(place, options, 3, "another solvent definition")
    bench.solvent.write_bytes(solvent)


def two_at_once(bench):
    place = bench.place("two")
    interrupted(place, *BASE, bench.map)
    with open(folder_of(place) / "journal") as journal:
        fcntl.flock(journal, fcntl.LOCK_EX)
        check_line(run(place, "--resume", *BASE, bench.map), 5, ("another run is using it",), "two on one journal")
    done = run(place, "--resume", *BASE, bench.map)
    failures.check(done.returncode == 0, f"after the other: {done.stderr}")

    place, other = bench.place("two"), bench.place("other")
    first = subprocess.Popen([PROGRAM, "estimate", "--resume", "-o", str(place / "out"), "--scratch",
                              str(place / "scratch"), "-"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    first.stdin.write(bench.map.read_bytes()[:200000])
    first.stdin.flush()
    while not list((place / "out").glob(".*.part")):
        pass
    done = subprocess.run([PROGRAM, "estimate", "--resume", "-o", str(place / "out"), "--scratch",
                           str(other / "scratch"), "-"], input=bench.map.read_bytes(), capture_output=True)
    check_line(done, 5, ("another run is writing it",), "two on the same outputs")
    failures.check(not list((other / "scratch").iterdir()), "the second left scratch")
    first.stdin.write(bench.map.read_bytes()[200000:])
    first.stdin.close()
    failures.check(first.wait() == 0, "the first of two failed")


def flip(path, at, bit=0):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))


def same_or_refused(bench, place, expected, what, options):
    """The same files, or one line and nothing written."""
    done = run(place, "--resume", *options)
    if done.returncode == 0:
        check_same(place, expected, what)
        check_clean(place, what)
        return "same"
    check_line(done, 5, ("to start afresh, remove",), what)
    failures.check(all(name.startswith(".") for name in results(place)), f"{what}: wrote {results(place).keys()}")
    shutil.rmtree(folder_of(place))
    again = run(place, "--resume", *options)
    failures.check(again.returncode == 0, f"{what}, afresh: {again.stderr}")
    check_same(place, expected, f"{what}, afresh")
    return "refused"


def damaged(bench):
    options = ("--amplify", 2, "--lowpass-output", 7, "--memory", "60M", "--labels", bench.labels, bench.map)
    plain = bench.place("plain")
    failures.check(run(plain, *options).returncode == 0, "the plain run failed")
    expected = results(plain)
    dice = random.Random(7)
    outcomes = {}
    place = bench.place("damaged")
    interrupted(place, *options, until="emit")
    keep(bench, place)
    entries = dice.sample(records(place), 12)
    for kind, at, _ in entries:  # a bit in the payload of each record, one in its head
        for where in (at, at - RECORD.size + dice.randrange(RECORD.size)):
            put_back(bench, place)
            flip(folder_of(place) / "journal", where, dice.randrange(8))
            outcome = same_or_refused(bench, place, expected, f"bit at {where} of the journal", options)
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
    for _ in range(6):
        put_back(bench, place)
        journal = folder_of(place) / "journal"
        os.truncate(journal, dice.randrange(journal.stat().st_size))
        outcome = same_or_refused(bench, place, expected, "a torn journal", options)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    print("damaged journals:", outcomes)

    for part in (lambda: folder_of(place) / "scratch", lambda: place / "out" / ".blob_scale.mrc.resume.part"):
        put_back(bench, place)
        flip(part(), part().stat().st_size // 2, 3)
        failures.check(same_or_refused(bench, place, expected, f"a bit of {part().name}", options) == "refused",
                       f"a changed bit of {part} went unseen")
        for change in (lambda path: os.truncate(path, path.stat().st_size // 2), os.unlink):
            put_back(bench, place)
            change(part())
            failures.check(same_or_refused(bench, place, expected, f"a cut or missing {part}", options) == "refused",
                           f"a cut or missing {part} went unseen")


def in_the_way(bench):
    """A file came up under the name of a result: refused, nothing lost."""
    place = bench.place("way")
    interrupted(place, *BASE, bench.map)
    (place / "out" / "blob_scale.mrc").write_text("mine")
    check_line(run(place, "--resume", *BASE, bench.map), 5, ("it exists already",), "a file in the way")
    failures.check((place / "out" / "blob_scale.mrc").read_text() == "mine", "a file in the way was replaced")
    (place / "out" / "blob_scale.mrc").unlink()
    done = run(place, "--resume", *BASE, bench.map)
    failures.check(done.returncode == 0 and "solvent" in taken_over(place), f"the way is free: {done.stderr}")


def usage(bench):
    place = bench.place("usage")
    done = subprocess.run([PROGRAM, "estimate", "--resume", "-o", "-", "--outputs", "scale", str(bench.map)],
                          capture_output=True)
    check_line(done, 2, ("--resume", "needs files"), "standard output")


with Bench() as bench:
    for look in (usage, changed_options, changed_inputs, two_at_once, in_the_way, damaged):
        look(bench)
failures.finish()
