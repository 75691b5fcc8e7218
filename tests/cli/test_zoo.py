# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file of the header zoo is read, warned about or refused as its README expects."""
import bz2
import gzip
import os
import pathlib
import sys
import tempfile

from program import Failures, codes, info

SOURCE = pathlib.Path(__file__).resolve().parents[2]
ZOO = pathlib.Path(os.environ.get("OCS_SHARED", SOURCE.parent / "shared")) / "zoo"

OK, WARN, REFUSE = "ok", "warn", "refuse"

# What the README says of each file. For warn: a departure that has to be named, at least.
EXPECTED = {
    "emd_3197.map": (OK,),
    "emd_3001.map": (OK,),
    "emd_3001_f16.mrc": (OK,),
    "emd_3197_f16.mrc": (OK,),
    "float16_image.mrc": (WARN, "cell", "statistics"),
    "axes_123.map": (OK,),
    "axes_321.map": (OK,),
    "big_endian.ccp4": (OK,),
    "mode0_hexagonal.ccp4": (WARN, "statistics"),
    "rec2D.rec": (WARN, "map_id", "machine_stamp", "unsigned_bytes", "cell"),
    "rec3D.rec": (WARN, "map_id", "machine_stamp", "unsigned_bytes"),
    "ispg401_mask.mrc": (WARN, "cell"),
    "no_map_id.mrc": (WARN, "map_id", "machine_stamp", "ispg"),
    "one_trailing_byte.mrc": (WARN, "byte_order", "file_size", "nlabl"),
    "corrupt_header.map": (REFUSE, "34280108", "1108"),
    "header_only.mrc": (REFUSE, "1373024", "1024"),
    "header_only_garbage.mrc": (REFUSE, "1023712", "1024"),
    "invalid_axes.mrc": (WARN, "axes", "machine_stamp", "nversion"),
    "emd_3197.map.bz2": (OK,),
    "emd_3001.map.gz": (OK,),
    "origin_set.map.gz": (OK,),
    # The stored minimum of this one is wrong, which only its voxels tell.
    "iota_yzx.ccp4.gz": (WARN, "statistics"),
    "mask_axes132.msk.gz": (OK,),
    "emd_8216.map.gz": (OK,),
}

failures = Failures()


def check_file(path, expected, what):
    kind, *details = expected
    status, files, lines = info("--stats", path)
    entry = files[0]
    if kind == REFUSE:
        failures.check(status == 3 and entry["status"] == 3, f"{what}: exit status {status}")
        failures.check(len(lines) == 1 and lines[0].startswith("occustream: "), f"{what}: {lines}")
        for detail in details:
            failures.check(detail in entry.get("error", ""), f"{what}: {detail} not in {entry}")
        return
    failures.check(status == 0 and not lines, f"{what}: exit status {status}, {lines}")
    found = codes(entry.get("findings", []))
    if kind == OK:
        failures.check(found == [], f"{what}: findings {found}")
    for detail in details:
        failures.check(detail in found, f"{what}: {detail} not among {found}")


def check_same_geometry():
    _, files, _ = info(ZOO / "axes_123.map", ZOO / "axes_321.map")
    failures.check(files[0]["geometry"] == files[1]["geometry"], "geometry depends on axis order")
    failures.check(files[0]["axes"] != files[1]["axes"], "the axis orders are the same")
    sizes = [files[0]["geometry"][axis]["voxel_size_ang"] for axis in "xyz"]
    failures.check(sizes == [5.0, 20 / 3, 10.0], f"voxel sizes {sizes}")


def check_unsigned_tomograms():
    for name, low, high in (("rec2D.rec", 144, 159), ("rec3D.rec", 141, 163)):
        _, files, _ = info("--stats", ZOO / name)
        statistics = files[0]["statistics"]
        failures.check((statistics["min"], statistics["max"]) == (low, high),
                       f"{name}: {statistics}")
        failures.check(files[0]["mode_name"] == "uint8", f"{name}: {files[0]['mode_name']}")


def check_unpacked():
    """Compressed files are what they are unpacked, but for their size."""
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted([*ZOO.glob("*.gz"), *ZOO.glob("*.bz2")]):
            plain = pathlib.Path(folder) / path.stem
            unpack = gzip.decompress if path.suffix == ".gz" else bz2.decompress
            plain.write_bytes(unpack(path.read_bytes()))
            for option in ([], ["--stats"]):
                packed, unpacked = info(*option, path)[1][0], info(*option, plain)[1][0]
                failures.check(packed["file_bytes"] == path.stat().st_size, f"{path.name}: size")
                failures.check(packed["compression"] == {".gz": "gzip", ".bz2": "bzip2"}[path.suffix],
                               f"{path.name}: {packed['compression']}")
                for name in ("path", "file_bytes", "compression"):
                    del packed[name], unpacked[name]
                failures.check(packed == unpacked, f"{path.name} is not what it is unpacked")


if not ZOO.is_dir():
    print("SKIP: no zoo at", ZOO)
    sys.exit(77)
present = {path.name for path in ZOO.iterdir()} - {"README.md"}
failures.check(present == set(EXPECTED), f"files without expectation: {present ^ set(EXPECTED)}")
for name, expected in EXPECTED.items():
    check_file(ZOO / name, expected, name)
check_same_geometry()
check_unsigned_tomograms()
check_unpacked()
failures.finish()
