# SPDX-License-Identifier: GPL-3.0-or-later
"""What the method promises, on a phantom of three domains at occupancy 1, 0.6 and 0.3.

    test_science.py OCCUSTREAM PHANTOM
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

import mrcfile
import numpy as np

BOX, VOXEL = 128, 1.2
OCCUPANCY = {1: 1.0, 2: 0.6, 3: 0.3}


class Science(unittest.TestCase):
    occustream = phantom = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='ocs-science-')
        cls.map_path = os.path.join(cls.folder.name, 'ph.mrc')
        labels = os.path.join(cls.folder.name, 'labels.mrc')
        subprocess.run([cls.phantom, '--box', str(BOX), '--voxel', str(VOXEL), '--labels', labels, cls.map_path],
                       check=True, stdout=subprocess.DEVNULL)
        cls.map = mrcfile.read(cls.map_path).astype(float)
        cls.labels = mrcfile.read(labels)
        cls.runs = {}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def estimate(self, *options):
        """The folder of a run with these options; each is run once."""
        if options not in self.runs:
            folder = os.path.join(self.folder.name, f'run{len(self.runs)}')
            os.mkdir(folder)
            subprocess.run([self.occustream, 'estimate', *options, '-o', folder, self.map_path], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.runs[options] = folder
        return self.runs[options]

    def output(self, kind, *options):
        return mrcfile.read(os.path.join(self.estimate(*options), f'ph_{kind}.mrc')).astype(float)

    def report(self, *options):
        with open(os.path.join(self.estimate(*options), 'ph_report.json'), encoding='utf-8') as file:
            return json.load(file)

    def domain_tops(self, voxels, confidence):
        """95th percentile of each domain's confident voxels."""
        return {label: np.percentile(voxels[(self.labels == label) & (confidence > 0.5)], 95) for label in OCCUPANCY}

    # ---------------------------------------------------------------- the domains

    def test_scale_ranks_the_domains(self):
        scale = self.output('scale')
        medians = [np.median(scale[self.labels == label]) for label in OCCUPANCY]
        outside = np.median(scale[self.labels == 0])
        self.assertGreater(medians[0], 1.2 * medians[1])
        self.assertGreater(medians[1], 1.2 * medians[2])
        self.assertGreater(medians[2], 1.2 * outside)

    def test_amplified_domains_are_alike(self):
        options = ('--amplify', '30')
        confidence = self.output('confidence', *options)
        before = self.domain_tops(self.map, confidence)
        after = self.domain_tops(self.output('amplified', *options), confidence)
        self.assertGreater(max(before.values()), 2 * min(before.values()))
        self.assertLess(max(after.values()), 1.15 * min(after.values()), after)

    def test_attenuation_without_solvent_weakens_the_weak_fivefold(self):
        options = ('--attenuate', '5', '--exclude-solvent')
        confidence = self.output('confidence', *options)
        before = self.domain_tops(self.map, confidence)
        after = self.domain_tops(self.output('attenuated', *options), confidence)
        self.assertLess(after[3] / after[1], before[3] / before[1] / 5, (before, after))

    def test_what_retained_solvent_adds(self):
        """With the solvent, an attenuated domain keeps V (1 - confidence) and gets noise like the solvent's for what was
        taken: nothing else, so that the density itself is as weak as without."""
        options = ('--attenuate', '5')
        without = self.output('attenuated', *options, '--exclude-solvent')
        kept = self.output('attenuated', *options)
        confidence, scale = self.output('confidence', *options), self.output('scale', *options)
        fit = self.report(*options)['solvent_fit']
        modification = np.where(scale > 0.05, scale, 1) ** 4
        chosen = (self.labels == 3) & (modification < 0.5)
        low, high = self.map.min(), self.map.max()
        chosen &= (kept > low) & (kept < high) & (without > low) & (without < high)
        added = (kept - without - self.map * (1 - confidence))[chosen] / (1 - modification[chosen])
        count = chosen.sum()
        self.assertGreater(count, 5000)
        error = 5 * fit['sigma'] / np.sqrt(count)
        self.assertLess(abs(added.mean() - fit['mean']), error)
        self.assertLess(abs(added.std() - fit['sigma']), error)

    # ---------------------------------------------------------------- the working box

    def shells_beyond(self, voxels, limit):
        """Against the input, by frequency in cycles a box, of what no box of 2 * limit voxels can hold: correlation, and
        power in units of the input's."""
        a, b = np.fft.rfftn(voxels), np.fft.rfftn(self.map)
        z, y, x = np.meshgrid(*[np.fft.fftfreq(BOX, 1 / BOX)] * 2, np.fft.rfftfreq(BOX, 1 / BOX), indexing='ij')
        beyond = np.maximum(np.maximum(abs(z), abs(y)), x) > limit
        shell = np.rint(np.sqrt(z ** 2 + y ** 2 + x ** 2)).astype(int)[beyond]
        ab, aa, bb = (np.bincount(shell, weights=w[beyond]) for w in ((a * b.conj()).real, abs(a) ** 2, abs(b) ** 2))
        return (ab / np.sqrt(aa * bb + 1e-30))[limit + 2:62], (aa / (bb + 1e-30))[limit + 2:62]

    def test_a_working_box_keeps_the_resolution(self):
        options = ('--max-box', '72', '--amplify', '3')
        correlation, power = self.shells_beyond(self.output('amplified', *options), 36)
        self.assertGreater(correlation.min(), 0.9, correlation)
        self.assertGreater(power.min(), 0.5, power)
        # The reference cuts there; only its clipping to the input's range leaves a trace.
        _, power = self.shells_beyond(self.output('amplified', '--compat', 'occupy-0.1.13', *options), 36)
        self.assertLess(power.max(), 1e-3, power)

    # ---------------------------------------------------------------- the noise

    def test_noise_comes_from_the_seed(self):
        options = ('--attenuate', '5', '--seed')
        first = self.output('attenuated', *options, '7')
        again = self.output('attenuated', '--threads', '1', *options, '7')
        other = self.output('attenuated', *options, '8')
        np.testing.assert_array_equal(first, again)
        self.assertGreater(np.mean(first != other), 0.5)

    def test_noise_in_the_solvent_is_like_the_solvent(self):
        options = ('--attenuate', '5', '--seed')
        one, two = (self.output('attenuated', *options, seed) for seed in '78')
        scale, fit = self.output('scale', *options, '7'), self.report(*options, '7')['solvent_fit']
        modification = np.where(scale > 0.05, scale, 1) ** 4
        solvent = (self.labels == 0) & (modification < 0.01)
        self.assertGreater(solvent.sum(), 10000)
        # What does not come from the noise is the same in both runs.
        difference = (one - two)[solvent] / (1 - modification[solvent])
        self.assertLess(abs(difference.std() / (np.sqrt(2) * fit['sigma']) - 1), 0.02)
        self.assertLess(abs(difference.mean()), 5 * np.sqrt(2) * fit['sigma'] / np.sqrt(solvent.sum()))

    # ---------------------------------------------------------------- everything together

    def test_all_modifications_at_once(self):
        options = ('--amplify', '4', '--attenuate', '4', '--sigmoid', '4', '--pivot', '0.4', '--lowpass-output', '5',
                   '--hist-match', '--exclude-solvent')
        folder = self.estimate(*options)
        for kind in ('scale', 'confidence', 'amplified', 'attenuated', 'sigmoid'):
            path = os.path.join(folder, f'ph_{kind}.mrc')
            with open(os.path.join(self.folder.name, 'complaints'), 'w', encoding='utf-8') as complaints:
                self.assertTrue(mrcfile.validate(path, print_file=complaints), kind)
            voxels = mrcfile.read(path)
            self.assertTrue(np.isfinite(voxels).all())
            low, high = (0, 1) if kind in ('scale', 'confidence') else (self.map.min(), self.map.max())
            self.assertGreaterEqual(voxels.min(), low)
            self.assertLessEqual(voxels.max(), high)
        low, high, n = self.map.min(), self.map.max(), self.map.size
        like, count = np.unique(self.map, return_counts=True)
        plain = tuple(option for option in options if option != '--hist-match')
        for kind in ('amplified', 'attenuated', 'sigmoid'):
            source = self.output(kind, *plain).ravel()
            values, at, count_at = np.unique(source, return_inverse=True, return_counts=True)
            expected = np.interp(np.cumsum(count_at) / n, np.cumsum(count) / n, like)[at]
            unclipped = (source > low) & (source < high)
            difference = (self.output(kind, *options).ravel() - expected)[unclipped] / np.ptp(self.map)
            # Ranks inside a cell are taken as even: one voxel in thousands is a little off.
            self.assertLess(abs(difference).max(), 2e-4, kind)
            self.assertLess(difference.std(), 3e-6, kind)


if __name__ == '__main__':
    Science.occustream, Science.phantom = map(os.path.abspath, sys.argv[1:3])
    unittest.main(argv=sys.argv[:1], verbosity=2)
