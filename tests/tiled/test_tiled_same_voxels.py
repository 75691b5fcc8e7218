#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every format holds the voxels and the header of the plain map, for readers that are not ours.

python3-mrcfile after `zstd -d`; python3-zarr for version 2 (its version 3 is a draft that overwrites stores); for
version 3 the reader in stores.py. Usage: test_tiled_same_voxels.py OCCUSTREAM
"""
import base64
import io
import json
import pathlib
import shutil
import subprocess
import sys

try:
    import zarr
    import stores
except ImportError as missing:
    print("SKIP:", missing)
    sys.exit(77)
import mrcfile
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "streams"))
from streams import Folder, failures, run, some_map  # noqa: E402

# What is estimated, of which box, with what chunk.
CASES = [
    ("small box", (20, 17, 33), [], None),
    ("box smaller than a chunk", (60, 44, 50), ["--amplify", "2"], None),
    ("chunks that divide nothing", (70, 83, 91), ["--amplify", "2", "--attenuate", "3", "--sigmoid", "4"], (13, 24, 37)),
    ("chunks of odd sides", (50, 64, 47), ["--outputs", "confidence,lowpass"], (7, 5, 3)),
    ("float16", (66, 70, 90), ["--dtype", "f16", "--exclude-solvent"], (16, 16, 16)),
    ("reduced and restored", (80, 90, 70), ["--max-box", "48", "--amplify", "2", "--outputs",
                                            "scale,lowpass,amplified"], (20, 20, 20)),
    ("finished", (64, 72, 60), ["--amplify", "2", "--hist-match", "--lowpass-output", "8"], (16, 32, 16)),
    ("occupy", (64, 64, 64), ["--compat", "occupy-0.1.13", "--max-box", "48", "--amplify", "2"], (16, 16, 16)),
    ("occupy, low-passed", (60, 60, 60), ["--compat", "occupy-0.1.13", "--max-box", "48", "--attenuate", "2",
                                          "--lowpass-output", "9", "--dtype", "f16"], (10, 20, 30)),
    ("many chunks along x", (18, 20, 300), ["--outputs", "scale"], (16, 16, 16)),
]


def estimate(folder, name, options):
    """One format's results in a folder of its own."""
    out = folder.path / name
    out.mkdir()
    words = folder.words("-q", *options, "-o", out, folder.path / "map.mrc")
    done = run(words)
    failures.check(done.returncode == 0, f"{' '.join(words)}: {done.stderr}")
    return out


def check_same(what, ours, plain):
    failures.check(ours.dtype == plain.dtype and ours.shape == plain.shape and ours.tobytes() == plain.tobytes(),
                   f"{what}: other voxels")


def levels(group):
    """Path, scale and translation of each, from the metadata."""
    image, = group["multiscales"]
    failures.check([axis["name"] for axis in image["axes"]] == ["z", "y", "x"], "axes")
    failures.check(all(axis["unit"] == "angstrom" and axis["type"] == "space" for axis in image["axes"]), "units")
    for level in image["datasets"]:
        scale, translation = level["coordinateTransformations"]
        failures.check((scale["type"], translation["type"]) == ("scale", "translation"), "transformations")
        yield level["path"], scale["scale"], translation["translation"]


def check_pyramid(what, group, read, plain, floats, chunk, voxel, origin):
    """Levels are means of means of the voxels before they were rounded, down to a single chunk, and lie where they
    should. Chunks that are all zero are absent, all others there. `read` gives an array's voxels and its chunks."""
    fine, count = floats, 0
    for level, (path, scale, translation) in enumerate(levels(group)):
        data, there = read(path)
        if level == 0:
            check_same(f"{what}, level 0", data, plain)
        else:
            fine = stores.mean_of_eight(fine)
            check_same(f"{what}, level {level}", data, fine.astype(plain.dtype))
        failures.check(there == stores.tiles_with_content(data, chunk), f"{what}, level {level}: other chunks")
        failures.check(np.allclose(scale, np.array(voxel) * 2 ** level), f"{what}: scale {scale}")
        middle = np.array(origin) + (2 ** level - 1) / 2 * np.array(voxel)
        failures.check(np.allclose(translation, middle), f"{what}: translation {translation}, not {middle}")
        count += 1
        last = all(n <= c for n, c in zip(data.shape, chunk))
    failures.check(last, f"{what}: the last level is more than a chunk")
    return count


