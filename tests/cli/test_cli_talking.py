# SPDX-License-Identifier: GPL-3.0-or-later
"""What estimate says and leaves: progress, summary, plan, overwriting, signals, and a map that mrcfile accepts."""
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import termios

import numpy as np

from program import PROGRAM, Failures, header, run

failures = Failures()
folder = pathlib.Path(tempfile.mkdtemp(prefix="occustream-talking-"))
random = np.random.default_rng(41478)


def make_map(name, side):
    """Noise around 0 with a ball of content in the middle."""
    at = np.indices((side,) * 3) - side // 2
    ball = np.sum(at**2, axis=0) < (side // 4)**2
    voxels = (random.normal(0, 1, ball.shape) + 10 * ball).astype("<f4")
    path = folder / name
    path.write_bytes(header(ball.shape) + voxels.tobytes())
    return path


MAP = make_map("ball.mrc", 64)


def results(name):
    path = folder / name
    path.mkdir()
    return path


def check_quiet_and_verbose():
    done = run("estimate", MAP, "-o", results("plain"))
    lines = done.stderr.decode().splitlines()
    failures.check(done.returncode == 0 and done.stdout == b"", f"plain: {done}")
    failures.check(re.match(r"full scale [\d.e+-]+; solvent mean [\d.e+-]+, sigma ", lines[0]), f"plain: {lines}")
    failures.check(lines[-1].startswith("wrote ball_scale.mrc, ball_confidence.mrc, ")
                   and lines[-1].endswith(str(folder / "plain")), f"plain: {lines}")
    failures.check(all(line.startswith("warning: ") for line in lines[1:-1]), f"plain: {lines}")
    left = sorted(os.listdir(folder / "plain"))
    failures.check(left == ["ball.cxc", "ball.log", "ball_confidence.mrc", "ball_report.json", "ball_scale.mrc"], left)

    done = run("estimate", MAP, "-q", "--no-chimerax", "--outputs", "scale", "-o", results("quiet"))
    failures.check(done.returncode == 0 and done.stdout == done.stderr == b"", f"quiet: {done}")
    left = sorted(os.listdir(folder / "quiet"))
    failures.check(left == ["ball.log", "ball_report.json", "ball_scale.mrc"], left)

    done = run("estimate", MAP, "-v", "-o", results("verbose"))
    failures.check(b"emit" in done.stderr and b"box " in done.stderr and done.stdout == b"", f"verbose: {done}")


def check_report():
    report = json.loads((folder / "plain/ball_report.json").read_text())
    words = ["occustream", "estimate", str(MAP), "-o", str(folder / "plain")]
    failures.check(report["schema"] == "occustream-report/1" and report["command_line"] == " ".join(words),
                   report["command_line"])
    failures.check(report["input"]["dims"] == [64, 64, 64], report["input"])
    for output in report["outputs"]:
        voxels = np.fromfile(output["path"], "<f4", offset=1024)
        failures.check(output["min"] == voxels.min() and output["max"] == voxels.max()
                       and abs(output["mean"] - voxels.mean(dtype="f8")) < 1e-9, output)


def check_overwriting():
    before = {path: path.read_bytes() for path in (folder / "plain").iterdir()}
    done = run("estimate", MAP, "-o", folder / "plain", "--tau", "0.5")
    failures.check(done.returncode == 5 and done.stderr.count(b"\n") == 1 and b"--force" in done.stderr,
                   f"existing files: {done}")
    failures.check(before == {path: path.read_bytes() for path in (folder / "plain").iterdir()}, "files changed")
    done = run("estimate", MAP, "-o", folder / "plain", "--tau", "0.5", "--force")
    failures.check(done.returncode == 0 and json.loads(
        (folder / "plain/ball_report.json").read_text())["tau"] == 0.5, f"--force: {done}")


def check_plan():
    done = run("estimate", MAP, "--plan", "-o", results("plan"))
    failures.check(done.returncode == 0 and done.stderr == b"" and os.listdir(folder / "plan") == [], f"plan: {done}")
    text = done.stdout.decode()
    for word in ("64 x 64 x 64 voxels of 1.5", "survey", "emit", "memory", "scratch", "threads"):
        failures.check(word in text, f"the plan lacks {word}")


def check_json_progress():
    done = run("estimate", MAP, "-q", "--progress", "json", "-o", results("json"))
    events = [json.loads(line) for line in done.stderr.decode().splitlines()]
    failures.check(done.returncode == 0 and events, f"json: {done}")
    for before, after in zip(events, events[1:]):
        failures.check(before["total_fraction"] <= after["total_fraction"]
                       and before["seconds"] <= after["seconds"], f"backwards: {before}, {after}")
    for event in events:
        failures.check(event["event"] == "progress" and 0 <= event["pass_fraction"] <= 1
                       and 0 <= event["pass_index"] < event["pass_count"]
                       and 0 <= event["voxels_done"] <= event["voxels_total"]
                       and event["mvoxel_per_second"] >= 0, event)
    failures.check(events[-1]["pass"] == "emit", events[-1])


def on_terminal(*words, columns=0):
    """What a run writes to a terminal as its standard error."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 25, columns, 0, 0))
    with subprocess.Popen([PROGRAM, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=terminal) as process:
        os.close(terminal)
        said = b""
        while True:
            try:
                part = os.read(controller, 65536)
            except OSError:  # how Linux says that the other end was closed
                break
            if not part:
                break
            said += part
        status = process.wait()
    os.close(controller)
    return status, said.decode()


def check_bar():
    status, said = on_terminal("estimate", MAP, "-o", results("bar"))
    lines = said.replace("\r\n", "\n").split("\n")
    redrawn = lines[0].split("\r")
    failures.check(status == 0 and len(redrawn) > 3, f"bar: {status}, {said!r}")
    for line in redrawn[1:-2]:
        failures.check(len(line) <= 79 and re.match(r"\[#* *\] +\d+ % \d/\d \w+ +\d+ %(, \d+ Mvoxel/s)?(, left |\s*$)", line),
                       f"bar: {line!r}")
    failures.check(redrawn[-2].strip() == "" and redrawn[-1].startswith("full scale"), f"bar: {redrawn[-2:]}")
    failures.check("\x1b" not in said, "escape sequences")
    status, said = on_terminal("estimate", MAP, "-o", results("bar-narrow"), columns=40)
    redrawn = said.split("full scale")[0].split("\r")
    failures.check(status == 0 and len(redrawn) > 3 and all(len(part) <= 39 for part in redrawn), f"narrow: {redrawn}")
    status, said = on_terminal("estimate", MAP, "-q", "-o", results("bar-quiet"))
    failures.check((status, said) == (0, ""), f"quiet on a terminal: {said!r}")


def interrupt(number, large, twice):
    where = results(f"signal-{number}-{twice}")
    with subprocess.Popen([PROGRAM, "estimate", large, "-q", "--progress", "json", "-j1", "-o", where],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stderr.readline()  # the first report: the run is under way
        process.send_signal(number)
        if twice:
            process.send_signal(number)
        said = [line for line in process.stderr.read().splitlines() if not line.startswith(b"{")]
        status = process.wait()
    return status, said, os.listdir(where)


def check_signals():
    large = make_map("large.mrc", 160)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        status, said, left = interrupt(number, large, False)
        failures.check(status == 128 + number and len(said) == 1 and said[0].startswith(b"occustream: "),
                       f"{number}: {status}, {said}")
        failures.check(left == [], f"{number} left {left}")
        status, said, left = interrupt(number, large, True)
        failures.check(status in (128 + number, -number) and left == [], f"{number} twice: {status}, {said}, {left}")


def check_closed_pipe():
    """A reader that went away: an error like any other, not a silent death."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([PROGRAM, "estimate", MAP, "--plan", "-o", folder], stdout=writer, stderr=subprocess.PIPE,
                          check=False)
    os.close(writer)
    failures.check(done.returncode == 5 and done.stderr.startswith(b"occustream: "), f"closed pipe: {done}")


def check_closed_descriptors():
    """What would have been printed goes nowhere, not into the first files opened."""
    plain = (folder / "plain/ball_scale.mrc").read_bytes()
    for closed in ("2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", PROGRAM, "estimate", str(MAP), "--tau", "0.5", "--force",
                               "-v", "-o", folder / "plain"], check=False)
        failures.check(done.returncode == 0 and (folder / "plain/ball_scale.mrc").read_bytes() == plain,
                       f"{closed}: {done.returncode}")
    for words, closed, status in ((["info", MAP], ">&-", 5), (["convert", MAP, "-"], ">&-", 5), (["info", "-"], "<&-", 3)):
        done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", PROGRAM, *map(str, words)], capture_output=True, check=False)
        failures.check(done.returncode == status and done.stderr.count(b"\n") == 1, f"{words} {closed}: {done}")


check_quiet_and_verbose()
check_report()
check_overwriting()
check_plan()
check_json_progress()
check_bar()
check_signals()
check_closed_pipe()
check_closed_descriptors()
shutil.rmtree(folder)
failures.finish()
