# SPDX-License-Identifier: GPL-3.0-or-later
"""A map to standard output: the same voxels, a valid header, and consumers that are slow or leave."""
import os
import signal
import subprocess
import time

import mrcfile
import numpy as np

import streams
from streams import PROGRAM, Folder, check_line, end, failures, run, some_map

DATA = some_map((90, 80, 100))
NOT_DETERMINED = (0, -1, -2, -1)


def words(folder, *more, memory="2G"):
    return [PROGRAM, "estimate", "-o", "-", "--scratch", str(folder.path / "scratch"), "-m", memory, *map(str, more)]


def same_voxels():
    for kind, options in (("scale", []), ("lowpass", []), ("confidence", ["--dtype", "f16"]),
                          ("amplified", ["--amplify", "2"]), ("scale", ["--max-box", "48"]),
                          ("attenuated", ["--attenuate", "2", "--lowpass-output", "5", "--hist-match"])):
        for threads in (1, 3):
            with Folder() as folder:
                plain = folder.write("plain.mrc", DATA)
                options = [*options, "--outputs", kind, "--threads", threads]
                failures.check(run(folder.words("-q", *options, plain)).returncode == 0, f"{kind}: to a file")
                done = run(words(folder, *options, plain))
                what = f"{kind} {options}"
                failures.check(done.returncode == 0, f"{what}: {done.stderr}")
                written = next((folder.path / "out").glob("*.mrc"))
                failures.check(done.stdout[1024:] == written.read_bytes()[1024:], f"{what}: other voxels")
                sent = folder.write("sent.mrc", done.stdout)
                with mrcfile.open(sent) as ours, mrcfile.open(written) as file:
                    header = ours.header
                    stored = tuple(float(header[name]) for name in ("dmin", "dmax", "dmean", "rms"))
                    failures.check(stored == NOT_DETERMINED, f"{what}: statistics {stored}")
                    failures.check(np.array_equal(ours.data, file.data), f"{what}: mrcfile reads other voxels")
                    for name in ("cella", "mx", "nxstart", "origin", "mapc", "ispg", "mode"):
                        failures.check(header[name] == file.header[name], f"{what}: {name}")
                failures.check(mrcfile.validate(sent), f"{what}: not valid")
                failures.check(os.listdir(folder.path / "scratch") == [], f"{what}: scratch is left")


def chained():
    """Standard output of one run is standard input of the next."""
    with Folder() as folder:
        plain = folder.write("plain.mrc", DATA)
        first = subprocess.Popen(words(folder, "-q", "--outputs", "lowpass", plain), stdout=subprocess.PIPE)
        second = subprocess.run(words(folder, "-q", "--outputs", "scale", "-"), stdin=first.stdout, capture_output=True)
        failures.check(first.wait() == 0 and second.returncode == 0, f"chain: {second.stderr}")
        failures.check(run(folder.words("-q", "--outputs", "lowpass", plain)).returncode == 0, "low-pass")
        lowpass = folder.path / "out" / "plain_lowpass.mrc"
        failures.check(run(folder.words("-q", "--outputs", "scale", lowpass)).returncode == 0, "scale")
        scale = (folder.path / "out" / "plain_lowpass_scale.mrc").read_bytes()
        failures.check(second.stdout[1024:] == scale[1024:], "the chain gives other voxels")


def consumer_leaves():
    for count in (0, 10, 100000):
        with Folder() as folder:
            plain = folder.write("plain.mrc", DATA)
            process = subprocess.Popen(words(folder, "--outputs", "scale", plain), stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
            process.stdout.read(count)
            process.stdout.close()
            said = process.stderr.read()
            failures.check(process.wait(timeout=60) == 5 and said == b"", f"consumer leaves after {count}: "
                           f"{process.returncode} {said}")
            failures.check(os.listdir(folder.path / "scratch") == [], f"left after {count}")


def consumer_stalls():
    """A signal ends a run whose consumer takes nothing any more."""
    for how, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        with Folder() as folder:
            plain = folder.write("plain.mrc", DATA)
            process = subprocess.Popen(words(folder, "-q", "--outputs", "scale", plain), stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE,
                                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
            time.sleep(2)
            failures.check(process.poll() is None, "it did not wait for its consumer")
            returned, said, seconds = end(process, how)
            failures.check(returned == status and seconds < 2, f"stalled consumer: {returned}, {said}, {seconds:.1f} s")


def refused():
    with Folder() as folder:
        plain = folder.write("plain.mrc", DATA)
        done = run(words(folder, plain))
        check_line(done, 2, ["only one", "--outputs"], "two maps to standard output")
        failures.check(done.stdout == b"", "something went to standard output")
        flat = folder.write("flat.mrc", DATA[:1024] + bytes(len(DATA) - 1024))
        done = run(words(folder, "--outputs", "scale", flat))
        check_line(done, 3, ["contrast"], "no contrast")
        failures.check(done.stdout == b"", "a run that failed sent something")
        huge = np.frombuffer(DATA[1024:], "<f4") * np.float32(1e6)
        done = run(words(folder, "--outputs", "lowpass", "--dtype", "f16",
                         folder.write("huge.mrc", DATA[:1024] + huge.tobytes())))
        check_line(done, 4, ["float16"], "beyond float16")
        master, slave = os.openpty()
        done = subprocess.run(words(folder, "--outputs", "scale", plain), stdout=slave, stderr=subprocess.PIPE)
        check_line(done, 2, ["terminal"], "a terminal")
        os.close(master), os.close(slave)


same_voxels()
chained()
consumer_leaves()
consumer_stalls()
refused()
failures.finish()
