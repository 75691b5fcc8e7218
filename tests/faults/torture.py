# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tiny maps in random ways, with and without faults, some killed, and compares every result with that of a plain
run: the same bytes whatever the number of threads, the memory, where the map comes from and where the results go, and
however often it was killed and resumed. Some are chains of conversions, of which every link must be what converting the
map at once gives.

Usage: torture.py OCCUSTREAM [--shim SHIM] [--minutes M | --runs N] [--seed S] [--jobs J]

Every run has a seed of its own, from which all about it follows: --seed S --runs 1 repeats it.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import http.server
import itertools
import os
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time

from scene import CONVERTED, IO, LIMIT, NO_SPACE, PACK, Failures, Scene, Way, digests, without_kept, wrong

KINDS = {"EIO": {IO}, "ENOSPC": {NO_SPACE}, "EMFILE": {IO}, "EINTR": set(), "short": set(), "ENOMEM": {LIMIT}}
OPTIONS = 128
SHAPES = [(24, 24, 24), (24, 26, 28), (40, 24, 31), (17, 40, 24), (33, 33, 33), (40, 40, 40)]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, with and without parts (ranges)."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        try:
            whole = pathlib.Path(self.directory, self.path.strip("/").removeprefix("whole/")).read_bytes()
        except OSError:  # a chunk of a store that is all zero
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        wanted = self.headers.get("Range") if not self.path.startswith("/whole/") else None
        first, last = 0, len(whole) - 1
        if wanted:
            start, _, end = wanted.removeprefix("bytes=").partition("-")
            first, last = int(start), min(int(end or last), last)
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(whole)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("ETag", '"1"')
        self.end_headers()
        self.wfile.write(whole[first:last + 1])

    do_HEAD = None

    def log_message(self, *arguments):
        pass


def serve(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *rest: Quiet(*rest, directory=str(folder)))
    server.daemon_threads = True
    server.handle_error = lambda *rest: None  # killed runs leave in the middle of an answer
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@dataclasses.dataclass
class Torture:
    scenes: list  # one a shape
    servers: list
    good: dict = dataclasses.field(default_factory=dict)  # of a shape and a plain way: what it makes
    tally: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def expected(self, shape, words, **how):
        """One thread, memory in plenty, from a file, without a fault; made once."""
        key = shape, words, *how.items()
        with self.lock:
            if key not in self.good:
                self.good[key] = self.scenes[shape].run(Way("plain", "-j1 -m 200M " + words, **how))
            return self.good[key]

    def url(self, shape, packed, whole):
        path = packed if "/" in packed else "map.mrc" + ("." + packed if packed else "")
        return f"http://127.0.0.1:{self.servers[shape].server_address[1]}/{'whole/' if whole and 'v3' not in path else ''}{path}"


def some_form(chance):
    """Of a tiled format: the words for it."""
    words = ["--zarr", chance.choice("23")] if chance.random() < .5 else []
    words += ["--chunk", chance.choice(["16,16,16", "7,11,13", "40,40,40"])] if chance.random() < .5 else []
    return words + (["--codec", "blosc"] if chance.random() < .4 else [])


def some_options(number):
    """What is computed: the same options must give the same bytes. There are OPTIONS of them, so that not every run needs
    a plain one to compare with."""
    chance = random.Random(number)
    words, maps = [], ["scale"]
    for name, strength in (("amplify", "2"), ("attenuate", "3"), ("sigmoid", "2.5")):
        if chance.random() < .25:
            words += [f"--{name}", strength]
            maps.append({"amplify": "amplified", "attenuate": "attenuated", "sigmoid": "sigmoid"}[name])
    if len(maps) > 1 and chance.random() < .4:
        words += chance.choice([["--hist-match"], ["--lowpass-output", "8"], ["--hist-match", "--lowpass-output", "7"]])
    for extra, share in ((["--solvent-def", "{0}/mask.mrc"], .2), (["--labels", "{0}/labels.mrc"], .2),
                         (["--target-mask", "{0}/mask.mrc"], .1), (["--max-box", "22"], .1), (["--nlrc"], .1),
                         (["--dtype", "f16"], .2), (["--raw-scale"], .1),
                         (["--s0"], .1), (["--region", "box"], .1), (["--seed", "7"], .1 if {"attenuated", "sigmoid"} & {*maps} else 0)):
        if chance.random() < share:
            words += extra
    if chance.random() < .1:
        words += ["--exclude-solvent"]
    if chance.random() < .4:
        words += ["--format", "zarr", *some_form(chance)] if chance.random() < .7 else ["--format", "mrc.zst"]
    return words, maps


def some_source(chance):
    """How the map comes, and as which file."""
    kind = chance.choice(["", "", "", "pipe", "fifo", "http"])
    return kind, chance.choice(["", "", *PACK, *(CONVERTED if kind in ("", "http") else ["frames/map.mrc.zst"])])


