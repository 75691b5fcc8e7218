# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of faults share: tiny maps, ways to run the program on them, and what must hold afterwards."""
import bz2
import dataclasses
import gzip
import hashlib
import json
import lzma
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from program import Failures, header  # noqa: E402

BAD_INPUT, LIMIT, IO, NO_SPACE = 3, 4, 5, 6
EARLIER = b"of an earlier run"
TIMEOUT = 120  # seconds; a run takes a hundredth of one
SUFFIXES = ["_scale.mrc", "_confidence.mrc", "_amplified.mrc", "_attenuated.mrc", "_sigmoid.mrc", "_lowpass.mrc",
            "_solvent_excluded.mrc", "_targets.csv", "_report.json", ".log", ".cxc"]


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


PACK = {"gz": lambda data: gzip.compress(data, 1), "bz2": bz2.compress, "xz": lambda data: lzma.compress(data, preset=0),
        "zst": zstd}

# Ways to convert map.mrc, by the folder that the converted map goes to.
CONVERTED = {"v2/map.zarr": "--chunk 16,16,16", "v3/map.zarr": "--zarr 3 --chunk 8,12,10 --codec blosc",
             "one/map.zarr": "--chunk 64,64,64", "frames/map.mrc.zst": ""}


def make_maps(folder, shape, seed=1):
    """map.mrc and its compressed forms, a mask and labels, in `folder`: two blurred balls in noise."""
    random = np.random.default_rng(seed)
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    first, second = (np.exp(-6 * (z * z + y * y + (x - at) ** 2)) for at in (-.4, .4))
    density = first + .6 * second + .03 * random.standard_normal(shape)
    whole = header(shape) + density.astype("<f4").tobytes()
    (folder / "map.mrc").write_bytes(whole)
    for suffix, pack in PACK.items():
        (folder / f"map.mrc.{suffix}").write_bytes(pack(whole))
    (folder / "mask.mrc").write_bytes(header(shape, 0) + (density > .3).astype("i1").tobytes())
    (folder / "labels.mrc").write_bytes(header(shape, 0) + (np.where(x < 0, 1, 2) * (density > .4)).astype("i1").tobytes())


@dataclasses.dataclass
class Way:
    """One way to run the program. `{}` in a word stands for the folder with the maps. `source` is how the map comes:
    a suffix of its file, or `pipe` or `fifo`, perhaps with a suffix (`pipe.gz`), or a file of CONVERTED."""
    name: str
    words: str = ""
    source: str = ""
    earlier: bool = False  # files of an earlier run are in the folder of results, and --force replaces them
    piped: bool = False  # the map goes to standard output
    deny: str = ""  # what the file system lacks: see shim.c
    command: str = "estimate"
    url: str = ""  # instead of a source
    target: str = ""  # of a conversion: the name of what it makes

    def earlier_results(self):
        """What is in the folder of results before, by name."""
        stem = "stdin" if self.source.startswith("pipe") else "map"
        if not self.earlier:
            return {}
        store = {"/.zgroup": b'{"zarr_format": 2}', "/0/0": EARLIER}
        if self.command == "convert":
            return {self.target + name: data for name, data in store.items()} if self.target.endswith(".zarr") else {self.target: EARLIER}
        stores = {f"{stem}_{kind}.zarr{name}": data for kind in ("scale", "confidence") for name, data in store.items()}
        frames = {stem + suffix + ".zst": EARLIER for suffix in SUFFIXES if suffix.endswith(".mrc")}
        return {stem + suffix: EARLIER for suffix in SUFFIXES} | (stores if "--format zarr" in self.words else {}) \
            | (frames if "--format mrc.zst" in self.words else {})


@dataclasses.dataclass
class Outcome:
    status: int
    said: list
    stdout: bytes
    files: dict  # name: contents, of the folder of results
    left: list  # in the scratch folder
    hung: bool = False


def contents(folder):
    """Of the files by name; an empty folder has an entry, too."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            found[str(path.relative_to(folder))] = path.read_bytes()
        elif path.is_dir() and not any(path.iterdir()):
            found[f"{path.relative_to(folder)}/"] = b""
    return found


def without_report(data):
    try:
        document = json.loads(data)
    except ValueError:
        return data
    attributes = document.get("attributes", document)
    attributes.get("occustream", {}).pop("report", None)
    for image in attributes.get("multiscales", attributes.get("ome", {}).get("multiscales", [])):
        image.pop("name", None)
    return json.dumps(document, sort_keys=True).encode()


def digest(name, data):
    """What of a result must be the same in every run: maps, tables and scripts are, but for the folder of the run in the
    path of the map; reports have the time in them, and stores have them, and the name of the map."""
    if name.endswith((".zattrs", "zarr.json")):
        data = without_report(data)
    if name.endswith(".cxc"):
        data = re.sub(rb"/run\d+/", b"/", data)
    return "" if name.endswith((".log", "_report.json")) else hashlib.sha256(data).hexdigest()


def digests(files):
    return {name: digest(name, data) for name, data in files.items()}


def feed(data, path):
    """Writes to a FIFO from a thread; the reader may leave early, or never come."""
    def write():
        try:
            with open(path, "wb") as to:
                to.write(data)
        except OSError:
            pass
    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


def free_writer(path):
    """Lets go a writer that waits for a reader that never came."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    except OSError:
        pass


def run_or_kill(words, kill_after, **how):
    if kill_after is None:
        return subprocess.run(words, capture_output=True, timeout=TIMEOUT, **how)
    try:
        return subprocess.run(words, capture_output=True, timeout=kill_after, **how)
    except subprocess.TimeoutExpired as killed:  # by SIGKILL
        return subprocess.CompletedProcess(words, -signal.SIGKILL, killed.stdout or b"", killed.stderr or b"")


