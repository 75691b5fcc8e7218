# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong usage: one line that names what is wrong, exit status 2, before anything is read or written."""
import os
import pathlib
import shutil
import subprocess
import tempfile

from program import PROGRAM, Failures, header, run

failures = Failures()
folder = pathlib.Path(tempfile.mkdtemp(prefix="occustream-usage-"))
MAP = folder / "a map.mrc"
MAP.write_bytes(header() + bytes(20**3 * 4))


def estimate(*words):
    return run("estimate", *words, cwd=folder)


def expect_refused(words, *names, command="estimate"):
    done = run(command, *words, cwd=folder) if command else run(*words, cwd=folder)
    said = done.stderr.decode(errors="replace")
    what = f"{words}: status {done.returncode}, {said!r}"
    failures.check(done.returncode == 2, what)
    failures.check(done.stdout == b"", f"{what}, and on standard output {done.stdout!r}")
    failures.check(said.startswith("occustream: ") and said.count("\n") == 1 and said.endswith("\n"), what)
    failures.check("--help" in said, what)
    for name in names:
        failures.check(name in said, f"{what} does not say {name}")
    failures.check(sorted(os.listdir(folder)) == [MAP.name], f"{what} left {os.listdir(folder)}")


def check_commands():
    expect_refused([], "command", command=None)
    expect_refused(["frobnicate"], "frobnicate", command=None)
    expect_refused(["--frobnicate"], "--frobnicate", command=None)
    for words, name in (([], "IN"), (["a"], "OUT"), (["a", "b", "c"], "c"), (["--format", "mrc", "a", "b"], "--format")):
        expect_refused(words, name, command="convert")
    expect_refused(["\x1b[2J"], "?[2J", command=None)
    expect_refused([], "MAP")
    expect_refused([MAP, "other.mrc"], "other.mrc")
    expect_refused([""], "MAP")


def check_unknown():
    for word in ("--frobnicate", "--frobnicate=3", "-x", "--zarr", "--format", "--sandbox",
                 "--connections", "--chunk", "--codec", "--Tau", "--s0x"):
        expect_refused([word, MAP], word.split("=")[0])
    # Beginnings of options, of which getopt would take some.
    for part in ("--ta", "--lowpass-o", "--no-chimera", "--forc", "--a", "--verb"):
        expect_refused([part, "0.5", MAP], part)
        expect_refused([part + "=0.5", MAP], part)
    expect_refused(["-qx", MAP], "-x")
    for wrong, meant in (("--amplfy=2", "--amplify"), ("--taw", "--tau"), ("--hlep", "--help"), ("--s0x", "--s0"),
                         ("--raw_scale", "--raw-scale"), ("--chunks", "--chunk")):
        expect_refused([wrong, MAP], f"did you mean {meant}?")
    expect_refused(["--jsn", MAP], "did you mean --json?", command="info")
    expect_refused(["estimte", MAP], "did you mean estimate?", command=None)


REALS = ("--resolution", "--lowpass", "--tau", "--kernel-radius", "--amplify", "--attenuate", "--sigmoid",
         "--pivot", "--scale-limit", "--lowpass-output", "--hedge-confidence")
COUNTS = ("--kernel-size", "--tile-size", "--max-box", "--volume", "--max-voxels", "--max-expansion", "--threads", "--seed")
TEXTS = ("--solvent-def", "--target-mask", "--labels", "--output", "--scratch")
CHOICES = {"--region": ("ball", "box"), "--nonfinite": ("refuse", "zero"), "--io": ("auto", "mmap", "read"),
           "--dtype": ("f32", "f16"), "--format": ("mrc", "mrc.zst", "zarr"), "--progress": ("auto", "bar", "json", "none"),
           "--compat": ("occupy-0.1.13",), "--outputs": ("scale", "confidence", "solvent_excluded")}
FLAGS = ("--s0", "--occupancy", "--raw-scale", "--nlrc", "--exclude-solvent", "--omit-confidence", "--hist-match",
         "--chimerax", "--no-chimerax", "--force", "--plan", "--quiet", "--verbose", "--help")


def check_values():
    for name in REALS + COUNTS + TEXTS + tuple(CHOICES) + ("--memory",):
        expect_refused([MAP, name], name)
        expect_refused([name + "=", MAP], name)
    for name in REALS:
        for wrong in ("x", "1x", " 1", "1 ", "nan", "inf", "-inf", "0x1p3", "1e", "1e999", "1,5", "--", "-1", "."):
            expect_refused([f"{name}={wrong}", MAP], name)
    for name in COUNTS:
        for wrong in ("x", "1x", " 1", "1.5", "-1", "+1", "1e3", "99999999999999999999999", "0x10"):
            expect_refused([f"{name}={wrong}", MAP], name)
    for name in set(COUNTS) - {"--seed"}:
        expect_refused([f"{name}=0", MAP], name)
    for wrong in ("x", "0", "-1G", "1Q", "1KB", "1.5", "1 G", "G", ".G", "99999999999T", "1GiBB", "1e9", "1GG"):
        expect_refused([f"--memory={wrong}", MAP], "--memory")
    for name, allowed in CHOICES.items():
        expect_refused([f"{name}=frobnicate", MAP], name, "frobnicate", *allowed)
    for wrong in ("scale,", ",scale", "scale,,confidence", "scale confidence", "Scale"):
        expect_refused([f"--outputs={wrong}", MAP], "--outputs")
    for name in FLAGS:
        expect_refused([f"{name}=1", MAP], name)


