# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tiny maps in random ways, with and without faults, some killed, and compares every result with that of a plain
run: the same bytes whatever the number of threads, the memory, where the map comes from and where the results go.

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
import signal
import struct
import subprocess
import sys
import threading
import time

from scene import (EARLIER, IO, LIMIT, NO_SPACE, PACK, SUFFIXES, Failures, Scene, Way, digests, wrong)

KINDS = {"EIO": {IO}, "ENOSPC": {NO_SPACE}, "EMFILE": {IO}, "EINTR": set(), "short": set(), "ENOMEM": {LIMIT}}
OPTIONS = 64
SHAPES = [(24, 24, 24), (24, 26, 28), (40, 24, 31), (17, 40, 24), (33, 33, 33), (40, 40, 40)]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, with and without parts (ranges)."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        whole = pathlib.Path(self.directory, self.path.strip("/").removeprefix("whole/")).read_bytes()
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
    good: dict = dataclasses.field(default_factory=dict)  # of a shape and options: what a plain run makes
    tally: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def expected(self, shape, what, piped):
        """One thread, memory in plenty, from a file, without a fault; made once."""
        key = shape, what, piped
        with self.lock:
            if key not in self.good:
                self.good[key] = self.scenes[shape].run(Way("plain", "-j1 -m 200M " + what, piped=piped))
            return self.good[key]


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
    return words, maps


def some_way(chance, what):
    """How it is computed: must make no difference."""
    words = ["-j", str(chance.choice([1, 1, 2, 3, 5, 8]))]
    packed, kind = chance.choice(["", "", *PACK]), chance.choice(["", "", "", "pipe", "fifo", "http"])
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


class OneRun:
    def __init__(self, torture, seed, faults):
        chance = random.Random(seed)
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
        self.deny = chance.choice(["", "", "t", "tf", "tfxn"]) if self.fault else ""
        self.what, self.how = " ".join(what), " ".join(how)
        self.whole = chance.random() < .3

    def __str__(self):
        return (f"{'x'.join(map(str, SHAPES[self.shape]))} [{self.what}] [{self.how}] from {self.kind or 'file'} {self.packed or 'plain'}"
                f"{' to standard output' if self.piped else ''}{' over earlier results' if self.earlier else ''}"
                f"{' ' + str(self.fault) + self.deny if self.fault else ''}{f' killed after {self.kill_after:.3f} s' if self.kill_after else ''}")

    def source(self):
        return self.kind + ("." + self.packed if self.packed and self.kind else self.packed)

    def run(self):
        """What is wrong, and what became of it, in a word."""
        expected = self.torture.expected(self.shape, self.what, self.piped)
        way = Way("torture", f"{self.how} {self.what}", source=self.source(), earlier=self.earlier, piped=self.piped, deny=self.deny)
        if self.kind == "http":
            port = self.torture.servers[self.shape].server_address[1]
            name = "map.mrc" + ("." + self.packed if self.packed else "")
            way.source, way.url = "", f"http://127.0.0.1:{port}/{'whole/' if self.whole else ''}{name}"
        log = self.scene.path / f"log-{threading.get_ident()}"
        fault = {**self.fault, "FAULT_LOG": str(log)} if self.fault else None
        outcome = self.scene.run(way, fault, self.kill_after)
        met = fault and log.exists() and "failed" in log.read_text()
        log.unlink(missing_ok=True)
        return self.judge(outcome, expected, met)

    def judge(self, outcome, expected, met):
        stem_from, stem_to = ("stdin" if self.kind == "pipe" else "map"), "map"
        outcome.files = {stem_to + name[len(stem_from):] if name.startswith(stem_from) else name: data
                         for name, data in outcome.files.items()}
        before = {"map" + suffix: EARLIER for suffix in SUFFIXES} if self.earlier else {}
        if outcome.status == -signal.SIGKILL and self.kill_after is not None:
            return self.judge_killed(outcome, expected, before), "killed"
        if outcome.status == 0 and self.earlier:  # what this run does not make stays
            outcome.files = {name: data for name, data in outcome.files.items() if name in expected.files or data != EARLIER}
        self.forget_stem(outcome), self.forget_stem(expected)
        if expected.status != 0:  # options that do not go together: refused in the same way
            same = outcome.status == expected.status or (met and outcome.status in KINDS[self.fault["FAULT_KIND"]])
            return "" if same and not outcome.files.keys() - before.keys() else f"status {outcome.status}, not {expected.status}: {outcome.said}", "refused"
        statuses = KINDS[self.fault["FAULT_KIND"]] if met else set()
        if "-m" in self.how.split() and outcome.status == LIMIT:  # so little memory is not enough for this
            statuses = statuses | {LIMIT}
        if outcome.status != 0:
            outcome.said = [line for line in outcome.said if not line.startswith("{")]
        return wrong(outcome, expected, before, statuses), "good" if outcome.status == 0 else "fault told" if met else "too little memory"

    @staticmethod
    def forget_stem(outcome):
        """The script names the files, and those have the name of the map."""
        outcome.files = {name: data for name, data in outcome.files.items() if not name.endswith(".cxc")} | \
            {name: b"" for name, data in outcome.files.items() if name.endswith(".cxc") and data != EARLIER} | \
            {name: data for name, data in outcome.files.items() if name.endswith(".cxc") and data == EARLIER}

    def judge_killed(self, outcome, expected, before):
        """Whole files or none; hidden names may stay."""
        good = digests(expected.files)
        for name, data in outcome.files.items():
            if name.startswith(".") or data == before.get(name) or name.endswith((".cxc", ".log", ".json")):
                continue
            if digests({name: data}).get(name) != good.get(name):
                return f"killed, and {name} is not whole"
        gone = before.keys() - outcome.files.keys()
        return f"killed, and gone: {sorted(gone)}" if gone else ""


def one(torture, seed, faults):
    run = OneRun(torture, seed, faults)
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