def quick_folder():
    """Thousands of runs wait for the disk most of the time, if they are let; None: there is only that."""
    memory = "/dev/shm"
    return memory if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 ** 28 and "TMPDIR" not in os.environ else None


class Scene:
    """A folder with maps, and runs of the program in fresh folders below it. `shim` is the path of the built shim.c."""

    def __init__(self, program, shim, shape=(24, 26, 28), seed=1):
        self.program, self.shim = os.path.abspath(program), os.path.abspath(shim) if shim else None
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="occustream-faults-", dir=quick_folder()))
        self.path.chmod(0o755)
        make_maps(self.path, shape, seed)
        for target, words in CONVERTED.items():
            (self.path / target).parent.mkdir()
            subprocess.run([self.program, "convert", "-q", *words.split(), self.path / "map.mrc", self.path / target], check=True)
        self.number = 0
        self.before = []  # words before the program's own
        self.lock = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        shutil.rmtree(self.path, ignore_errors=True)

    def place(self):
        with self.lock:
            self.number += 1
            folder = self.path / f"run{self.number}"
        (folder / "out").mkdir(parents=True)
        (folder / "scratch").mkdir()
        return folder

    def command(self, way, folder):
        kind, _, packed = way.source.partition(".") if way.source.startswith(("pipe", "fifo")) else ("", "", way.source)
        file = self.path / (packed if "/" in packed else "map.mrc" + ("." + packed if packed else ""))
        source = way.url or {"": file, "pipe": "-", "fifo": folder / "map.mrc"}[kind]
        words = [*self.before, self.program, way.command, "-q", "--scratch", folder / "scratch", *way.words.format(self.path).split()]
        words += ["--force"] if way.earlier else []
        if way.command == "convert":
            words += [source, "-" if way.piped else folder / "out" / way.target]
        else:
            words += ["-o", "-" if way.piped else folder / "out", source]
        return [str(word) for word in words], kind, file

    def run(self, way, fault=None, kill_after=None):
        """In a fresh folder, removed afterwards. `fault`: the environment of the shim. `kill_after`: so many seconds."""
        folder = self.place_for(way)
        outcome = self.run_in(folder, way, fault, kill_after)
        shutil.rmtree(folder, ignore_errors=True)
        return outcome

    def place_for(self, way):
        """A fresh folder with the earlier results of that way."""
        folder = self.place()
        for name, data in way.earlier_results().items():
            (folder / "out" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "out" / name).write_bytes(data)
        return folder

    def run_in(self, folder, way, fault=None, kill_after=None):
        words, kind, file = self.command(way, folder)
        environment = {**os.environ, "LC_ALL": "C", "OCCUSTREAM_CHECKPOINT": "0.001"}
        if fault is not None:
            environment |= {"LD_PRELOAD": self.shim, "FAULT_DENY": way.deny, **fault}
            # The address sanitizer wants to be the first library, but gets along with the second place.
            environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:exitcode=99"
        writer = None
        if kind == "fifo":
            (folder / "map.mrc").unlink(missing_ok=True)
            os.mkfifo(folder / "map.mrc")
            writer = feed(file.read_bytes(), folder / "map.mrc")
        how = {"input": file.read_bytes()} if kind == "pipe" else {"stdin": subprocess.DEVNULL}
        try:
            done = run_or_kill(words, kill_after, env=environment, **how)
            outcome = Outcome(done.returncode, done.stderr.decode(errors="replace").splitlines(), done.stdout,
                              contents(folder / "out"), [path.name for path in (folder / "scratch").iterdir()])
        except subprocess.TimeoutExpired as late:
            outcome = Outcome(-1, [str(late)], b"", {}, [], hung=True)
        if writer:
            free_writer(folder / "map.mrc")
            writer.join(TIMEOUT)
        return outcome


def without_kept(outcome):
    """Without what a run with --resume leaves for the next."""
    files = {name: data for name, data in outcome.files.items() if ".resume.part" not in name}
    return dataclasses.replace(outcome, files=files, left=[name for name in outcome.left if not name.endswith(".resume")])


def wrong(outcome, expected, before, statuses):
    """What is wrong with a run that may have failed with one of `statuses`, as text; empty when nothing is. `expected`
    is a run that went well; `before` is what was in the folder of results."""
    if outcome.hung:
        return "it hangs"
    if outcome.status == 0:
        if digests(outcome.files) != digests(expected.files) or outcome.stdout != expected.stdout:
            changed = {name for name in {*outcome.files, *expected.files}
                       if digests(outcome.files).get(name) != digests(expected.files).get(name)}
            return f"other results: {sorted(changed)}"
        unfinished = [name for name, data in outcome.files.items() if data == EARLIER and expected.files[name] != EARLIER]
        return f"not replaced: {unfinished}" if unfinished else f"left in scratch: {outcome.left}" if outcome.left else ""
    if outcome.status not in statuses:
        return f"status {outcome.status}: {outcome.said}"
    said = [line for line in outcome.said if not line.startswith("{")]  # beside the progress, as JSON
    if len(said) != 1 or not said[0].startswith("occustream: "):
        return f"not one clear line: {said}"
    if outcome.files != before:
        return f"left behind or changed: {sorted(name for name in {*outcome.files, *before} if outcome.files.get(name) != before.get(name))}"
    return f"left in scratch: {outcome.left}" if outcome.left else ""
