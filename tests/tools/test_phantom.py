# SPDX-License-Identifier: GPL-3.0-or-later
"""What tools/phantom writes, read by another program: test_phantom.py PHANTOM_BINARY"""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import unittest
import warnings

import mrcfile
import numpy as np

PHANTOM = None  # path of the program, from the command line
DTYPES = {0: np.int8, 1: np.int16, 2: np.float32, 6: np.uint16, 12: np.float16}


# A child starts with the peak memory of the process it was forked from, so a small one starts it.
PEAK_KB = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class PhantomTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_phantom(self, *arguments, **keywords):
        return subprocess.run([PHANTOM, *map(str, arguments)], capture_output=True, text=True, **keywords)

    def make(self, *arguments, name="map.mrc"):
        """Returns the voxels, the open map, the labels and the truth."""
        done = self.run_phantom(*arguments, "--labels", self.path("labels.mrc"),
                                "--truth", self.path("truth.json"), self.path(name))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with open(self.path("truth.json")) as file:
            truth = json.load(file)
        volume = self.open(name)
        return volume.data, volume, self.open("labels.mrc").data, truth

    def open(self, name):
        volume = mrcfile.open(self.path(name))
        self.addCleanup(volume.close)
        return volume


class Files(PhantomTest):
    def test_geometry(self):
        data, volume, labels, truth = self.make("--box", "40x48x56", "--voxel", "1.5,1.25,1")
        self.assertEqual(data.shape, (40, 48, 56))
        self.assertEqual(labels.shape, data.shape)
        self.assertEqual(truth["box"], [40, 48, 56])
        self.assertEqual(volume.voxel_size.tolist(), (1, 1.25, 1.5))  # x, y, z
        self.assertEqual(volume.nstart.tolist(), (0, 0, 0))
        self.assertTrue(volume.is_volume())

    def test_valid_for_mrcfile(self):
        for mode in DTYPES:
            self.make("--box", 32, "--mode", mode)
            for name in "map.mrc", "labels.mrc":
                with open(os.devnull, "w") as nowhere:
                    self.assertTrue(mrcfile.validate(self.path(name), nowhere), (mode, name))

    def test_modes_hold_the_same_density(self):
        density = self.make("--box", 32)[0].astype(float)
        for mode, dtype in DTYPES.items():
            data, _, _, truth = self.make("--box", 32, "--mode", mode)
            self.assertEqual(data.dtype, dtype)
            wanted = density * truth["stored"]["factor"] + truth["stored"]["offset"]
            if mode == 12:
                np.testing.assert_array_equal(data, density.astype(np.float16))
            elif mode != 2:
                limits = np.iinfo(dtype)
                self.assertGreater(np.ptp(data.astype(float)), 0.25 * (limits.max - limits.min) / 2)
                wanted = np.clip(wanted, limits.min, limits.max)
                self.assertLess(np.abs(data - wanted).max(), 0.51)

    def test_tiny_float16(self):
        """Below 2^-14, where float16 has fewer digits."""
        options = "--box", 32, "--noise", 0, "--domains", "0.00001,0.0001"
        density = self.make(*options)[0]
        np.testing.assert_array_equal(self.make(*options, "--mode", 12)[0], density.astype(np.float16))

    def test_byte_order(self):
        for mode, dtype in DTYPES.items():
            little = self.make("--box", 32, "--mode", mode)[0]
            big, volume, _, _ = self.make("--box", 32, "--mode", mode, "--big-endian")
            self.assertEqual(volume.header.machst[0], 0x11)
            np.testing.assert_array_equal(big, little)
            with open(self.path("map.mrc"), "rb") as file:
                file.seek(1024)
                raw = np.frombuffer(file.read(), np.dtype(dtype).newbyteorder(">"))
            np.testing.assert_array_equal(raw.reshape(little.shape), little)

    def test_header_statistics(self):
        for mode in DTYPES:
            data, volume, labels, _ = self.make("--box", "33x40x47", "--mode", mode)
            for voxels, header in (data, volume.header), (labels, self.open("labels.mrc").header):
                exact = voxels.astype(float)
                self.assertEqual(header.dmin, voxels.min())
                self.assertEqual(header.dmax, voxels.max())
                self.assertAlmostEqual(header.dmean / exact.mean(), 1, places=5)
                self.assertAlmostEqual(header.rms / exact.std(), 1, places=5)


