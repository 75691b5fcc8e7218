# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs whose map is behind a URL are resumed, or refused when the server has another file: by its tag, its size, its date,
or the bytes here and there, whatever of these it tells."""
import subprocess
import sys
from pathlib import Path

from resume import (PROGRAM, SMALL_STEPS, Bench, blob, check_clean, check_line, check_same, failures, folder_of, kill_when,
                    map_bytes, passes_done, results, run, taken_over)

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "http"))
from fault_server import FaultServer, Handler  # noqa: E402

BASE = ("--amplify", 2, "--memory", "80M")
STEPS = {name: value for name, value in SMALL_STEPS.items() if not name.lower().endswith("_proxy")}
BAD_INPUT = 3


class Told(Handler):
    """Says of the files what `told` has: nothing, or a tag or a date of their state."""

    def fields(self):
        return {"ETag": None, "Last_Modified": None, **self.owner.told}

    def answer_parts(self, request, data):
        self.part(request, data, **self.fields())
        return True

    def answer_once(self, _, data):
        self.send("200 OK", data, **self.fields())
        return True


def interrupted(place, url, until):
    done = kill_when(lambda: until in passes_done(place), place, "--resume", *BASE, url,
                     env=dict(STEPS, OCCUSTREAM_CHECKPOINT="0.001"))
    failures.check(done and folder_of(place) is not None, f"{url}: no run to resume")


def resumed(bench, what, url, until, told):
    """Killed once and gone on with: the results of a run that was not."""
    whole, place = bench.place("whole"), bench.place("place")
    failures.check(run(whole, *BASE, url, env=STEPS).returncode == 0, f"{what}: the whole run failed")
    interrupted(place, url, until)
    done = run(place, "--resume", *BASE, url, env=STEPS)
    failures.check(done.returncode == 0, f"{what}: {done.stderr}")
    if done.returncode == 0:
        failures.check(until in taken_over(place), f"{what}: {told}: {until} was done again")
        check_same(place, results(whole), what)
        check_clean(place, what)


def refused(bench, what, server, url, until, change):
    """What the server has is another file in the second run."""
    place = bench.place("place")
    interrupted(place, url, until)
    files, told = dict(server.files), dict(server.told)
    change(server)
    done = run(place, "--resume", *BASE, url, env=STEPS)
    check_line(done, BAD_INPUT, ["differs from the interrupted run"], what)
    server.files.clear()
    server.files.update(files)
    server.told = told
    done = run(place, "--resume", *BASE, url, env=STEPS)
    failures.check(done.returncode == 0, f"{what}, and back again: {done.stderr}")


def other_bytes(server):
    data = bytearray(server.files["map.mrc"])
    data[-4:] = b"\0\0\0\0"
    server.files["map.mrc"] = bytes(data)


def other_tag(server):
    server.told = {name: value.replace("1", "2") for name, value in server.told.items()}


def longer(server):
    server.files["map.mrc"] += bytes(4096)


def other_store(server):
    name = sorted(name for name in server.files if "/c/" in name or name.endswith("/0/0/0"))[0]
    server.files[name] = server.files[name][:-1] + bytes([server.files[name][-1] ^ 1])


def store_files(bench):
    store = bench.path / "map.zarr"
    subprocess.run([PROGRAM, "convert", "-q", str(bench.map), str(store)], check=True)
    return {f"map.zarr/{path.relative_to(store)}": path.read_bytes() for path in store.rglob("*") if path.is_file()}


TAG, DATE = {"ETag": '"1"'}, {"Last_Modified": "Thu, 01 Jan 1970 00:00:00 GMT"}


def main():
    with Bench() as bench, FaultServer({"map.mrc": map_bytes(blob((150, 72, 68)))}, Told) as server:
        server.files.update(store_files(bench))
        for told in (TAG, DATE, {}):
            server.told = told
            resumed(bench, f"parts, {told}", server.url + "/parts/map.mrc", "solvent", told)
            resumed(bench, f"once, {told}", server.url + "/once/map.mrc", "spool", told)
            changes = [other_tag] if told else [other_bytes]
            for change in [*changes, longer]:
                refused(bench, f"parts, {told}, {change.__name__}", server, server.url + "/parts/map.mrc", "solvent", change)
                if change is not other_bytes:  # nothing tells of those before all are read once more
                    refused(bench, f"once, {told}, {change.__name__}", server, server.url + "/once/map.mrc", "spool", change)
        for way in ("parts", "once"):
            resumed(bench, f"store, {way}", f"{server.url}/{way}/map.zarr/", "spool", {})
        refused(bench, "store, other_store", server, server.url + "/parts/map.zarr/", "spool", other_store)
    failures.finish()


main()
