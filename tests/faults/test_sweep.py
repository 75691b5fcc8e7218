# SPDX-License-Identifier: GPL-3.0-or-later
"""One call to the system fails, in turn each: the run ends with one clear line, the right exit status and nothing left
behind, or goes well with the same bytes. What may be tried again (an interrupted call, half of the bytes moved) must go well.

Usage: test_sweep.py OCCUSTREAM SHIM [--way WAY] [--all | --places] [--list]
"""
import argparse
import concurrent.futures
import os
import shutil
import sys
import time
import zlib

from scene import IO, LIMIT, NO_SPACE, Failures, Scene, Way, without_kept, wrong

# A new way to run the program is one line here.
WAYS = [
    Way("plain", "-j1"),
    Way("threads", "-j3 -m 24M"),
    Way("modified", "-j2 --amplify 2 --attenuate 3 --sigmoid 3 --exclude-solvent --lowpass-output 8 --hist-match"
                    " --labels {0}/labels.mrc --target-mask {0}/mask.mrc --solvent-def {0}/mask.mrc", earlier=True),
    Way("gz", "-j2 -m 20M", source="gz"),
    Way("zst", "-j1 --solvent-def {0}/mask.mrc", source="zst"),
    Way("scratch", "-j1 -m 17M --max-box 22 --amplify 2", earlier=True),
    Way("pipe", "-j2", source="pipe.xz"),
    Way("fifo", "-j1 --outputs scale", source="fifo", earlier=True),
    Way("stdout", "-j2 --outputs amplified --amplify 2", piped=True),
    Way("mmap", "-j2 --io mmap --labels {0}/labels.mrc"),
    Way("half", "-j1 --dtype f16 --progress json"),
    Way("zarr", "-j2 --format zarr --outputs scale"),
    Way("zarr-replace", "-j1 --format zarr --zarr 3", earlier=True),
    Way("frames", "-j2 --format mrc.zst --amplify 2"),
    Way("plain-files", "-j1", deny="tf"),
    Way("plain-replace", "-j1", deny="tx", earlier=True),
    Way("old-system", "-j1", deny="tfxn"),
    Way("resume", "-j1 --resume --amplify 2 --labels {0}/labels.mrc -m 24M"),
    Way("resume-zarr", "-j1 --resume --format zarr --outputs scale", earlier=True),
    Way("zarr2-input", "-j2", source="v2/map.zarr"),
    Way("zarr3-input", "-j1 -m 20M --outputs scale --dtype f16", source="v3/map.zarr", earlier=True),
    Way("to-zarr2", "-j2", command="convert", target="map.zarr"),
    Way("to-zarr3", "-j1 --zarr 3 --chunk 7,11,13 --codec blosc --verify", command="convert", target="map.zarr", earlier=True),
    Way("to-frames", "-j2 --dtype f16", command="convert", source="v3/map.zarr", target="map.mrc.zst"),
    Way("from-zarr", "-j2 --verify", command="convert", source="v2/map.zarr", target="map.mrc", earlier=True),
    Way("from-frames", "-j1", command="convert", source="frames/map.mrc.zst", target="map.mrc"),
    Way("from-pipe", "-j1 --chunk 16,16,16", command="convert", source="pipe.gz", target="map.zarr"),
    Way("to-stdout", "-j1", command="convert", source="v2/map.zarr", target="map.mrc", piped=True),
]
MAY_BE = {"EIO": {IO}, "ENOSPC": {NO_SPACE}, "EMFILE": {IO}, "EINTR": set(), "short": set(), "ENOMEM": {LIMIT}}


PLACES = 0  # in place of a number of calls


