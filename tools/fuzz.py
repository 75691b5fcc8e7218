# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the fuzz targets that were built, and says what was executed, covered and found."""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LIMITS = ["-rss_limit_mb=512", "-timeout=5"]


def arguments():
    parser = argparse.ArgumentParser(prog="tools/fuzz")
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--uncovered", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("minutes", type=int)
    parser.add_argument("targets", nargs="*")
    return parser.parse_args()


def built_targets(root, wanted):
    """Those named, or all."""
    built = sorted(path.name[len("fuzz_"):] for path in (root / "build/fuzz/fuzz").glob("fuzz_*")
                   if os.access(path, os.X_OK) and path.is_file())
    unknown = [name for name in wanted if name not in built]
    if unknown or not built:
        sys.exit(f"fuzz: no target {', '.join(unknown) or 'was built'}; there are {', '.join(built)}")
    return wanted or built


def corpora(root, target):
    """What runs keep, first, and what is committed."""
    work = root / "build/fuzz/work" / target
    work.mkdir(parents=True, exist_ok=True)
    return [path for path in (work, root / "fuzz/corpus" / target) if path.is_dir()]


def number(log, pattern):
    found = re.findall(pattern, log)
    return int(found[-1]) if found else 0


def fuzz(root, target, seconds):
    """Executions, the edges and features seen, and the files and log of a finding."""
    findings = root / "build/fuzz/findings"
    findings.mkdir(parents=True, exist_ok=True)
    known = set(findings.glob(f"{target}-*"))
    words = [root / "build/fuzz/fuzz" / f"fuzz_{target}", f"-artifact_prefix={findings}/{target}-",
             "-print_final_stats=1", *LIMITS]
    words += [f"-max_total_time={seconds}"] if seconds else ["-runs=0"]
    dictionary = root / "fuzz" / f"{target}.dict"
    if dictionary.exists():
        words.append(f"-dict={dictionary}")
    done = subprocess.run([*words, *corpora(root, target)], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    log = done.stderr.decode(errors="replace")
    executions = number(log, r"number_of_executed_units: *(\d+)") or number(log, r"\n#(\d+)\s")
    found = sorted(set(findings.glob(f"{target}-*")) - known)
    if done.returncode:
        name = findings / f"{target}.log"
        name.write_text(log)
        found.append(name)
    return executions, number(log, r"cov: (\d+)"), found


def lcov(root, targets):
    """Line and branch counts of every file, as all targets together reach them."""
    replays = [root / "build/coverage/fuzz" / f"replay_{target}" for target in targets]
    with tempfile.TemporaryDirectory() as folder:
        for target, replay in zip(targets, replays):
            environment = dict(os.environ, LLVM_PROFILE_FILE=f"{folder}/{target}.profraw")
            subprocess.run([replay, *corpora(root, target)], env=environment, check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        profiles = list(pathlib.Path(folder).glob("*.profraw"))
        if not profiles:
            return ""
        merged = f"{folder}/all.profdata"
        subprocess.run([tool("llvm-profdata"), "merge", "-sparse", *profiles, "-o", merged], check=True)
        objects = [word for replay in replays[1:] for word in ("-object", replay)]
        return subprocess.run([tool("llvm-cov"), "export", "-format=lcov", f"-instr-profile={merged}",
                               replays[0], *objects], check=True, capture_output=True).stdout.decode()


def tool(name):
    """Debian's clang 14 goes with llvm 14."""
    return shutil.which(f"{name}-14") or name


def coverage_of(root, text):
    """{file: (lines {number: count}, branches [count])}; what several programs hold is added up."""
    files = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            try:
                name = str(pathlib.Path(value).resolve().relative_to(root.resolve()))
            except ValueError:
                name = value
            lines, branches = files.setdefault(name, ({}, {}))
        elif key == "DA":
            at, count = value.split(",")[:2]
            lines[int(at)] = lines.get(int(at), 0) + int(count)
        elif key == "BRDA":
            *place, count = value.split(",")
            branches[tuple(place)] = branches.get(tuple(place), 0) + (0 if count == "-" else int(count))
    return files


def parsers(root, files):
    globs = [line for line in (root / "fuzz/parsers").read_text().splitlines()
             if line and not line.startswith("#")]
    return [name for glob in globs for name in sorted(files)
            if pathlib.PurePath(name).match(glob)]


def share(counts):
    reached = sum(count > 0 for count in counts)
    return f"{reached:5} of {len(counts):5}  {100 * reached / len(counts):5.1f} %" if counts else " " * 24


def spans(numbers):
    """1-3, 7: neighbours together."""
    text, start = [], None
    for at in [*numbers, None]:
        if start is not None and at == last + 1:
            last = at
            continue
        if start is not None:
            text.append(f"{start}-{last}" if last > start else f"{start}")
        start = last = at
    return ", ".join(text)


def print_coverage(root, targets, uncovered):
    files = coverage_of(root, lcov(root, targets))
    print(f"\n{'parser':34} {'lines':>24}  {'branches':>24}")
    for name in parsers(root, files):
        lines, branches = files[name]
        print(f"{name:34} {share(list(lines.values()))}  {share(list(branches.values()))}")
        missed = [at for at in sorted(lines) if lines[at] == 0]
        if uncovered and missed:
            print(f"    not reached: {spans(missed)}")


def print_table(root, targets):
    """The coverage as a table of Markdown, for docs/security.md."""
    files = coverage_of(root, lcov(root, targets))
    print("\n| parser | lines | branches | lines not reached |\n|---|---|---|---|")
    for name in parsers(root, files):
        lines, branches = files[name]
        counts = (f"{sum(count > 0 for count in of.values())} of {len(of)}" for of in (lines, branches))
        missed = spans([at for at in sorted(lines) if lines[at] == 0])
        print(f"| `{name}` | {' | '.join(counts)} | {missed} |")


def main():
    wish = arguments()
    targets = built_targets(wish.root, wish.targets)
    seconds = wish.minutes * 60 // len(targets)
    if wish.minutes and not seconds:
        seconds = 1
    print(f"{'target':20} {'executions':>12} {'a second':>9} {'edges':>7}  found", flush=True)
    all_found = []
    for target in targets:
        executions, edges, found = fuzz(wish.root, target, seconds)
        rate = f"{executions / seconds:9.0f}" if seconds else " " * 9
        print(f"{target:20} {executions:12} {rate} {edges:7}  {'!' if found else 'nothing'}", flush=True)
        all_found += found
    if wish.table:
        print_table(wish.root, targets)
    else:
        print_coverage(wish.root, targets, wish.uncovered)
    for path in all_found:
        print(f"found: {path}")
    if all_found:
        print("run build/fuzz/fuzz/fuzz_TARGET FILE to see it again")
    sys.exit(1 if all_found else 0)


main()
