# SPDX-License-Identifier: GPL-3.0-or-later
"""zarrita (TypeScript) reads all levels of our stores, v2, v3 and shards, bit for bit what the .mrc of the same run has."""
import subprocess
import sys

import viewers
from viewers import check, np, same

PROGRAM, PHANTOM, BUILD = sys.argv[1:]


def read(packages, store, version, folder):
    folder.mkdir()
    done = subprocess.run([NODE, 'read_levels.mjs', store, version, folder], cwd=packages, capture_output=True, text=True, check=False)
    check(done.returncode == 0, f'zarrita {store.parent.name}/{store.name}: {done.stderr}')
    return viewers.read_json(done.stdout)


def check_store(results, packages, name, kind):
    version = name[0]
    store = results.store(name, kind)
    folder = results.folder / f'{name}-{kind}'
    told = read(packages, store, version, folder)
    wanted = results.levels(kind)
    viewers.check_image(version, told['attributes'], len(wanted))
    for level, (array, voxels) in enumerate(zip(told['levels'], wanted)):
        what = f'{name} {kind} level {level}'
        same(array['dtype'], 'float32', what)
        same(tuple(array['shape']), voxels.shape, what)
        same(array['dimension_names'], ['z', 'y', 'x'] if version == '3' else None, f'{what}: names')
        found = np.fromfile(folder / str(level), '<u4').reshape(voxels.shape)
        differ = np.count_nonzero(found != voxels.view(np.uint32))
        check(differ == 0, f'{what}: {differ} of {voxels.size} voxels differ')
    print(f'{name} {kind}: {len(wanted)} levels, {sum(one.size for one in wanted)} voxels, all equal')


NODE = viewers.node()
readers = viewers.packages(BUILD)
with viewers.Results(PROGRAM, PHANTOM, viewers.Results.STORES) as every:
    for one in viewers.Results.STORES:
        for output in ('scale', 'confidence'):
            check_store(every, readers, one, output)
