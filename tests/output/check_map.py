#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks with mrcfile at the maps that test_output_map_file.c wrote.

Usage: check_map.py all FOLDER; its sub-folders have out.mrc, the input's header (in.header), the floats that
were given to the writer (data.f32) and a word for what should differ (what). Exit status 0 when all is well.
"""
import glob
import io
import os
import sys
import warnings

import mrcfile
import numpy as np
from mrcfile.dtypes import HEADER_DTYPE

GEOMETRY = ("nxstart nystart nzstart mx my mz cella cellb mapc mapr maps origin ispg").split()
OURS = b"occustream test"


def validated(path):
    said = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert mrcfile.validate(path, print_file=said), said.getvalue()


def check(what, folder):
    path = folder + "/out.mrc"
    validated(path)
    given = np.fromfile(folder + "/in.header", HEADER_DTYPE.newbyteorder("<"))[0]
    with mrcfile.open(path) as mrc:
        header = mrc.header.copy()
        data = mrc.data.copy()
    floats = np.fromfile(folder + "/data.f32", "<f4").reshape(data.shape)
    half = what == "half"
    assert data.dtype == (np.dtype("<f2") if half else np.dtype("<f4"))
    assert np.array_equal(data, floats.astype(data.dtype))
    assert (header.nx, header.ny, header.nz) == data.shape[::-1]
    assert header.mode == (12 if half else 2)
    assert header.nversion == 20141 and header.nsymbt == 0 and header.exttyp.tobytes() == bytes(4)
    assert bytes(header.machst) == b"\x44\x44\0\0" and header.map == b"MAP "
    check_statistics(header, data)
    check_geometry(what, header, given)
    check_labels(what, header, given)


def check_statistics(header, data):
    exact = data.astype(np.float64)
    assert header.dmin == exact.min() and header.dmax == exact.max()
    assert header.dmean == np.float32(exact.mean()) or abs(header.dmean - exact.mean()) < 1e-9
    assert abs(header.rms - exact.std()) <= 1e-7 * exact.std()


def check_geometry(what, header, given):
    changed = {"no-cell": {"mx", "my", "mz", "cella", "cellb"}, "infinite-cell": {"cella", "mz", "origin"},
               "impossible-axes": {"mapc", "mapr", "maps", "ispg"}, "stack": {"ispg"}}.get(what, set())
    for field in GEOMETRY:
        same = header[field].tobytes() == given[field].tobytes()
        assert same or field in changed, (field, header[field], given[field])
    if what == "no-cell":
        assert (header.mx, header.my, header.mz) == (19, 18, 17)
        assert all(np.isfinite(header.cella[a]) and header.cella[a] > 0 for a in "xyz")
        assert all(header.cellb[a] == 90 for a in ("alpha", "beta", "gamma"))
    elif what == "infinite-cell":
        assert header.cella.x == given["cella"]["x"] and header.cella.y == given["cella"]["y"]
        assert np.isfinite(header.cella.z) and header.cella.z > 0 and header.mz == 17
        assert header.origin.tolist() == (0, 0, 0)
    elif what == "impossible-axes":
        assert (header.mapc, header.mapr, header.maps, header.ispg) == (1, 2, 3, 1)
    elif what == "stack":
        assert (header.ispg, header.nz, header.mz) == (1, 17, 17)


def check_labels(what, header, given):
    labels = [bytes(label) for label in header.label[:header.nlabl]]
    if what == "labels":
        assert labels == [b"made by a careful program", b"fifth", b"x" * 80, OURS], labels
    elif what == "full-labels":
        assert labels == [b"label %d" % i for i in range(9)] + [OURS], labels
    else:
        assert labels == [bytes(given["label"][0]), OURS], labels


if __name__ == "__main__":
    cases = glob.glob(sys.argv[2] + "/*/what")
    assert len(cases) == 12, cases
    for case in cases:
        with open(case, encoding="ascii") as word:
            check(word.read(), os.path.dirname(case))
