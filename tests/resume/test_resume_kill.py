# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of every kind, killed at random moments and resumed: the files are those of a run that was left alone."""
import random
import time

from resume import (SMALL_STEPS, Bench, check_clean, check_same, failures, folder_of, half_done, is_named, kill_after, kill_when, passes_done, records, results,
                    run, taken_over)

ALL_MAPS = "scale,confidence,lowpass,amplified,attenuated,sigmoid"
MODIFY = ("--amplify", 2, "--attenuate", 2, "--sigmoid", 2, "--outputs", ALL_MAPS)


half_done_passes = []


def kinds(bench):
    """Name, map, options, file that goes to standard input."""
    yield "all outputs", bench.map, (*MODIFY, "--labels", bench.labels, "--target-mask", bench.mask), None
    yield ("low-passed and matched, float16", bench.map,
           (*MODIFY, "--lowpass-output", 7, "--hist-match", "--dtype", "f16"), None)
    yield ("restored from a smaller box", bench.map,
           (*MODIFY, "--max-box", 48, "--labels", bench.labels, "--lowpass-output", 7), None)
    yield ("reference rules, padded", bench.cube,
           (*MODIFY, "--compat", "occupy-0.1.13", "--max-box", 48, "--lowpass-output", 9, "--target-mask",
            bench.cube_mask), None)
    yield ("gzip, little memory", bench.gz, (*MODIFY, "--memory", "24M", "--labels", bench.labels,
                                             "--solvent-def", bench.solvent), None)
    yield "through a pipe", "-", ("--amplify", 2, "--hist-match", "--dtype", "f16"), bench.gz


def measure(bench, name, source, options, data):
    """Results of a run that is left alone, without and with a journal, and the time that the latter takes."""
    plain = bench.place("plain")
    content = data.read_bytes() if data else None
    done = run(plain, *options, source, data=content)
    failures.check(done.returncode == 0, f"{name}: {done.stderr}")
    expected = results(plain)
    kept = bench.place("kept")
    began = time.monotonic()
    done = run(kept, "--resume", *options, source, data=content)
    seconds = time.monotonic() - began
    failures.check(done.returncode == 0, f"{name}, kept: {done.stderr}")
    check_same(kept, expected, f"{name}, kept")
    check_clean(kept, f"{name}, kept")
    failures.check(not taken_over(kept), f"{name}, kept: took over {taken_over(kept)}")
    return expected, seconds


def is_finished(place):
    """Whether the kill came too late: the results are there, and the journal is gone."""
    return any((place / "out").glob("*_report.json")) and not records(place)


def kill_and_resume(bench, dice, name, source, options, data, expected, seconds):
    place = bench.place("killed")
    moments, passes, kills = [], set(), 0
    for _ in range(dice.choice((1, 1, 2, 3))):
        moments.append(dice.uniform(0.0, 1.0) * seconds)
        if not kill_after(moments[-1], place, "--resume", *options, source, data=data):
            break
        kills += 1
        if is_finished(place):
            break
        before, passes = passes, set(passes_done(place))
        failures.check(before <= passes, f"{name}: {before - passes} went lost")
    named, half = is_named(place), half_done(place)
    half_done_passes.append(half)
    what = f"{name}, killed after {', '.join(f'{moment:.3f}' for moment in moments)} s with {sorted(passes)} done"
    print(what, f"and {half} in part" if half else "", "but for names" if named else "", flush=True)
    if is_finished(place):
        check_same(place, expected, f"{what}: finished")
        return kills
    done = run(place, "--resume", *options, source, data=data.read_bytes() if data else None)
    failures.check(done.returncode == 0, f"{what}: {done.stderr}")
    if done.returncode == 0:
        check_same(place, expected, what)
        check_clean(place, what)
        wanted = set() if named else passes | ({half} - {None})
        missing = wanted - set(taken_over(place))
        failures.check(not missing, f"{what}: {missing} were done again")
    return kills


def in_part(bench, wanted, options):
    """Killed when the journal has `wanted` in part: that part is not done again, and the files are the same."""
    plain = bench.place("plain")
    failures.check(run(plain, *options, bench.map).returncode == 0, f"{wanted}: the plain run failed")
    each_unit = dict(SMALL_STEPS, OCCUSTREAM_CHECKPOINT="0.0001")
    for _ in range(5):  # it may be past that by the time it is killed
        place = bench.place("killed")
        kill_when(lambda: half_done(place) == wanted, place, "--resume", *options, bench.map, env=each_unit)
        if half_done(place) == wanted:
            break
    failures.check(half_done(place) == wanted, f"{wanted} was never met in part")
    done = run(place, "--resume", *options, bench.map)
    failures.check(done.returncode == 0, f"{wanted} in part: {done.stderr}")
    check_same(place, results(plain), f"{wanted} in part")
    check_clean(place, f"{wanted} in part")
    failures.check(wanted in taken_over(place), f"{wanted} in part: all of it was done again")


def other_formats(bench):
    """What goes into other formats is made again, from what the passes before it left."""
    for format in ("zarr", "mrc.zst"):
        for more in ((), ("--lowpass-output", 7)):
            options = ("--amplify", 2, "--format", format, *more)
            plain = bench.place("plain")
            failures.check(run(plain, *options, bench.map).returncode == 0, f"{format}: the plain run failed")
            for until in ("solvent", "emit"):
                place, what = bench.place("killed"), f"{format} {more}, killed in or after {until}"
                kill_when(lambda: until in passes_done(place) or (until == "emit" and not records(place)
                          and folder_of(place)), place, "--resume", *options, bench.map)
                done = run(place, "--resume", *options, bench.map)
                failures.check(done.returncode == 0, f"{what}: {done.stderr}")
                check_same(place, results(plain), what)
                if until == "solvent":
                    failures.check("survey" in taken_over(place), f"{what}: took over {taken_over(place)}")


def main():
    seed = 20
    dice = random.Random(seed)
    print("seed", seed)
    with Bench() as bench:
        bench.add_cube()
        kills = 0
        for name, source, options, data in kinds(bench):
            expected, seconds = measure(bench, name, source, options, data)
            wanted = kills + 4
            while kills < wanted:
                kills += kill_and_resume(bench, dice, name, source, options, data, expected, seconds)
        for wanted, options in (
                ("survey", ()), ("solvent", ("--occupancy",)), ("emit", (*MODIFY, "--dtype", "f16")),
                ("emit", ("--memory", "24M", "--labels", bench.labels, "--outputs", "scale,lowpass")),
                ("restore", (*MODIFY, "--max-box", 60, "--labels", bench.labels)),
                ("match", ("--amplify", 2, "--hist-match")),
                ("finish", ("--amplify", 2, "--hist-match", "--dtype", "f16"))):
            in_part(bench, wanted, options)
        other_formats(bench)
        print(kills, "kills")
        print("in part:", [name for name in half_done_passes if name])
        failures.check(kills >= 20, f"only {kills} runs were killed")


main()
failures.finish()
