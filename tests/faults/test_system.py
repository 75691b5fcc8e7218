# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that happen to real runs, made to happen: a full disk, folders and files that change or vanish in mid-run,
limits of the system, signals, a clock that jumps. Each ends with one clear line, the right exit status, nothing
half-written under a final name, and what was there before as it was.

Usage: test_system.py OCCUSTREAM PHANTOM CLOCK_SHIM [NAME...]
"""
import contextlib
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from scene import BAD_INPUT, EARLIER, IO, LIMIT, NO_SPACE, Failures, contents, digests

PROGRAM, PHANTOM, CLOCK = map(os.path.abspath, sys.argv[1:4])
NOBODY = 65534
SLOW_BOX = 128  # a run takes long enough for something to happen meanwhile
failures = Failures()
skipped = []
base = pathlib.Path(tempfile.mkdtemp(prefix="occustream-system-"))
base.chmod(0o755)


def phantom(name, box):
    path = base / name
    subprocess.run([PHANTOM, "--box", str(box), "--voxel", "2", path], check=True, capture_output=True)
    return path


SMALL, LARGE = phantom("small.mrc", 32), phantom("large.mrc", SLOW_BOX)


def fresh(name="out"):
    path = pathlib.Path(tempfile.mkdtemp(dir=base, prefix=name))
    path.chmod(0o777)
    return path


def words(path, out, *more):
    return [PROGRAM, "estimate", "-q", "-o", str(out), "--scratch", str(base), *map(str, more), str(path)]


def run(*arguments, **how):
    return subprocess.run(words(*arguments), stdin=subprocess.DEVNULL, capture_output=True, timeout=300, **how)


def check(what, status, said, expected, says="", out=None, before=None):
    """One clear line; in `out` is what was `before`, and nothing else."""
    lines = [line for line in said.decode(errors="replace").splitlines() if not line.startswith("{")]
    failures.check(status == expected, f"{what}: status {status}, {lines}")
    failures.check(len(lines) == 1 and lines[0].startswith("occustream: ") and says in lines[0], f"{what}: {lines}")
    if out is not None:
        found = contents(out) if out.exists() else {}
        failures.check(found == (before or {}), f"{what}: in the folder: {sorted(found)}")


def good(path=SMALL, *more):
    """The maps that an undisturbed run makes."""
    out = fresh("good")
    done = run(path, out, *more)
    failures.check(done.returncode == 0, f"undisturbed: {done.stderr}")
    found = digests(contents(out))
    shutil.rmtree(out)
    return found


class Run:
    """A run that has begun its work. Its lines of progress say so; `until` is a pass to wait for."""

    def __init__(self, path, out, *more, until=None, **how):
        self.process = subprocess.Popen(words(path, out, "--progress", "json", "-j1", *more), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
        self.said = b""
        while True:
            line = self.process.stderr.readline()
            self.said += line
            if not line or until is None or f'"{until}"'.encode() in line:
                break
        self.under_way = self.process.poll() is None

    def end(self):
        try:
            self.said += self.process.stderr.read()
            return self.process.wait(timeout=300), self.said
        finally:
            self.process.stdout.close()
            self.process.stderr.close()


# ---- disks and folders ----


def fill_while_stopped(run, filler):
    run.process.send_signal(signal.SIGSTOP)
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(1 << 16)):
            pass
    run.process.send_signal(signal.SIGCONT)


def full_disk():
    small = fresh("small")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", small], capture_output=True).returncode != 0:
        return "cannot mount a small file system here"
    try:
        (small / "small_scale.mrc").write_bytes(EARLIER)
        before = contents(small)
        done = run(LARGE, small, "--force")
        check("full disk, results", done.returncode, done.stderr, NO_SPACE, "", small, before)
        # Not seen beforehand: the space goes while the run is under way. That of the results is theirs already.
        subprocess.run(["mount", "-o", "remount,size=60m", small], check=True)
        under_way = Run(LARGE, small, "--force", "--lowpass-output", "6", "--amplify", "2", until="survey")
        fill_while_stopped(under_way, small / "filler")
        status, said = under_way.end()
        (small / "filler").unlink()
        failures.check(status == 0, f"results, filled up in mid-run: {status}, {said[-300:]}")
        expected = good(LARGE, "--lowpass-output", "6", "--amplify", "2") | digests(before)
        failures.check(digests(contents(small)) == expected, "results, filled up in mid-run")
        for name in contents(small):
            with open(small / name, "rb") as file:
                about = os.fstat(file.fileno())
            failures.check(about.st_blocks * 512 < about.st_size + 4096, f"{name}: {about.st_blocks * 512} bytes of disk for {about.st_size}")
        # Scratch is not reserved but checked: filled up meanwhile.
        out = fresh()
        process = Run(LARGE, out, "--scratch", small, "--amplify", "2", "--hist-match", until="survey")
        fill_while_stopped(process, small / "filler")
        status, said = process.end()
        check("scratch filled up in mid-run", status, said, NO_SPACE, "--scratch", out)
    finally:
        subprocess.run(["umount", "-l", small], check=True)
    return None


def read_only_folder():
    out = fresh()
    if os.getuid() == 0:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,ro", "none", out], capture_output=True).returncode != 0:
            return "cannot mount here"
        try:
            done = run(SMALL, out)
            check("read-only file system", done.returncode, done.stderr, IO, "Read-only", out)
            done = run(SMALL, fresh(), "--scratch", out, "-m", "18M", "--max-box", "24")
            check("read-only scratch", done.returncode, done.stderr, IO, "Read-only")
        finally:
            subprocess.run(["umount", out], check=True)
        out.chmod(0o555)
        copy = base / "occustream"
        shutil.copy(PROGRAM, copy)
        copy.chmod(0o755)
        done = subprocess.run([copy, *words(SMALL, out)[1:]], capture_output=True, user=NOBODY, stdin=subprocess.DEVNULL)
    else:
        out.chmod(0o555)
        done = run(SMALL, out)
    check("read-only folder", done.returncode, done.stderr, IO, "ermission", out)
    return None


def folder_removed():
    for force in ([], ["--force"]):
        out = fresh()
        process = Run(LARGE, out, *force)
        shutil.rmtree(out)
        status, said = process.end()
        check(f"folder removed {force}", status, said, IO, str(out))
        failures.check(not out.exists(), "the folder came back")


def folder_renamed():
    """The results go where the folder is now."""
    out = fresh()
    process = Run(LARGE, out)
    out.rename(moved := out.with_name(out.name + "-moved"))
    status, said = process.end()
    failures.check(status in (0, IO), f"folder renamed: {status} {said}")
    if status == IO:
        check("folder renamed", status, said, IO, "folder", moved)


def results_appear_meanwhile():
    out = fresh()
    process = Run(LARGE, out)
    (out / "large_report.json").write_bytes(EARLIER)
    before = contents(out)
    status, said = process.end()
    check("a result appeared meanwhile", status, said, IO, "exists already", out, before)


# ---- the input ----


def input_deleted():
    for io in ("read", "mmap"):
        path, out = base / "deleted.mrc", fresh()
        shutil.copy(LARGE, path)
        process = Run(path, out, "--io", io)
        path.unlink()
        status, said = process.end()
        found = {name.replace("deleted", "large"): data for name, data in digests(contents(out)).items() if not name.endswith(".cxc")}
        expected = {name: data for name, data in good(LARGE).items() if not name.endswith(".cxc")}
        failures.check(status == 0 and found == expected, f"deleted, {io}: {status} {said}")


def input_truncated():
    for io in ("read", "mmap"):
        path, out = base / "cut.mrc", fresh()
        shutil.copy(LARGE, path)
        process = Run(path, out, "--io", io)
        os.truncate(path, 5000)
        status, said = process.end()
        check(f"truncated, {io}", status, said, BAD_INPUT, "cut to 5000 bytes", out)


def input_replaced():
    """Renamed over: the old file is read to its end. Written over: two maps would be mixed."""
    expected = {name: data for name, data in good(LARGE).items() if not name.endswith(".cxc")}
    for io in ("read", "mmap"):
        path, other, out = base / "replaced.mrc", base / "other.mrc", fresh()
        shutil.copy(LARGE, path)
        shutil.copy(SMALL, other)
        process = Run(path, out, "--io", io)
        other.rename(path)
        status, said = process.end()
        found = {name.replace("replaced", "large"): data for name, data in digests(contents(out)).items() if not name.endswith(".cxc")}
        failures.check(status == 0 and found == expected, f"renamed over, {io}: {status} {said}")
        shutil.copy(LARGE, path)
        out = fresh()
        process = Run(path, out, "--io", io)
        with open(path, "r+b") as file:
            file.seek(1024 + 4 * SLOW_BOX**3 // 2)
            file.write(bytes(1000))
        status, said = process.end()
        check(f"written over, {io}", status, said, BAD_INPUT, "changed while it was read", out)


# ---- limits of the system ----


def limited(what, values, allowed, *more, user=None):
    """Runs under a limit of each value in turn: one clear line with an allowed status, until a run goes well."""
    program, expected = PROGRAM, good(SMALL, *more)
    if user is not None:
        program = base / "occustream"
        shutil.copy(PROGRAM, program)
        program.chmod(0o755)
    seen = []
    for value in values:
        out = fresh("limited")
        how = dict(user=user) if user is not None else {}
        done = subprocess.run([program, *words(SMALL, out, *more)[1:]], stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                              preexec_fn=lambda value=value: resource.setrlimit(what, (value, value)), **how)
        if b"error while loading shared libraries" in done.stderr or b"cannot create" in done.stderr:
            continue  # it did not begin
        name = f"limit {what} of {value}"
        seen.append(done.returncode)
        if seen[-3:] == [0, 0, 0]:
            break
        if done.returncode == 0:
            failures.check(digests(contents(out)) == expected, f"{name}: other results")
        else:
            failures.check(done.returncode in allowed, f"{name}: status {done.returncode} {done.stderr}")
            check(name, done.returncode, done.stderr, done.returncode, "", out)
        shutil.rmtree(out)
    failures.check(seen and seen[-1] == 0 and any(seen), f"limit {what}: {seen}")


def descriptors():
    limited(resource.RLIMIT_NOFILE, range(4, 64), {IO}, "-j2", "--amplify", "2")


def address_space():
    """libuv and FFTW end the process themselves when there is nothing left at all: see docs/security.md."""
    mib = 1 << 20
    limited(resource.RLIMIT_AS, [n * mib for n in (*range(40, 130, 6), 160, 200, 400, 4000)], {LIMIT}, "-j2", "-m", "64M")


def file_size():
    limited(resource.RLIMIT_FSIZE, (0, 1, 1000, 1024, 50000, 131072, 132095, 132096, 1 << 20), {IO}, "-j2")


def threads():
    if os.getuid() != 0:
        return "only root can be another user without processes"
    limited(resource.RLIMIT_NPROC, range(1, 16), {LIMIT}, "-j2", user=NOBODY)
    return None


# ---- signals ----


def interrupted():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        for twice in (False, True):
            out = fresh()
            (out / "large_scale.mrc").write_bytes(EARLIER)
            before = contents(out)
            process = Run(LARGE, out, "--force")
            process.process.send_signal(number)
            if twice:
                process.process.send_signal(number)
            status, said = process.end()
            if twice and status == -number:
                failures.check(contents(out) == before, f"{number} twice: {contents(out)}")
            else:
                check(f"signal {number}", status, said, 128 + number, "interrupted", out, before)


def left_alone():
    """What was ignored at the start stays so: the terminal goes, a run under nohup goes on."""
    out = fresh()
    with subprocess.Popen(words(LARGE, out, "--progress", "json"), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as process:
        process.stderr.readline()
        process.send_signal(signal.SIGHUP)
        said = process.stderr.read()
    failures.check(process.returncode == 0 and digests(contents(out)) == good(LARGE), f"hung up: {process.returncode}, {said[-300:]}")


def killed():
    """At moments spread over the run: nothing, or whole files; never a part of one under a final name."""
    expected = good(LARGE)
    begin = time.monotonic()
    run(LARGE, fresh())
    seconds = time.monotonic() - begin
    for moment in range(12):
        out = fresh()
        with subprocess.Popen(words(LARGE, out), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            time.sleep(seconds * moment / 11)
            process.kill()
        found = {name: data for name, data in digests(contents(out)).items() if not name.startswith(".")}
        failures.check(found.items() <= expected.items(), f"killed at {moment}: {sorted(found)}")
        failures.check(not [name for name in os.listdir(base) if name.startswith(".occustream")], "scratch left")


def reader_gone():
    """SIGPIPE, also when the caller did not ignore it: a quiet end, as of cat, with the status of a failed write."""
    for ignored in (signal.SIG_IGN, signal.SIG_DFL):
        with subprocess.Popen(words(LARGE, "-", "--outputs", "scale"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGPIPE, ignored)) as process:
            process.stdout.read(2000)
            process.stdout.close()
            said = process.stderr.read()
            status = process.wait(timeout=300)
        failures.check(status == IO and said == b"", f"reader gone: {status} {said}")


def suspended():
    expected, out = good(LARGE), fresh()
    process = Run(LARGE, out)
    for _ in range(5):
        process.process.send_signal(signal.SIGSTOP)
        time.sleep(.05)
        state, deadline = "", time.monotonic() + 10
        while state not in ("T", "Z") and time.monotonic() < deadline:  # a busy system takes its time
            with open(f"/proc/{process.process.pid}/stat") as file:
                state = file.read().rsplit(")", 1)[1].split()[0]
        failures.check(state in ("T", "Z"), f"not suspended: {state}")
        process.process.send_signal(signal.SIGCONT)
        time.sleep(.02)
    status, said = process.end()
    failures.check(status == 0 and digests(contents(out)) == expected, f"suspended: {status} {said}")


def clock_steps_back():
    """The clock of the day jumps back by hours at every look; progress and the report's times must not mind."""
    expected, out = good(LARGE, "-j2"), fresh()
    done = run(LARGE, out, "-j2", "--progress", "json", env={**os.environ, "LD_PRELOAD": CLOCK,
               "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"})
    failures.check(done.returncode == 0 and digests(contents(out)) == expected, f"clock: {done.returncode} {done.stderr[-300:]}")
    seconds = [float(value) for value in re.findall(rb'"seconds": ?([-0-9.e+]+)', done.stderr)]
    report = (out / "large_report.json").read_text() if done.returncode == 0 else ""
    seconds += [float(value) for value in re.findall(r'"seconds": ?([-0-9.e+]+)', report)]
    failures.check(seconds and all(0 <= value < 600 for value in seconds), f"clock: {seconds}")


def main():
    every = [full_disk, read_only_folder, folder_removed, folder_renamed, results_appear_meanwhile, input_deleted, input_truncated,
             input_replaced, descriptors, address_space, file_size, threads, interrupted, left_alone, killed, reader_gone, suspended,
             clock_steps_back]
    try:
        for test in every:
            if sys.argv[4:] and test.__name__ not in sys.argv[4:]:
                continue
            begin, reason = time.monotonic(), test()
            print(f"{test.__name__}: " + (f"left out: {reason}" if reason else f"{time.monotonic() - begin:.1f} s"), flush=True)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    failures.finish()


main()