class Model(PhantomTest):
    def test_labels_are_the_nearest_ball(self):
        for layout, count in ("touching", 3), ("separate", 3), ("separate", 8), ("touching", 5):
            occupancies = ",".join(str(1 - i / 10) for i in range(count))
            _, _, labels, truth = self.make("--box", "40x64x56", "--voxel", "1.5,1.25,1",
                                            "--layout", layout, "--domains", occupancies)
            grid = np.indices(labels.shape).astype(float)
            far = []
            for domain in truth["domains"]:
                offset = [(g - c) / r for g, c, r in zip(grid, domain["centre_vox"], domain["radius_vox"])]
                far.append(sum(o * o for o in offset))
            far = np.array(far)
            wanted = np.where(far.min(axis=0) <= 1, far.argmin(axis=0) + 1, 0)
            unsure = (np.abs(far.min(axis=0) - 1) < 1e-6) | (np.ptp(np.sort(far, axis=0)[:2], axis=0) < 1e-6)
            np.testing.assert_array_equal(labels[~unsure], wanted[~unsure])
            self.assertLess(unsure.mean(), 0.03)
            counts = np.bincount(labels.ravel(), minlength=count + 1)[1:]
            self.assertEqual(counts.tolist(), [domain["voxels"] for domain in truth["domains"]])

    def test_separate_domains_have_a_gap(self):
        for count in 3, 8:
            truth = self.make("--box", 64, "--layout", "separate", "--domains", ",".join(["1"] * count))[3]
            centres = np.array([domain["centre_vox"] for domain in truth["domains"]])
            between = np.linalg.norm(centres[:, None] - centres[None], axis=2) + 1000 * np.eye(count)
            self.assertGreater(between.min(), 2 * truth["domains"][0]["radius_vox"][0] + 0.05 * 64)

    def cores(self, labels, truth):
        """Voxels well inside each domain, away from its surface and its neighbours."""
        grid = np.indices(labels.shape).astype(float)
        for domain in truth["domains"]:
            away = sum(((g - c) / (r - 4)) ** 2
                       for g, c, r in zip(grid, domain["centre_vox"], domain["radius_vox"]))
            yield (away < 1) & (labels == domain["label"])

    def test_density_is_the_occupancy(self):
        data, _, labels, truth = self.make("--box", 128, "--layout", "separate")
        for core, domain in zip(self.cores(labels, truth), truth["domains"]):
            self.assertAlmostEqual(data[core].mean() / domain["occupancy"], 1, delta=0.04)
        self.assertAlmostEqual(data[labels == 0].mean(), 0, delta=0.01)

    def test_rms_is_the_predicted_one(self):
        """Within four standard errors: each of the cells, 5 A^3 or 2 voxels, holds an atom or not."""
        for arguments, cell in ((), 5), (("--voxel", 3), 2), (("--bfactor", 30, "--voxel", "0.8,1,1.3"), 5 / 1.04):
            data, _, labels, truth = self.make("--box", 128, "--layout", "separate", "--noise", 0, *arguments)
            core = next(self.cores(labels, truth))
            error = np.sqrt(cell / core.sum())
            self.assertAlmostEqual(np.sqrt(np.mean(data[core] ** 2)) / truth["protein_rms"], 1, delta=4 * error)
            self.assertAlmostEqual(data[core].std() / np.sqrt(truth["protein_rms"] ** 2 - 1), 1, delta=4 * error)

    def test_blocks_fit_together(self):
        """Neighbouring sections and rows are alike at block edges (32, 64) as elsewhere."""
        data = self.make("--box", 128, "--noise", 0.5)[0]
        for axis in 0, 1:
            planes = np.moveaxis(data, axis, 0).reshape(128, -1)
            alike = [np.corrcoef(planes[i], planes[i + 1])[0, 1] for i in range(127)]
            self.assertLess(np.abs(np.diff(alike)).max(), 0.1)

    def test_seed(self):
        first, second = (self.make("--box", 48, "--seed", seed)[0] for seed in (1, 2))
        solvent = np.s_[:8]  # sections without atoms
        self.assertLess(abs(np.corrcoef(first[solvent].ravel(), second[solvent].ravel())[0, 1]), 0.05)
        np.testing.assert_array_equal(first, self.make("--box", 48, "--seed", 1)[0])


