# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual page and the help speak of the same options, with the same arguments."""
import pathlib
import re

from program import Failures, run

failures = Failures()
manual = pathlib.Path(__file__).parents[2].joinpath("docs/occustream.1.md").read_text("utf-8")


def in_help(text):
    """{"--name": (letter or "", argument or "")} of the option lines of a help text."""
    found = {}
    for letter, name, argument in re.findall(r"^(?:  (-\w), |      )(--[\w-]+)(?: ([A-Z,]+))?", text, re.M):
        found[name] = (letter, argument)
    return found


def in_manual():
    found = {}
    for letter, name, argument in re.findall(
            r"^(?:\*\*(-\w)\*\*, )?\*\*(--[\w-]+)\*\*(?: \*([A-Z,]+)\*)?$", manual, re.M):
        failures.check(name not in found, f"the manual has {name} twice")
        found[name] = (letter, argument)
    return found


described = in_manual()
helped = in_help(run("estimate", "--help").stdout.decode())
helped.update(in_help(run("convert", "--help").stdout.decode()))
helped.update(in_help(run("--help").stdout.decode()))
failures.check(len(helped) > 40, f"only {len(helped)} options in the help")
for name in sorted(set(described) | set(helped)):
    failures.check(described.get(name) == helped.get(name),
                   f"{name}: manual {described.get(name)}, help {helped.get(name)}")

# Defaults and choices that the help names in its own words.
for name, words in {"--pivot": "0.01", "--scale-limit": "0.05", "--max-voxels": "1099511627776", "--max-expansion": "10000",
                    "--compat": "occupy-0.1.13"}.items():
    for text in (manual, run("estimate", "--help").stdout.decode()):
        entry = re.search(rf"^(?: {{6}}|\*\*){name}\b.*?(?=^ {{2,6}}-|^\*\*|^#|\Z)", text, re.M | re.S).group()
        failures.check(words in entry, f"{name} without {words}: {entry}")

statuses = re.findall(r"^ +([\d,]+) +\S", run("--help").stdout.decode().split("Exit status:")[1], re.M)
section = manual.split("# EXIT STATUS")[1].split("# EXAMPLES")[0]
described_statuses = [line.replace(" ", "") for line in re.findall(r"^([\d, ]+)$", section, re.M)]
failures.check(statuses == described_statuses, f"exit statuses {statuses}, {described_statuses}")
failures.finish()