class Sweep:
    def __init__(self, scene, way, failures, most):
        self.scene, self.way, self.failures, self.most = scene, way, failures, most
        self.good = scene.run(way)
        self.before = way.earlier_results()
        failures.check(self.good.status == 0 and wrong(self.good, self.good, self.before, ()) == "",
                       f"{way.name}: without a fault: {self.good.status} {self.good.said}")
        self.runs = 0

    def sites(self, kind):
        """From where in the program the calls come, by their number."""
        log = self.scene.path / f"sites-{self.way.name}-{kind}"
        self.scene.run(self.way, {"FAULT_KIND": kind, "FAULT_AT": "0", "FAULT_LOG": str(log), "FAULT_SITES": "1"})
        told = [line.split() for line in log.read_text().split("\n") if line.startswith("site ")]
        log.unlink()
        return {int(number): place for _, number, place in told}

    def one(self, kind, number, further):
        """Runs with call `number` failing; returns what the shim says."""
        log = self.scene.path / f"log-{self.way.name}-{kind}-{number}-{further}"
        fault = {"FAULT_KIND": kind, "FAULT_AT": str(number), "FAULT_LOG": str(log), **({"FAULT_ALL": "1"} if further else {})}
        folder = self.scene.place_for(self.way)
        outcome = self.scene.run_in(folder, self.way, fault)
        told = log.read_text().split("\n") if log.exists() else []
        log.unlink(missing_ok=True)
        failed = [line.split()[1] for line in told if line.startswith("failed")]
        counted = [int(line.split()[1]) for line in told if line.startswith("counted")]
        what = wrong(without_kept(outcome), self.good, self.before, MAY_BE[kind])
        if "--resume" in self.way.words and outcome.status != 0 and not what:
            what = wrong(self.scene.run_in(folder, self.way), self.good, self.before, ())
            what = what and f"the same command again: {what}"
        shutil.rmtree(folder, ignore_errors=True)
        where = failed[0] if failed else "none"
        self.failures.check(what == "", f"{self.way.name}: {kind}{' from' if further else ' at'} call {number} ({where}): {what}")
        self.runs += 1
        return len(failed), counted[0] if counted else 0, outcome

    def numbers(self, kind, calls):
        """All; or the first and the last, and the others from as many different places in the program as there may be. Ways
        have most places in common, and each way takes others of them."""
        if calls <= self.most != PLACES:
            return list(range(1, calls + 1))
        first = {}
        for number, place in sorted(self.sites(kind).items()):
            first.setdefault(place, number)
        places = sorted(number for number in first.values() if number <= calls)
        if self.most == PLACES:
            return places
        step = max(1, -(-len(places) // self.most))
        chosen = {1, calls, *places[zlib.crc32(self.way.name.encode()) % step::step]}
        between = range(1, calls, max(1, calls // max(1, self.most - len(chosen))))  # fewer places than runs
        return sorted({*chosen, *between} if len(chosen) < self.most else chosen)

    def kind(self, kind, workers):
        _, calls, _ = self.one(kind, 0, False)
        numbers = self.numbers(kind, calls)
        jobs = [(kind, number, False) for number in numbers]
        if kind in ("EIO", "ENOSPC", "EMFILE"):  # a disk stays broken, and full
            jobs += [(kind, number, True) for number in numbers[::4]]
        fired = sum(count > 0 for count, _, _ in workers.map(lambda job: self.one(*job), jobs))
        beyond, _, outcome = self.one(kind, 10 * calls + 1000, False)
        self.failures.check(beyond == 0 and outcome.status == 0, f"{self.way.name}: {kind}: the sweep has no end")
        self.failures.check(not calls or fired > len(jobs) // 2, f"{self.way.name}: {kind}: only {fired} of {len(jobs)} faults met")
        return calls, len(jobs)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("program")
    words.add_argument("shim")
    words.add_argument("--way", action="append")
    words.add_argument("--all", action="store_true", help="every single call")
    words.add_argument("--places", action="store_true", help="one call from every place in the program")
    words.add_argument("--kind", action="append")
    words.add_argument("--most", type=int, default=18, help="so many calls of a kind, about")
    words.add_argument("--list", action="store_true")
    given = words.parse_args()
    if given.list:
        print(*(way.name for way in WAYS))
        return
    failures = Failures()
    with Scene(given.program, given.shim) as scene, concurrent.futures.ThreadPoolExecutor(2) as workers:
        for way in WAYS:
            if given.way and way.name not in given.way:
                continue
            begin = time.monotonic()
            sweep = Sweep(scene, way, failures, 10**6 if given.all else PLACES if given.places else given.most)
            told = [f"{kind} {jobs} of {calls}" for kind in given.kind or MAY_BE for calls, jobs in [sweep.kind(kind, workers)]]
            print(f"{way.name}: {sweep.runs} runs in {time.monotonic() - begin:.0f} s; faults: {', '.join(told)}", flush=True)
    failures.finish()


if __name__ == "__main__":
    sys.exit(main())