def check_attributes(what, attributes, plain_path, kind):
    ours = attributes["occustream"]
    failures.check(base64.b64decode(ours["mrc_header"]) == plain_path.read_bytes()[:1024], f"{what}: other header")
    report = json.loads(next(plain_path.parent.glob("*_report.json")).read_text())
    for name in ("full_scale", "solvent_fit", "tau", "version"):
        failures.check(ours["report"][name] == report[name], f"{what}: {name} of the report")
    failures.check("run" not in ours["report"], f"{what}: tells of the run")


def check_version_2(what, path, plain, floats, plain_path, chunk, voxel, origin):
    group = zarr.open_group(str(path), "r")
    failures.check((path / ".zgroup").read_text().strip() != "", "zgroup")

    def read(name):
        array = group[name]
        meta = json.loads((path / name / ".zarray").read_text())
        failures.check(meta["filters"] is None and meta["dimension_separator"] == "/" and meta["fill_value"] == 0
                       and meta["order"] == "C" and tuple(meta["chunks"]) == chunk, f"{what}: {meta}")
        there = {tuple(map(int, key.relative_to(path / name).parts)) for key in (path / name).rglob("[0-9]*")
                 if key.is_file()}
        return array[:], there
    count = check_pyramid(what, group.attrs.asdict(), read, plain, floats, chunk, voxel, origin)
    attributes = group.attrs.asdict()
    failures.check(attributes["multiscales"][0]["version"] == "0.4", f"{what}: version")
    failures.check(attributes["multiscales"][0]["type"] == "mean", f"{what}: type")
    failures.check(attributes["multiscales"][0]["name"] == path.name[:-len(".zarr")], f"{what}: name")
    failures.check(len(list(group.arrays())) == count, f"{what}: arrays that are no levels")
    check_attributes(what, attributes, plain_path, path.name)


def check_version_3(what, path, plain, floats, plain_path, chunk, voxel, origin):
    meta = json.loads((path / "zarr.json").read_text())
    failures.check(meta["zarr_format"] == 3 and meta["node_type"] == "group", f"{what}: {meta}")
    failures.check(meta["attributes"]["ome"]["version"] == "0.5", f"{what}: version")

    def read(name):
        array = stores.Array3(path / name)
        failures.check(tuple(array.chunk) == chunk, f"{what}: chunk {array.chunk}")
        failures.check(array.meta["dimension_names"] == ["z", "y", "x"], f"{what}: names of dimensions")
        outside = np.ones(array.whole.shape, bool)
        outside[tuple(slice(0, n) for n in array.meta["shape"])] = False
        failures.check(not array.whole[outside].any(), f"{what}: something lies outside of the box")
        return array.data, array.there
    check_pyramid(what, meta["attributes"]["ome"], read, plain, floats, chunk, voxel, origin)
    check_attributes(what, meta["attributes"], plain_path, path.name)


def check_zst(what, path, plain_path, plain):
    data = path.read_bytes()
    unpacked = path.with_suffix("")
    subprocess.run(["zstd", "-q", "-d", path, "-o", unpacked], check=True)
    failures.check(unpacked.read_bytes() == plain_path.read_bytes(), f"{what}: other bytes after zstd -d")
    with mrcfile.open(unpacked) as ours:
        check_same(what, ours.data, plain)
    if plain.dtype == np.dtype("f4"):  # of others mrcfile itself overflows
        failures.check(mrcfile.validate(unpacked, print_file=io.StringIO()), f"{what}: not valid")
    failures.check(subprocess.run(["zstd", "-q", "-t", path]).returncode == 0, f"{what}: zstd -t")
    listed = subprocess.run(["zstd", "-lv", path], capture_output=True, text=True, check=True).stdout
    sizes = stores.frames(data)
    failures.check(f"# Zstandard Frames: {len(sizes)}" in listed and "# Skippable Frames: 1" in listed
                   and "Check: XXH64" in listed, f"{what}: {listed}")
    failures.check(sizes[0][1] == 1024, f"{what}: the first frame is not the header")
    whole, packed_at, plain_at = plain_path.read_bytes(), 0, 0
    for packed, size in sizes:
        frame = stores.numcodecs.Zstd().decode(data[packed_at:packed_at + packed])
        failures.check(frame == whole[plain_at:plain_at + size], f"{what}: a frame is not what the table says")
        packed_at, plain_at = packed_at + packed, plain_at + size
    failures.check(plain_at == len(whole), f"{what}: the table ends early")


