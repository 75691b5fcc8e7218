# SPDX-License-Identifier: GPL-3.0-or-later
"""zarrita (TypeScript) reads all levels of our stores, v2, v3 and shards, bit for bit what the .mrc of the same run has."""
import subprocess
import sys

import viewers
from viewers import check, np, same

PROGRAM, PHANTOM, BUILD = sys.argv[1:]
KINDS = ('scale', 'confidence')


def read(packages, stores):
    """What zarrita tells of each store, in their order; the voxels are in a folder beside it."""
    words = []
    for name, store in stores:
        folder = store.with_suffix('.levels')
        folder.mkdir()
        words += [store, name[0], folder]
    done = subprocess.run([NODE, 'read_levels.mjs', *words], cwd=packages, capture_output=True, text=True, check=False)
    check(done.returncode == 0, f'zarrita: {done.stderr}')
    return [viewers.read_json(line) for line in done.stdout.splitlines()]


def check_store(name, store, told, wanted):
    viewers.check_image(name[0], told['attributes'], len(wanted))
    for level, (array, voxels) in enumerate(zip(told['levels'], wanted)):
        what = f'{name} {store.name} level {level}'
        same(array['dtype'], 'float32', what)
        same(tuple(array['shape']), voxels.shape, what)
        same(array['dimension_names'], ['z', 'y', 'x'] if name[0] == '3' else None, f'{what}: names')
        found = np.fromfile(store.with_suffix('.levels') / str(level), '<u4').reshape(voxels.shape)
        differ = np.count_nonzero(found != voxels.view(np.uint32))
        check(differ == 0, f'{what}: {differ} of {voxels.size} voxels differ')
    print(f'{name} {store.name}: {len(wanted)} levels, {sum(one.size for one in wanted)} voxels, all equal')


def check_left_out(store, voxels):
    """Chunks that are all 0 have no file: the reader has had to fill them in."""
    chunk, left_out = viewers.CHUNK, 0
    for index in np.ndindex(*(-(-side // chunk) for side in voxels.shape)):
        part = voxels[tuple(slice(one * chunk, (one + 1) * chunk) for one in index)]
        same((store / '0' / '/'.join(map(str, index))).exists(), bool(part.any()), f'{store.name} chunk {index}: a file')
        left_out += not part.any()
    check(left_out > 0, 'no chunk is all 0')


NODE = viewers.node()
readers = viewers.packages(BUILD)
with viewers.Results(PROGRAM, PHANTOM, viewers.Results.STORES) as results:
    made = [(name, results.store(name, kind)) for kind in KINDS for name in viewers.Results.STORES]
    levels = {f'map_{kind}.zarr': results.levels(kind) for kind in KINDS}
    for (one, where), says in zip(made, read(readers, made), strict=True):
        check_store(one, where, says, levels[where.name])
    check_left_out(results.store('2', 'confidence'), levels['map_confidence.zarr'][0])
