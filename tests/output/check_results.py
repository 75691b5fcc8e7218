#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the text results of test_output_results.c with other programs' eyes.

Usage: check_results.py WHAT FOLDER; exit status 0 when all is as it should be.
"""
import csv
import glob
import json
import os
import re
import sys


def strict(name):
    raise ValueError(name + " is not JSON")


def load(folder):
    with open(os.path.join(folder, "r.json"), encoding="utf-8") as file:
        return json.load(file, parse_constant=strict)


def statistics(i):
    return {"min": -i, "max": i, "mean": i / 16, "rms": i / 8}


def check_json(folder):
    report = load(folder)
    outputs = [("scale", 1), ("confidence", 2), ("amplified", 3), ("sigmoid", 4)]
    expected = {
        "schema": "occustream-report/1",
        "program": "occustream",
        "version": report["version"],
        "command_line": "occustream estimate 'a\ufffd\u00e9' --tau 0.9",
        "rules": "default",
        "input": {
            "source": folder + "/in.map", "dims": [30, 40, 50],
            "voxel_size_ang": [1.5, 1.25, 1.0], "mode": 2, "mode_name": "float32",
            "volume": 1, "volumes": 1,
            "statistics": {"min": -1.0, "max": 2.0, "mean": 0.1, "rms": 0.3}, "nonfinite": 5,
            "findings": [{"code": "map_id", "text": 'no "MAP " \x1b[31m in the header'}],
        },
        "scale_data": "raw",
        "lowpass": {"active": True, "resolution_ang": 8.5},
        "kernel": {"size": [3, 5, 7], "radius": [1.1, 2.2, 3.3], "voxels": 93},
        "tau": 0.9647,
        "tiles": {
            "side": [2, 4, 6], "step": [2, -1, 3], "edge": [-1, 0, 1],
            "full_at": {"voxel": [11, 12, 13], "angstrom": [13.5, 14.5, 15.5]},
            "low_at": {"voxel": [21, 22, 23], "angstrom": [23.5, 24.5, 25.5]}, "low": -0.25,
        },
        "full_scale": 0.75,
        "solvent_fit": {"scale": 10.5, "mean": 0.001, "sigma": 0.05},
        "solvent_limits": {"content_at_1pct": 0.125, "solvent_edge": 0.25},
        "variability_limit": None,
        "confidence_limit": 0.0625,
        "confidence_curve": [i / 999.0 for i in range(1000)],
        "hedge_confidence": 2.0,
        "nlrc": True,
        "seed": 2**63 - 1,
        "warnings": [{"code": "poor_fit", "text": "the model looks poor"},
                     {"code": "other", "text": 'tab\tand \\ and "'}],
        "targets": [
            {"label": 7, "voxels": 1234, "tau": 0.91, "occupancy": 0.5, "relative": 1.0,
             "scale_quartiles": [0.25, 0.5, 0.75]},
            {"label": -3, "voxels": 10, "tau": 0.92, "occupancy": None, "relative": None,
             "scale_quartiles": [0.125, 0.25, None]}],
        "outputs": [dict(kind=kind, path=f"{folder}/in_{kind}.mrc", **statistics(i))
                    for kind, i in outputs],
        "run": {
            "passes": [{"name": "survey", "seconds": 1.5}, {"name": "emit", "seconds": 2.25}],
            "seconds": 3.75, "bytes_read": 2**41, "bytes_written": 4097, "scratch_bytes": 4098,
            "memory_limit_bytes": 2**30, "memory_peak_bytes": 123456789, "in_memory_bytes": 16384000, "threads": 3,
            "simd": "avx2",
        },
    }
    assert re.fullmatch(r"\d+\.\d+\.\d+", report["version"])
    assert report == expected, {k: (report.get(k), v) for k, v in expected.items()
                                if report.get(k) != v}
    assert list(report) == list(expected)


def check_json_bare(folder):
    report = load(folder)
    assert report["tiles"] is None
    assert report["targets"] == report["outputs"] == report["warnings"] == []


def check_log(folder):
    with open(os.path.join(folder, "r.log"), "rb") as file:
        data = file.read()
    assert all(byte == 10 or byte >= 32 for byte in data), "control characters"
    text = data.decode("utf-8", "replace")
    lines = text.splitlines()
    for line in lines:
        assert re.match(r".{19} \S", line) or line.startswith(" " * 20), line
    for needed in ("30 x 40 x 50 voxels of 1.5 x 1.25 x 1 A, float32", "the model looks poor",
                   "0.75 at voxel 11, 12, 13 (z y x); centre 13.5, 14.5, 15.5 A (x y z)",
                   "7: 1234 voxels, occupancy 0.5", "117.7 MiB at most, of 1024.0 MiB"):
        assert needed in text, needed


def check_csv(folder):
    with open(os.path.join(folder, "r.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        dict(label="7", voxels="1234", tau="0.91", occupancy="0.5", relative="1",
             scale_q25="0.25", scale_median="0.5", scale_q75="0.75"),
        dict(label="-3", voxels="10", tau="0.92", occupancy="", relative="",
             scale_q25="0.125", scale_median="0.25", scale_q75="")], rows


def words_of(command):
    """The words of one line as ChimeraX takes them: a quoted word ends at its quote followed by white
    space or the end; `;` outside quotes starts another command."""
    words = []
    rest = command.strip()
    while rest:
        quoted = re.match(r'("(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\')(?=\s|$)', rest)
        if rest[0] in "\"'":
            assert quoted, "unbalanced quotes: " + command
            word = quoted.group()
            words.append(word[1:-1])
        else:
            word = re.match(r"\S+", rest).group()
            words.append(word)
            assert ";" not in word, "a second command: " + command
        rest = rest[len(word):].lstrip()
    return words


ALLOWED = {"open", "volume", "color", "key", "marker", "alias", "view"}


def commands_of(path):
    """The commands of a script as lists of words; comments are left out."""
    with open(path, "rb") as file:
        data = file.read()
    assert re.fullmatch(rb"[\x20-\x7e\n]*", data), "unusual characters in the script"
    commands = []
    for line in data.decode("ascii").split("\n"):
        if line.startswith("#"):
            assert line == "#" or line.startswith("# ")
            assert not re.search(r"[;\"'<$*~`\\]", line), "a comment with more than text: " + line
        elif line:
            words = words_of(line)
            assert words[0] in ALLOWED, line
            commands.append(words)
    return commands


def opened(path, commands):
    """The files the script opens, in the order of model numbers."""
    files = []
    for words in commands:
        if words[0] == "open":
            assert words[2:] in ([], ["format", "mrc"])
            name = words[1]
            assert name.startswith(("./", "/")) and not re.search(r"[$~*?\[:]", name)
            files.append(os.path.normpath(os.path.join(os.path.dirname(path), name)))
    return files


def check_cxc(folder):
    path = folder + "/in.cxc"
    commands = commands_of(path)
    assert opened(path, commands) == [folder + name for name in (
        "/in_scale.mrc", "/in_confidence.mrc", "/in_amplified.mrc", "/in_sigmoid.mrc", "/in.map")]
    assert ["alias", "occupy_level", "volume", "#3,4,5", "level", "$1"] in commands
    assert ["volume", "#3", "show", "style", "surface", "color", "#c0c0c0", "level", "0.5"] in commands
    for model in (1, 2, 4, 5):
        assert ["volume", "#%d" % model, "hide"] in commands
    colours = [words for words in commands if words[0] == "color"]
    assert len(colours) == 1 and colours[0][:5] == ["color", "sample", "#3", "map", "#1"]
    stops = [stop.split(",") for stop in colours[0][6].split(":")]
    assert [float(value) for value, _ in stops] == [0.2, 0.4, 0.6, 0.8, 1.0]
    key = [words for words in commands if words[0] == "key"][0]
    assert [word.split(":") for word in key[1:6]] == [[colour, value] for value, colour in stops]
    assert ["marker", "#6", "position", "113.5,214.5,315.5", "radius", "1.5", "color",
            "#fde725"] in commands


def check_cxc_input(folder):
    path = folder + "/results/in.cxc"
    commands = commands_of(path)
    assert opened(path, commands)[2:] == [os.path.realpath(folder) + "/in.map"]
    assert ["alias", "occupy_level", "volume", "#3", "level", "$1"] in commands
    assert any(words[:4] == ["color", "sample", "#3", "map"] for words in commands)


def check_cxc_names(folder):
    scripts = glob.glob(folder + "/*.cxc")
    assert len(scripts) == 25
    seen = set()
    for path in scripts:
        for file in opened(path, commands_of(path)):
            assert os.path.exists(file), file
            seen.add(os.path.basename(file))
    assert seen == {"browse", "1abc", " lead.mrc", "plain name.mrc"}, seen


if __name__ == "__main__":
    globals()["check_" + sys.argv[1].replace("-", "_")](sys.argv[2])