def check_results(what, plain_out, float_out, outs, chunk):
    for plain_path in sorted(plain_out.glob("*.mrc")):
        stem = plain_path.name[:-len(".mrc")]
        with mrcfile.open(plain_path) as mrc:
            plain = mrc.data.copy()
            voxel = tuple(float(mrc.voxel_size[axis]) for axis in "zyx")
            origin = tuple(float(mrc.header.origin[axis]) for axis in "zyx")
        floats = mrcfile.read(float_out / plain_path.name)
        name = f"{what}, {stem}"
        check_zst(f"{name}, mrc.zst", outs["zst"] / f"{stem}.mrc.zst", plain_path, plain)
        for out in ("zarr2", "blosc2"):
            check_version_2(f"{name}, {out}", outs[out] / f"{stem}.zarr", plain, floats, plain_path, chunk, voxel,
                            origin)
        for out in ("zarr3", "blosc3"):
            check_version_3(f"{name}, {out}", outs[out] / f"{stem}.zarr", plain, floats, plain_path, chunk, voxel,
                            origin)


def written(what, outs, plain_out):
    """The same maps in each, and a ChimeraX script only beside maps that ChimeraX reads."""
    stems = sorted(path.stem for path in plain_out.glob("*.mrc"))
    failures.check(stems != [] and len(list(plain_out.glob("*.cxc"))) == 1, f"{what}: {stems}")
    for name, out in outs.items():
        suffix = ".mrc.zst" if name == "zst" else ".zarr"
        found = sorted(path.name for path in out.iterdir())
        right = sorted([stem + suffix for stem in stems] + ["map.log", "map_report.json"])
        failures.check(found == right, f"{what}, {name}: {found}")
        report = json.loads((out / "map_report.json").read_text())
        paths = sorted(pathlib.Path(output["path"]).name for output in report["outputs"])
        failures.check(paths == [stem + suffix for stem in stems], f"{what}, {name}: reported {paths}")


def main():
    if not shutil.which("zstd"):
        print("SKIP: no zstd")
        return 77
    for number, (what, shape, options, chunk) in enumerate(CASES):
        with Folder() as folder:
            changes = dict(nxstart=3) if number % 2 else {}
            folder.write("map.mrc", some_map(shape, seed=number, **changes))
            with mrcfile.open(folder.path / "map.mrc", "r+") as mrc:
                if number % 2 == 0:
                    mrc.header.origin = (10.5, -20, 30)
                else:
                    mrc.header.nxstart = 0
            chunked = ["--chunk", ",".join(map(str, chunk))] if chunk else []
            zarr_options = [*options, *chunked, "--format", "zarr"]
            plain = estimate(folder, "plain", options)
            outs = {
                "zst": estimate(folder, "zst", [*options, "--format", "mrc.zst"]),
                "zarr2": estimate(folder, "zarr2", zarr_options),
                "zarr3": estimate(folder, "zarr3", [*zarr_options, "--zarr", "3", "--codec", "zstd"]),
                "blosc2": estimate(folder, "blosc2", [*zarr_options, "--zarr", "2", "--codec", "blosc"]),
                "blosc3": estimate(folder, "blosc3", [*zarr_options, "--zarr", "3", "--codec", "blosc"]),
            }
            written(what, outs, plain)
            half = "f16" in options
            floats = estimate(folder, "floats", ["f32" if word == "f16" else word for word in options]) if half else plain
            check_results(what, plain, floats, outs, chunk or (64, 64, 64))
    failures.finish()


if __name__ == "__main__":
    sys.exit(main())
