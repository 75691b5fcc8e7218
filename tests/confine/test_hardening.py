# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as built: everything that cmake/OcsHardening.cmake asks for is to be seen in the file."""
import os
import platform
import re
import shutil
import subprocess
import sys

PROGRAM, SKIPPED = sys.argv[1], 77
if os.environ.get("OCS_HARDENED") != "ON" or not shutil.which("objdump"):
    print("SKIPPED: this build is not hardened, or binutils are not here")
    sys.exit(SKIPPED)


def readelf(*words):
    return subprocess.run(["readelf", "--wide", *words, PROGRAM], capture_output=True, check=True, text=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout


segments = re.findall(r"^  (\w+) +0x\w+ 0x\w+ 0x\w+ 0x\w+ 0x\w+ ([R ][W ][E ])", readelf("--segments"), re.M)
loaded = [rights for kind, rights in segments if kind == "LOAD"]
dynamic = readelf("--dynamic")
imported = set(re.findall(r" UND (\w+)", readelf("--dyn-syms")))

# The file as a whole says so only where the C library's own start code does too: one look at ours.
main = subprocess.run(["objdump", "-d", "--disassemble=main", PROGRAM], capture_output=True, check=True, text=True).stdout

wanted = {
    "loaded anywhere (PIE)": "DYN" in readelf("--file-header") and re.search(r"FLAGS_1\).*\bPIE\b", dynamic),
    "table of functions read-only (RELRO, now)": ("GNU_RELRO", "R  ") in segments and re.search(r"FLAGS_1\).*\bNOW\b", dynamic),
    "no code on the stack": ("GNU_STACK", "RW ") in segments,
    "nothing both writable and code": loaded and not any("W" in rights and "E" in rights for rights in loaded),
    "code apart from data (separate-code)": loaded[:2] == ["R  ", "R E"] and loaded.count("R E") == 1,
    "no code is patched on loading": "TEXTREL" not in dynamic,
    "libraries only from the system's folders": not re.search(r"RPATH|RUNPATH", dynamic),
    "stack protector": "__stack_chk_fail" in imported,
    "checked C library (fortify)": {"__snprintf_chk", "__fprintf_chk"} <= imported,
}
if platform.machine() == "x86_64":
    wanted["jumps and returns checked (CET)"] = re.search(r"<main>:\n.*\bendbr64\b", main)
if platform.machine() == "aarch64":
    wanted["jumps and returns checked (BTI, PAC)"] = re.search(r"<main>:\n.*\b(paciasp|bti)\b", main)

failed = [what for what, found in wanted.items() if not found]
for what in failed:
    print("FAILED:", what)
print(f"{len(wanted) - len(failed)} of {len(wanted)} checks passed")
sys.exit(1 if failed else 0)
