# SPDX-License-Identifier: GPL-3.0-or-later
"""--target-mask and --labels from outside: against known occupancies, against NumPy, for every type of label map.

    test_targets.py PROGRAM PHANTOM

The occupancy of a label is a high percentile of its voxels, so noise adds to it, and adds most where there is least else:
at a noise of 0.15 of the full density (root mean square) a domain of 0.2 seems to be 0.3. Relative occupancies are held
to 0.08 of the truth for noise up to 0.1 of raw and 0.05 of low-passed data, which averages noise and density alike;
above that only their order is held to.
"""
import csv
import os
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'reference'))
import common  # noqa: E402
import default_rules  # noqa: E402

TRUTH = (1.0, 0.8, 0.6, 0.4, 0.2)
QUARTILE = 1 / 8192  # the width of a bin

# box, voxel, seed, noise, options
WITHIN = [
    (128, 1.0, 1, .1, []), (128, 1.5, 2, .05, []), (112, 2.0, 3, .1, []), (96, 3.0, 4, .08, []), (120, 0.8, 5, .02, []),
    (128, 1.0, 2, .05, ['--occupancy']), (112, 2.0, 1, .05, ['--occupancy']), (96, 3.0, 3, .05, ['--occupancy']),
    (128, 1.5, 4, .05, ['--amplify', '3']), (96, 2.5, 5, .02, ['--amplify', '2', '--attenuate', '2']),
]
IN_ORDER = [(112, 2.0, 1, .3, []), (112, 1.5, 2, .3, ['--occupancy']), (96, 3.0, 3, .3, ['--amplify', '2'])]


class Phantoms:
    def __init__(self, program, directory):
        self.program, self.directory, self.made = program, directory, {}

    def make(self, box, voxel, seed, noise, domains=TRUTH, layout='separate'):
        key = (box, voxel, seed, noise, domains, layout)
        if key not in self.made:
            names = [os.path.join(self.directory, f'{kind}{len(self.made)}.mrc') for kind in ('map', 'labels')]
            subprocess.run([self.program, '--box', str(box), '--voxel', str(voxel), '--seed', str(seed), '--noise',
                            str(noise), '--layout', layout, '--domains', ','.join(map(str, domains)), '--labels',
                            names[1], names[0]], check=True)
            self.made[key] = names
        return self.made[key]


