# SPDX-License-Identifier: GPL-3.0-or-later
"""What these tests share: the readers' packages, one run's results in every format, and what a store of them has to say."""
import fcntl
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77  # the exit status that ctest knows as "skipped"
HERE = pathlib.Path(__file__).resolve().parent
BOX = (70, 80, 90)  # no multiple of the chunk, no two alike
CHUNK = 32
VOXEL = (1.2, 1.05, 0.9)  # z, y, x
ORIGIN = (-12.0, 21.0, 36.0)


def skip(why):
    print('SKIPPED:', why)
    sys.exit(SKIPPED)


try:
    import mrcfile
    import numpy as np
except ImportError as missing:
    skip(f'{missing}: needs python3-mrcfile and python3-numpy')


def check(true, what):
    if not true:
        sys.exit(f'FAILED: {what}')


def same(found, wanted, what):
    check(found == wanted, f'{what}: {found!r} instead of {wanted!r}')


# ---------------------------------------------------------------- the readers

def node():
    found = shutil.which('node')
    if not found or not shutil.which('npm'):
        skip('needs nodejs and npm')
    version = int(subprocess.run([found, '-p', 'process.versions.node.split(".")[0]'], capture_output=True, check=True).stdout)
    if version < 18:
        skip(f'needs node 18 or later, this is {version}')
    return found


def packages(build):
    """The folder below `build` that has the pinned packages, from the registry if they are not there yet, beside copies of the scripts."""
    lock = (HERE / 'package-lock.json').read_bytes()
    folder = pathlib.Path(build).resolve() / 'viewers'
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / '.lock', 'w', encoding='ascii') as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # the tests may run at once
        for file in (HERE / 'package.json', HERE / 'package-lock.json', *HERE.glob('*.mjs')):
            shutil.copy(file, folder)
        complete = folder / 'node_modules' / 'complete'
        digest = hashlib.sha256(lock).hexdigest()
        if not complete.exists() or complete.read_text() != digest:
            install(folder)
            complete.write_text(digest)
    return folder


UNREACHABLE = ('ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT', 'ERR_SOCKET_TIMEOUT',
               'ENOTCACHED', 'E403', 'E502', 'E503')


def install(folder):
    command = ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=1', '--fetch-timeout=60000']
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=240)
    except subprocess.TimeoutExpired:
        skip('the npm registry takes too long')
    if done.returncode and any(f'code {code}' in done.stderr for code in UNREACHABLE):
        skip(f'the npm registry cannot be reached: {done.stderr.strip().splitlines()[0]}')
    check(done.returncode == 0, f'npm ci: {done.stderr}')


# ---------------------------------------------------------------- the results

class Results:
    """The map with its scale and confidence, as .mrc and as the stores that `STORES` names, of one run each."""

    STORES = {'2': ['--zarr', '2'], '2-blosc': ['--zarr', '2', '--codec', 'blosc'], '3': ['--zarr', '3'],
              '3-blosc': ['--zarr', '3', '--codec', 'blosc']}

    def __init__(self, program, phantom, names):
        self.program = program
        self.temporary = tempfile.TemporaryDirectory(prefix='ocs-viewers-')
        self.folder = pathlib.Path(self.temporary.name)
        self.map = self.folder / 'map.mrc'
        subprocess.run([phantom, '--box', 'x'.join(map(str, BOX)), '--voxel', ','.join(map(str, VOXEL)), self.map], check=True)
        with mrcfile.open(self.map, 'r+') as file:
            file.header.origin = tuple(reversed(ORIGIN))
        self.estimate('mrc')
        for name in names:
            self.estimate(name, '--format', 'zarr', '--chunk', f'{CHUNK},{CHUNK},{CHUNK}', *self.STORES[name])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def estimate(self, name, *options):
        (self.folder / name).mkdir()
        done = subprocess.run([self.program, 'estimate', '--quiet', '--outputs', 'scale,confidence', '--output', self.folder / name, *options,
                               self.map], capture_output=True, text=True, check=False)
        check(done.returncode == 0, f'estimate {options}: {done.stderr}')

    def store(self, name, kind):
        return self.folder / name / f'map_{kind}.zarr'

    def levels(self, kind):
        """The voxels that every level must have: the .mrc, and means over 2x2x2 down to one chunk."""
        with mrcfile.open(self.folder / 'mrc' / f'map_{kind}.mrc') as file:
            found = [file.data.copy()]
        while max(found[-1].shape) > CHUNK:
            found.append(halved(found[-1]))
        return found


def halved(level):
    """Means over the voxels that exist: at the far sides over fewer than eight."""
    shape = [(side + 1) // 2 for side in level.shape]
    total, count = np.zeros(shape), np.zeros(shape)
    for corner in np.ndindex(2, 2, 2):
        part = level[tuple(slice(first, None, 2) for first in corner)].astype(float)
        inside = tuple(slice(side) for side in part.shape)
        total[inside] += part
        count[inside] += 1
    return (total / count).astype(np.float32)


def check_image(version, attributes, count):
    """The OME metadata: axes and units, and where the voxels of every level lie."""
    image = attributes if version == '2' else attributes['ome']
    same(len(image['multiscales']), 1, 'images')
    same(image['multiscales'][0].get('version') if version == '2' else image['version'], '0.4' if version == '2' else '0.5', 'version')
    multiscale = image['multiscales'][0]
    same(multiscale['axes'], [{'name': name, 'type': 'space', 'unit': 'angstrom'} for name in 'zyx'], 'axes')
    same(len(multiscale['datasets']), count, 'levels')
    for level, dataset in enumerate(multiscale['datasets']):
        scale, translation = dataset['coordinateTransformations']
        same((scale['type'], translation['type']), ('scale', 'translation'), 'transformations')
        wanted = [side * 2**level for side in VOXEL]
        check(np.allclose(scale['scale'], wanted, rtol=1e-6), f'level {level}: scale {scale} instead of {wanted}')
        wanted = [origin + (2**level - 1) / 2 * side for origin, side in zip(ORIGIN, VOXEL)]
        check(np.allclose(translation['translation'], wanted, rtol=1e-6), f'level {level}: translation {translation} instead of {wanted}')


def read_json(text):
    return json.loads(text, parse_constant=lambda name: check(False, f'{name} in JSON'))