def check_ranges():
    for words, name in ((["--tau", "1"], "--tau"), (["--tau", "1.5"], "--tau"), (["--tau", "0"], "--tau"),
                        (["--kernel-size", "4"], "--kernel-size"), (["--kernel-size", "1"], "--kernel-size"),
                        (["--kernel-size", "65"], "--kernel-size"), (["--amplify", "1"], "--amplify"),
                        (["--attenuate", "0.5"], "--attenuate"), (["--sigmoid", "1"], "--sigmoid"),
                        (["--sigmoid", "2", "--pivot", "0"], "--pivot"),
                        (["--sigmoid", "2", "--pivot", "0.995"], "--pivot"),
                        (["--amplify", "2", "--scale-limit", "1"], "--scale-limit"),
                        (["--hedge-confidence", "0.5"], "--hedge-confidence"), (["--max-box", "15"], "--max-box"),
                        (["-j", "4097"], "--threads"), (["-r", "0"], "--resolution"),
                        (["--attenuate", "2", "--seed", str(2**63)], "--seed")):
        expect_refused(words + [MAP], name)


def check_contradictions():
    for words, names in ((["--occupancy", "--raw-scale"], ("--occupancy", "--raw-scale")),
                         (["--s0", "--tile-size", "5"], ("--s0", "--tile-size")),
                         (["--pivot", "0.5"], ("--pivot", "--sigmoid")),
                         (["--scale-limit", "0.5"], ("--scale-limit", "--amplify")),
                         (["--lowpass-output", "5"], ("--lowpass-output", "--exclude-solvent")),
                         (["--hist-match"], ("--hist-match", "--exclude-solvent")),
                         (["-q", "-v"], ("--quiet", "--verbose")), (["-vq"], ("--quiet", "--verbose")),
                         (["--outputs", "amplified"], ("--outputs", "--amplify")),
                         (["--outputs", "attenuated"], ("--outputs", "--attenuate")),
                         (["--outputs", "sigmoid"], ("--outputs", "--sigmoid")),
                         (["--outputs", "solvent_excluded"], ("--outputs", "--exclude-solvent")),
                         (["--outputs", "solvent_excluded", "--exclude-solvent", "--amplify", "2"],
                          ("--outputs", "--amplify")),
                         (["--seed", "3"], ("--seed", "--attenuate")),
                         (["--labels", "-", "--solvent-def", "-"], ("-", "only one"))):
        expect_refused(words + [MAP], *names)
        expect_refused([MAP] + words, *names)


def check_help():
    for words in (["--help"], ["-h"], ["estimate", "--help"], ["estimate", "-h"], ["estimate", "-qh"],
                  ["estimate", "--help", "--frobnicate"], ["--version"]):
        done = run(*words)
        failures.check(done.returncode == 0 and done.stderr == b"" and len(done.stdout) > 40,
                       f"{words}: {done.returncode}, {done.stderr!r}")
        lines = done.stdout.decode("ascii").split("\n")
        failures.check(max(map(len, lines)) <= 100 and lines[-1] == "", f"{words}: a line of {max(map(len, lines))}")
        failures.check(not any(line.endswith(" ") for line in lines), f"{words}: blanks at the end of lines")
    text = run("estimate", "--help").stdout.decode()
    for name in REALS + COUNTS + TEXTS + tuple(CHOICES) + FLAGS + ("--memory",):
        failures.check(f" {name}" in text, f"the help lacks {name}")
    version = run("--version").stdout.decode().split("\n")
    failures.check(version[0].startswith("occustream ") and "libuv" in version[1], f"--version: {version}")


def check_full_output():
    """Help that cannot be written is not help."""
    if not os.path.exists("/dev/full"):
        return
    for words in (["--help"], ["estimate", "--help"], ["--version"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, check=False)
        failures.check(done.returncode == 6 and done.stderr.startswith(b"occustream: "), f"{words}: {done}")


def check_spellings():
    """The same request, spelled differently, and names that look like options. The map is flat, which is refused
    with another status once the command line was understood; a missing one is told by its name."""
    for words in (["--tau=0.5", MAP], ["--tau", "0.5", MAP], [MAP, "--tau", "0.5"], ["--", MAP], ["-r8", MAP],
                  ["-r", "8", MAP], ["--memory=0.5G", MAP], ["-m", "512MiB", MAP], ["-m1g", MAP],
                  ["--lowpass", "+1.2e1", MAP], ["--lowpass=.8e1", MAP], ["--lowpass=9.", MAP], ["-qj1", MAP],
                  ["--tau", "0.4", "--tau", "0.5", MAP],
                  ["--no-chimerax", "--chimerax", MAP], ["--outputs=lowpass,scale", MAP]):
        done = estimate(*words)
        failures.check(done.returncode == 3 and b"contrast" in done.stderr, f"{words}: {done}")
    for words in (["--", "--tau"], ["--", "-q"], ["./--tau"]):
        done = estimate(*words)
        failures.check(done.returncode == 5 and words[-1].encode() in done.stderr
                       and done.stderr.count(b"\n") == 1, f"{words}: {done}")


check_commands()
check_unknown()
check_values()
check_ranges()
check_contradictions()
check_help()
check_full_output()
check_spellings()
shutil.rmtree(folder)
failures.finish()