def rows_of(result):
    with open(os.path.join(result.directory, result.stem + '_targets.csv'), encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


def text_of(result):
    with open(os.path.join(result.directory, result.stem + '_targets.csv'), encoding='utf-8') as file:
        return file.read()


def expected(chosen, data, scale, report):
    """Step 10, by sorting."""
    values = np.sort(data[chosen])
    value = values[min(int(np.floor(report['tau'] * values.size)), values.size - 1)]
    ratio, limit = np.clip(float(value) / report['full_scale'], 0, 1), report['confidence_limit']
    if report['nlrc'] and limit > 0:
        ratio = np.clip((ratio - limit) / (1 - limit), 0, 1)
    return ratio, np.percentile(scale[chosen].astype(float), (25, 50, 75))


def compare_rows(comparison, rows, chosen, data, scale, report, bin_width=QUARTILE):
    """`chosen`: the voxels of each row."""
    wanted = [expected(voxels, data, scale, report) for voxels in chosen]
    comparison.equal('voxels', [row['voxels'] for row in rows], [int(np.count_nonzero(voxels)) for voxels in chosen])
    comparison.close('occupancies', [row['occupancy'] for row in rows], [w[0] for w in wanted], absolute=1e-12)
    comparison.close('quartiles', [row['scale_quartiles'] for row in rows], [w[1] for w in wanted], absolute=bin_width)


def compare_file(comparison, rows, lines):
    """The table as a file: the report's numbers to nine digits."""
    names = ('label', 'voxels', 'tau', 'occupancy', 'relative', 'scale_q25', 'scale_median', 'scale_q75')
    comparison.equal('columns', tuple(lines[0]), names)
    comparison.close('file', [[float(line[name]) for name in names] for line in lines],
                     [[row[name] for name in names[:5]] + row['scale_quartiles'] for row in rows], relative=1e-8)


# ---------------------------------------------------------------- against the truth

def known_occupancies(comparison, program, phantoms, box, voxel, seed, noise, options, within):
    path, labels = phantoms.make(box, voxel, seed, noise)
    result = common.estimate(program, path, os.path.join(phantoms.directory, 'out'), ['--labels', labels, *options])
    relative = [row['relative'] for row in result.report['targets']]
    comparison.equal('labels', [row['label'] for row in result.report['targets']], [1, 2, 3, 4, 5])
    worst = float(np.abs(np.array(relative) - TRUTH).max())
    if within:
        comparison.note('off by', worst, .08, f'off by {worst:.3f}')
    else:
        comparison.equal('in order', relative, sorted(relative, reverse=True))
        comparison.lines.append(f'in order, off by {worst:.3f}')


# ---------------------------------------------------------------- against NumPy

def exact(comparison, program, phantoms, options):
    """Labels that are anything but domains, a mask over some of them, and the table in the report and as a file."""
    path, domain_path = phantoms.make(72, 1.7, 7, .15)
    data, domains, random = common.read_map(path), common.read_map(domain_path), np.random.default_rng(1)
    labels = np.kron(random.integers(-3, 12, (12, 8, 6)), np.ones((6, 9, 12), int)).astype(np.int16)
    scattered = random.random(labels.shape) < .3
    labels[scattered] = 1000 * domains[scattered]
    mask = random.random(labels.shape).astype(np.float32) * (domains > 2)
    label_path = common.write_map(os.path.join(phantoms.directory, 'blocks.mrc'), labels, order='>')
    mask_path = common.write_map(os.path.join(phantoms.directory, 'soft.mrc'), mask, order='>')
    result = common.estimate(program, path, os.path.join(phantoms.directory, 'out'), [
        '--outputs', 'scale,lowpass', '--labels', label_path, '--target-mask', mask_path, *options])
    rows, known = result.report['targets'], [i for i in np.unique(labels).tolist() if i != 0]
    comparison.equal('labels', [row['label'] for row in rows], [0, *known])
    compare_rows(comparison, rows, [mask > .5] + [labels == i for i in known],
                 result.map('lowpass') if '--occupancy' in options else data, result.map('scale'), result.report)
    largest = max(row['occupancy'] for row in rows[1:])
    comparison.close('relative', [row['relative'] for row in rows], [row['occupancy'] / largest for row in rows],
                     relative=1e-12)
    compare_file(comparison, rows, rows_of(result))


def many_labels(comparison, program, phantoms):
    path, _ = phantoms.make(72, 1.7, 7, .15)
    data, random = common.read_map(path), np.random.default_rng(2)
    labels = random.permutation(np.arange(data.size) % 4097).reshape(data.shape).astype(np.uint16)
    label_path = common.write_map(os.path.join(phantoms.directory, 'many.mrc'), labels)
    result = common.estimate(program, path, os.path.join(phantoms.directory, 'out'), ['--labels', label_path])
    rows, scale = result.report['targets'], result.map('scale')
    comparison.equal('labels', [row['label'] for row in rows], list(range(1, 4097)))
    compare_rows(comparison, rows[::97], [labels == row['label'] for row in rows[::97]], data, scale, result.report,
                 bin_width=1 / 62)


def working_box(comparison, program, phantoms):
    """Occupancies in the working box, from labels sampled there; quartiles at the map's own size."""
    path, label_path = phantoms.make(96, 1.5, 3, .05)
    b, volume, labels = 60, common.read_map(path), common.read_map(label_path)
    result = common.estimate(program, path, os.path.join(phantoms.directory, 'out'),
                             ['--labels', label_path, '--max-box', str(b)])
    working = default_rules.fourier_crop(volume, (b, b, b))
    nearest = np.minimum(np.floor(np.arange(b) * volume.shape[0] / b + .5).astype(int), volume.shape[0] - 1)
    sampled = labels[np.ix_(nearest, nearest, nearest)]
    rows, scale = result.report['targets'], result.map('scale')
    comparison.equal('voxels', [row['voxels'] for row in rows],
                     [int(np.count_nonzero(labels == row['label'])) for row in rows])
    comparison.close('occupancies', [row['occupancy'] for row in rows],
                     [expected(sampled == row['label'], working, working, result.report)[0] for row in rows],
                     absolute=1e-5)
    comparison.close('quartiles', [row['scale_quartiles'] for row in rows],
                     [np.percentile(scale[labels == row['label']].astype(float), (25, 50, 75)) for row in rows],
                     absolute=QUARTILE)


# ---------------------------------------------------------------- the same table however it is asked for

def same_table(comparison, program, phantoms):
    path, label_path = phantoms.make(72, 1.7, 7, .15)
    labels, out = common.read_map(label_path), os.path.join(phantoms.directory, 'out')
    tables = {}
    for dtype in ('i1', 'i2', 'u2', 'f2', 'f4'):
        for order in '<>':
            other = common.write_map(os.path.join(phantoms.directory, 'other.mrc'), labels.astype(dtype), order=order)
            tables[dtype + order] = text_of(common.estimate(program, path, out, ['--labels', other]))
    for memory, threads in (('4G', 1), ('4G', 4), ('40M', 2), ('24M', 3)):
        tables[memory, threads] = text_of(common.estimate(
            program, path, out, ['--labels', label_path, '-m', memory, '-j', str(threads)]))
    comparison.equal('different tables', len(set(tables.values())), 1)


def reference_rules(comparison, program, phantoms):
    """The reference program knows no labels: theirs are the default rule's occupancies with its own tau and full scale."""
    path, label_path = phantoms.make(72, 1.7, 7, .15)
    data, labels = common.read_map(path), common.read_map(label_path)
    result = common.estimate(program, path, os.path.join(phantoms.directory, 'out'),
                             ['--compat', 'occupy-0.1.13', '--labels', label_path])
    rows = result.report['targets']
    compare_rows(comparison, rows, [labels == row['label'] for row in rows], data, result.map('scale'), result.report)


# ---------------------------------------------------------------- refusals

def refused(comparison, program, phantoms, option, data, *said):
    path, _ = phantoms.make(72, 1.7, 7, .15)
    mask = common.write_map(os.path.join(phantoms.directory, 'bad.mrc'), data)
    out = tempfile.mkdtemp(dir=phantoms.directory)
    finished = common.run(program, 'estimate', option, mask, '-o', out, path)
    comparison.equal('exit status', finished.status, 3)
    comparison.equal('files left', os.listdir(out), [])
    comparison.equal('lines', len(finished.stderr.splitlines()), 1)
    for words in ('bad.mrc', *said):
        comparison.equal(f'"{words}" in "{finished.stderr.strip()}"', words in finished.stderr, True)


def refusals(tally, program, phantoms):
    def case(name, *arguments):
        tally.case('refused: ' + name, lambda c: refused(c, program, phantoms, *arguments))

    shape = (72, 72, 72)
    broken, unknown = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    broken[3, 70, 11], unknown[71, 0, 5] = 1.5, np.nan
    case('another size', '--labels', np.ones((72, 70, 64), np.int8), '64 x 70 x 72', '72 x 72 x 72')
    case('mask of another size', '--target-mask', np.ones((36, 36, 36), np.float32), '36 x 36 x 36', '72 x 72 x 72')
    case('half a label', '--labels', broken, '1.5', 'section 3, row 70, column 11')
    case('NaN', '--labels', unknown, 'nan', 'section 71, row 0, column 5')
    case('too many', '--labels', np.arange(72 ** 3).reshape(shape).astype(np.float32), '4096')
    case('none', '--labels', np.zeros(shape, np.int16), 'no label')
    case('empty mask', '--target-mask', np.full(shape, .5, np.float32), '0.5')


def main(program, phantom):
    tally = common.Tally()
    with tempfile.TemporaryDirectory(prefix='ocs-targets-') as work:
        phantoms = Phantoms(phantom, work)
        for cases, within in ((WITHIN, True), (IN_ORDER, False)):
            for case in cases:
                tally.case(' '.join(['domains', *map(str, case[:4]), *case[4]]),
                           lambda c: known_occupancies(c, program, phantoms, *case, within))
        for options in ([], ['--occupancy'], ['--nlrc'], ['--occupancy', '--nlrc', '--region', 'box']):
            tally.case(' '.join(['exact', *options]), lambda c: exact(c, program, phantoms, options))
        for name in (many_labels, working_box, same_table, reference_rules):
            tally.case(name.__name__.replace('_', ' '), lambda c: name(c, program, phantoms))
        refusals(tally, program, phantoms)
    return tally.close()


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