def some_way(chance, what):
    """How it is computed: must make no difference."""
    words = ["-j", str(chance.choice([1, 1, 2, 3, 5, 8]))]
    kind, packed = some_source(chance)
    least = {"": 18, "gz": 20}.get(packed, 30) + (16 if kind == "http" else 0)
    least += 38 if {"--hist-match", "--lowpass-output"} & {*what} else 0
    if chance.random() < .8:
        words += ["-m", f"{least + int(2 ** chance.uniform(0, 6))}M"]
    if chance.random() < .3:
        words += ["--io", chance.choice(["read", "mmap"])]
    if chance.random() < .3:
        words += ["--progress", "json"]
    return words, kind, packed


def some_fault(chance, kind):
    """Like `EIO at call 17`, a kill after so many seconds, or nothing."""
    what = chance.random()
    if what < .35 and kind != "http":
        fault = {"FAULT_KIND": chance.choice(list(KINDS)), "FAULT_AT": str(int(2 ** chance.uniform(0, 9)))}
        return fault, None
    if what < .45:
        return None, chance.uniform(0, .15)
    return None, None


def source_of(kind, packed):
    return kind + ("." + packed if packed and kind else packed)


class Attempt:
    """A run with or without a fault, in a folder of its own or one that was used."""

    def __init__(self, scene, way, fault=None, kill_after=None, folder=None):
        log = scene.path / f"log-{threading.get_ident()}"
        self.folder = folder or scene.place_for(way)
        self.outcome = scene.run_in(self.folder, way, {**fault, "FAULT_LOG": str(log)} if fault else None, kill_after)
        self.met = bool(fault) and log.exists() and "failed" in log.read_text()
        log.unlink(missing_ok=True)
        self.killed = kill_after is not None and self.outcome.status == -signal.SIGKILL
        if self.outcome.status != 0:
            self.outcome.said = [line for line in self.outcome.said if not line.startswith("{")]
        self.statuses = KINDS[fault["FAULT_KIND"]] if self.met else set()
        if "-m" in way.words.split() and self.outcome.status == LIMIT:  # so little memory is not enough for this
            self.statuses = self.statuses | {LIMIT}

    def became(self):
        return "killed" if self.killed else "good" if self.outcome.status == 0 else "fault told" if self.met else "too little memory"

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def wrong_killed(outcome, expected, before):
    """Whole files or none; hidden names may stay."""
    good = digests(expected.files)
    for name, data in outcome.files.items():
        if name.startswith(".") or data == before.get(name) or name.endswith((".cxc", ".log", ".json")):
            continue
        if digests({name: data}).get(name) != good.get(name):
            return f"killed, and {name} is not whole"
    gone = {name for name in before if name not in outcome.files} - {name for name in before if ".zarr/" in name}
    return f"killed, and gone: {sorted(gone)}" if gone else ""