class Noise(PhantomTest):
    def spectrum(self, *arguments):
        """Power by frequency (1 / voxel) of noise that drowns the atoms, and its size as promised and found."""
        data, _, _, truth = self.make("--box", 64, "--domains", "0.000001", *arguments)
        power = np.abs(np.fft.rfftn(data)) ** 2
        frequency = np.sqrt(sum(f ** 2 for f in np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64),
                                                             np.fft.rfftfreq(64), indexing="ij")))
        return power, frequency, truth["noise_sigma"], data.std()

    def test_white(self):
        power, frequency, wanted, found = self.spectrum("--band", 0)
        self.assertAlmostEqual(found / wanted, 1, delta=0.01)
        shells = [power[(frequency >= low) & (frequency < low + 0.1)].mean() for low in (0.1, 0.2, 0.3, 0.4)]
        self.assertLess(max(shells) / min(shells), 1.1)

    def test_band_limit(self):
        for band in 3, 5, 8:
            power, frequency, wanted, found = self.spectrum("--band", band)
            self.assertAlmostEqual(found / wanted, 1, delta=0.05)
            low = power[(frequency > 0) & (frequency < 0.25 / band)].mean()
            self.assertLess(power[frequency > 1 / band].mean(), 2e-3 * low)
            half = power[np.abs(frequency - 0.5 / band) < 0.02].mean() / low
            self.assertTrue(0.05 < half < 0.4, half)  # exp(-(2 pi 0.445 / 2)^2) = 0.14, low itself 0.9

    def test_relative_to_the_protein(self):
        truth = self.make("--box", 32, "--noise", 0.3)[3]
        self.assertAlmostEqual(truth["noise_sigma"], 0.3 * truth["protein_rms"], places=6)


class Running(PhantomTest):
    def test_threads_do_not_change_bytes(self):
        for options in (), ("--mode", 6, "--big-endian"), ("--layout", "separate", "--band", 6):
            files = set()
            for threads in 1, 2, 5:
                self.make("--box", "70x150x90", "--threads", threads, *options)
                with open(self.path("map.mrc"), "rb") as volume, open(self.path("labels.mrc"), "rb") as labels:
                    files.add((volume.read(), labels.read()))
            self.assertEqual(len(files), 1)

    @unittest.skipIf(os.environ.get("OCS_SANITIZE"), "sanitizers use memory of their own")
    def test_memory_is_bounded(self):
        for box, mode in ("32x1024x1024", 2), ("40x64x16384", 0):
            done = subprocess.run([sys.executable, "-c", PEAK_KB, PHANTOM, "--box", box, "--threads", "2",
                                   "--mode", str(mode), self.path("large.mrc")],
                                  capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertLess(int(done.stdout), 100 * 1024)

    def test_usage(self):
        out = self.path("map.mrc")
        for wrong in (["--box", "8"], ["--box", "32x32"], ["--box", "1e2"], ["--mode", "3"], ["--voxel", "0"],
                      ["--domains", "1,2"], ["--domains", ",".join("1" * 9)], ["--layout", "round"],
                      ["--noise", "-1"], ["--seed", "-1"], ["--threads", "0"], ["--band", "17"],
                      ["--voxel", "0.05"], ["--no-such"], ["--box"], [out]):
            done = self.run_phantom(*wrong, out)
            self.assertEqual(done.returncode, 2, wrong)
            self.assertNotEqual(done.stderr, "")
            self.assertFalse(os.path.exists(out))
        self.assertEqual(self.run_phantom().returncode, 2)

    def test_help(self):
        done = self.run_phantom("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("--labels", done.stdout)

    def test_failed_writing_leaves_nothing(self):
        def small_files_only():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
        done = self.run_phantom("--box", 64, "--labels", self.path("labels.mrc"), self.path("map.mrc"),
                                preexec_fn=small_files_only)
        self.assertEqual(done.returncode, 5)
        self.assertIn("File too large", done.stderr)
        self.assertEqual(os.listdir(self.folder), [])
        self.assertEqual(self.run_phantom(self.path("nowhere/map.mrc")).returncode, 5)


if __name__ == "__main__":
    warnings.simplefilter("error", RuntimeWarning)
    PHANTOM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
