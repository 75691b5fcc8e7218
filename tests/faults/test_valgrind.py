# SPDX-License-Identifier: GPL-3.0-or-later
"""A few small runs under valgrind's memcheck: no wrong access, no use of what was never set, no leak.

Usage: test_valgrind.py OCCUSTREAM
"""
import os
import shutil
import sys

from scene import BAD_INPUT, Failures, Scene, Way

FOUND = 97
WAYS = [
    Way("plain", "-j2"),
    Way("modified", "-j2 --amplify 2 --attenuate 2 --hist-match --labels {0}/labels.mrc --solvent-def {0}/mask.mrc"),
    Way("scratch", "-j1 -m 64M --max-box 22 --dtype f16", source="gz"),
    Way("mmap", "-j2 --io mmap", earlier=True),
    Way("pipe", "-j1 --outputs scale", source="pipe.zst", piped=True),
]


def main():
    if not shutil.which("valgrind"):
        print("SKIP: valgrind is not installed")
        return 77
    failures = Failures()
    # What valgrind does not know (AVX-512) is not used.
    os.environ["OCCUSTREAM_SIMD"] = "avx2"
    with Scene(sys.argv[1], None) as scene:
        scene.before = ["valgrind", "--quiet", f"--error-exitcode={FOUND}", "--leak-check=full",
                        "--show-leak-kinds=definite,indirect,possible", "--errors-for-leak-kinds=definite,indirect"]
        for way in WAYS:
            done = scene.run(way)
            failures.check(done.status == 0, f"{way.name}: {done.status}\n" + "\n".join(done.said))
        (scene.path / "map.mrc").write_bytes((scene.path / "map.mrc").read_bytes()[:5000])
        done = scene.run(Way("broken", "-j1"))
        failures.check(done.status == BAD_INPUT, f"broken: {done.status}\n" + "\n".join(done.said))
    failures.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