class OneRun:
    def __init__(self, torture, chance, faults):
        self.torture, self.shape = torture, chance.randrange(len(torture.scenes))
        self.scene = torture.scenes[self.shape]
        what, maps = some_options(chance.randrange(OPTIONS))
        self.piped = chance.random() < .15
        if self.piped:
            what += ["--outputs", chance.choice(maps)]
        elif chance.random() < .2:
            what += ["--outputs", "scale,lowpass" if chance.random() < .5 else "scale"]
        how, self.kind, self.packed = some_way(chance, what)
        self.earlier = not self.piped and chance.random() < .3
        self.fault, self.kill_after = some_fault(chance, self.kind) if faults else (None, None)
        self.ended = []  # how runs that are to be resumed are ended before
        if not self.piped and faults and chance.random() < .2:
            how.append("--resume")
            ends = [some_fault(chance, self.kind) for _ in range(chance.choice([1, 1, 2, 3]))]
            self.ended = [end if end[0] or end[1] else (None, chance.uniform(0, .15)) for end in ends]
            self.fault, self.kill_after = None, None
        self.deny = chance.choice(["", "", "t", "tf", "tfxn"]) if self.fault else ""
        self.what, self.how = " ".join(what), " ".join(how)
        self.whole = chance.random() < .3

    def __str__(self):
        return (f"{'x'.join(map(str, SHAPES[self.shape]))} [{self.what}] [{self.how}] from {self.kind or 'file'} {self.packed or 'plain'}"
                f"{' to standard output' if self.piped else ''}{' over earlier results' if self.earlier else ''}"
                f"{' ' + str(self.fault) + self.deny if self.fault else ''}{f' killed after {self.kill_after:.3f} s' if self.kill_after else ''}"
                f"{f' ended before by {self.ended}' if self.ended else ''}")

    def way(self):
        way = Way("torture", f"{self.how} {self.what}", source=source_of(self.kind, self.packed), earlier=self.earlier,
                  piped=self.piped, deny=self.deny)
        if self.kind == "http":
            way.source, way.url = "", self.torture.url(self.shape, self.packed, self.whole)
        return way

    def run(self):
        """What is wrong, and what became of it, in a word."""
        expected = self.torture.expected(self.shape, self.what, piped=self.piped)
        way = self.way()
        if self.ended:
            return self.run_resumed(way, expected)
        attempt = Attempt(self.scene, way, self.fault, self.kill_after)
        attempt.remove()
        return self.judge(attempt, way, expected)

    def same_stem(self, files):
        stem = "stdin" if self.kind == "pipe" else "map"
        return {"map" + name[len(stem):] if name.startswith(stem) else name: data for name, data in files.items()}

    def judge(self, attempt, way, expected):
        outcome, before = attempt.outcome, self.same_stem(way.earlier_results())
        outcome.files = self.same_stem(outcome.files)
        if attempt.killed:
            return wrong_killed(outcome, expected, before), "killed"
        if outcome.status == 0 and self.earlier:  # what this run does not make stays
            outcome.files = {name: data for name, data in outcome.files.items() if name in expected.files or data != before.get(name)}
        self.forget_stem(outcome, before), self.forget_stem(expected, {})
        if expected.status != 0:  # options that do not go together: refused in the same way
            same = outcome.status == expected.status or (attempt.met and outcome.status in attempt.statuses)
            return "" if same and not outcome.files.keys() - before.keys() else f"status {outcome.status}, not {expected.status}: {outcome.said}", "refused"
        return wrong(outcome, expected, before, attempt.statuses), attempt.became()

    @staticmethod
    def forget_stem(outcome, before):
        """The script names the files, and those have the name of the map."""
        outcome.files = {name: b"" if name.endswith(".cxc") and data != before.get(name) else data for name, data in outcome.files.items()}

    def run_resumed(self, way, expected):
        folder, before, done = self.scene.place_for(way), self.same_stem(way.earlier_results()), False
        try:
            for fault, kill_after in [*self.ended, (None, None)]:
                attempt = Attempt(self.scene, way, fault, kill_after, folder)
                if attempt.outcome.status == IO and "--force" in attempt.outcome.said[0] and "--format" in way.words and not done:
                    # A tiled result had its name when the run was killed. It was found whole; what is said goes on from there.
                    way = dataclasses.replace(way, words=way.words + " --force")
                    attempt = Attempt(self.scene, way, fault, kill_after, folder)
                if done and attempt.outcome.status == IO and "it exists already" in attempt.outcome.said[0]:
                    return self.wrong_done(attempt, expected), "killed when it was done"
                if attempt.outcome.status == 0 or expected.status != 0:
                    break
                problem = self.wrong_ended(attempt, expected, before)
                if problem:
                    return problem, "ended"
                done = done or not attempt.outcome.left
                if attempt.killed:  # while names were given, or after that, with the journal still there
                    before = without_kept(attempt.outcome).files
            problem, became = self.judge(attempt, way, expected)
            return problem and f"resumed: {problem}", "resumed" if became == "good" else became
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def wrong_done(self, attempt, expected):
        """The journal was gone already when it was killed, and everything had its name."""
        found, good = digests(self.same_stem(attempt.outcome.files)), digests(expected.files)
        other = {name for name in good if found.get(name) != good[name] and not name.endswith(".cxc")}
        return f"killed when it was done, but for {sorted(other)}" if other else ""

    def wrong_ended(self, attempt, expected, before):
        """Killed, or it told of a fault; either way a later run may go on."""
        outcome = attempt.outcome
        outcome.files = self.same_stem(outcome.files)
        if attempt.killed:
            return wrong_killed(outcome, expected, before)
        return wrong(without_kept(outcome), expected, before, attempt.statuses)


def finest(outcome):
    """Without the coarser levels of stores."""
    return dataclasses.replace(outcome, files=finest_files(outcome.files))


def finest_files(files):
    return {name: data for name, data in files.items() if not re.match(r"map\.zarr/[1-9]", name)}


class Chain:
    """From conversion to conversion."""

    def __init__(self, torture, chance, faults):
        self.torture, self.shape = torture, chance.randrange(len(torture.scenes))
        self.scene = torture.scenes[self.shape]
        self.kind, self.packed = some_source(chance)
        self.whole, self.narrow = chance.random() < .3, chance.random() < .2
        self.links = []
        for _ in range(chance.choice([1, 2, 2, 3, 4])):
            target = chance.choice(["map.mrc", "map.mrc.zst", "map.zarr", "map.zarr"])
            form = " ".join(some_form(chance)) if target == "map.zarr" else ""
            how = ["-j", str(chance.choice([1, 1, 2, 3, 5])), *(["--verify"] if chance.random() < .3 else [])]
            if chance.random() < .8:
                how += ["-m", f"{30 + int(2 ** chance.uniform(0, 6))}M"]
            ends = some_fault(chance, "" if self.links else self.kind) if faults else (None, None)
            self.links.append((target, form, " ".join(how), chance.random() < .3, ends))

    def __str__(self):
        return f"{'x'.join(map(str, SHAPES[self.shape]))} from {self.kind or 'file'} {self.packed or 'plain'}{' to f16' if self.narrow else ''} by {self.links}"

    def run(self):
        source, used, became = None, [], "refused"
        narrow = "--dtype f16 " if self.narrow else ""
        try:
            for target, form, how, earlier, (fault, kill_after) in self.links:
                expected = self.torture.expected(self.shape, narrow + form, command="convert", target=target)
                way = Way("torture", f"{how} {narrow}{form}", command="convert", target=target, earlier=earlier,
                          source=source_of(self.kind, self.packed))
                if source or self.kind == "http":
                    way.source, way.url = "", source or self.torture.url(self.shape, self.packed, self.whole)
                for ends in ((fault, kill_after), (None, None)):  # again, if it failed
                    attempt = Attempt(self.scene, way, *ends)
                    used.append(attempt.folder)
                    before = way.earlier_results()
                    if self.narrow and source and (attempt.outcome.status == 0 or attempt.killed):
                        # Means of narrow voxels, not of those of the map; one killed late may have published them.
                        attempt.outcome, expected, before = finest(attempt.outcome), finest(expected), finest_files(before)
                    became = "converted" if attempt.outcome.status == 0 else attempt.became()
                    problem = wrong_killed(attempt.outcome, expected, before) if attempt.killed else \
                        wrong(attempt.outcome, expected, before, attempt.statuses)
                    if problem:
                        return f"to {target}: {problem}", became
                    if attempt.outcome.status == 0:
                        break
                if attempt.outcome.status != 0:
                    return "", became
                source = attempt.folder / "out" / target
            return "", became
        finally:
            for folder in used:
                shutil.rmtree(folder, ignore_errors=True)


def one(torture, seed, faults):
    chance = random.Random(seed)
    run = (Chain if chance.random() < .2 else OneRun)(torture, chance, faults)
    problem, became = run.run()
    with torture.lock:
        torture.tally[became] += 1
    return seed, str(run), problem, became


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    words.add_argument("program")
    words.add_argument("--shim", help="the built shim.c; without it no calls fail")
    words.add_argument("--minutes", type=float)
    words.add_argument("--runs", type=int)
    words.add_argument("--seed", type=int, help="of the first run; the next have the numbers that follow")
    words.add_argument("--jobs", type=int, default=2)
    words.add_argument("-v", "--verbose", action="store_true", help="say every run")
    given = words.parse_args()
    first = given.seed if given.seed is not None else struct.unpack("<I", os.urandom(4))[0]
    runs = given.runs if given.runs is not None else None if given.minutes is not None else 1000
    end = time.monotonic() + 60 * given.minutes if given.minutes is not None else None
    print(f"torture: seeds from {first}", flush=True)
    failures, begin = Failures(), time.monotonic()
    scenes = [Scene(given.program, given.shim, shape, seed=n) for n, shape in enumerate(SHAPES)]
    torture = Torture(scenes, [serve(scene.path) for scene in scenes])
    seeds = itertools.islice(itertools.count(first), runs)
    try:
        with concurrent.futures.ThreadPoolExecutor(given.jobs) as workers:
            while chunk := list(itertools.islice(seeds, 50)):
                for seed, what, problem, became in workers.map(lambda seed: one(torture, seed, bool(given.shim)), chunk):
                    failures.check(not problem, f"--seed {seed} --runs 1: {what}: {problem}")
                    if given.verbose:
                        print(seed, what, problem or became, flush=True)
                if failures.checks % 1000 == 0:
                    print(f"torture: {failures.checks} runs in {time.monotonic() - begin:.0f} s, {failures.failed} wrong", flush=True)
                if end and time.monotonic() > end:
                    break
    except KeyboardInterrupt:
        print("torture: interrupted")
    finally:
        for scene in scenes:
            scene.__exit__()
    became = ", ".join(f"{count} {name}" for name, count in torture.tally.most_common())
    print(f"torture: {failures.checks} runs from seed {first} in {time.monotonic() - begin:.0f} s: {became}; {failures.failed} wrong")
    sys.exit(1 if failures.failed or not failures.checks else 0)


if __name__ == "__main__":
    main()
