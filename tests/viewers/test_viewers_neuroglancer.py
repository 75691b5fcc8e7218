# SPDX-License-Identifier: GPL-3.0-or-later
"""neuroglancer shows our stores in headless Chromium: v2 and v3 alike, every voxel of a section with its grey value, in its place in space.

With OCS_PICTURE in the environment the last picture is kept in that file (docs/neuroglancer.png)."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import serve
import viewers
from viewers import BOX, ORIGIN, VOXEL, check, np, same

PROGRAM, PHANTOM, BUILD = sys.argv[1:]
PATIENCE = 150  # seconds; on an idle machine a picture takes a few
WINDOW = (800, 600)
CHROMIUM = next(filter(None, map(shutil.which, ('chromium-headless-shell', 'chromium', 'chromium-browser'))), None)
ZOOM = 4  # pixels a voxel along x, the axis with the smallest
CENTRE = [side // 2 for side in BOX]
# The panels show the axes in this order; without `dimensions` they would be those of the store, z, y, x.
AXES = {'dimensions': {name: [side * 1e-10, 'm'] for name, side in zip('xyz', reversed(VOXEL))}, 'showAxisLines': False, 'showScaleBar': False}


def position(voxel):
    """Coordinates of a voxel's middle, x first: the origin is the middle of voxel 0, and voxels are the unit."""
    return [origin / side + index for origin, side, index in zip(ORIGIN, VOXEL, voxel)][::-1]


def layer(url, low, high, **more):
    return {'type': 'image', 'name': 'scale', 'source': url, 'tab': 'source', 'shaderControls': {'normalized': {'range': [low, high]}}, **more}


def steps(url, low, high):
    """Nothing; the store as the viewer itself sets it up; a section of the finest level; the same of the next; and all of it, for people."""
    section = {**AXES, 'position': position(CENTRE), 'layout': 'xy', 'crossSectionScale': 1 / ZOOM, 'showDefaultAnnotations': False}
    colours = '#uicontrol invlerp normalized\nvoid main() { emitRGB(colormapCubehelix(normalized())); }'
    return [
        {'layers': [], 'layout': 'xy'},
        {'layers': [layer(url, low, high)], 'layout': 'xy'},
        {**section, 'layers': [layer(url, low, high)]},
        {**section, 'layers': [layer(url, low, high, crossSectionRenderScale=2 * ZOOM)]},
        {**AXES, 'position': position(CENTRE), 'layout': '4panel', 'showScaleBar': True, 'showAxisLines': True,
         'crossSectionScale': .42, 'projectionScale': 180, 'projectionOrientation': [-.2, .37, .08, .9], 'layers': [layer(url, low, high, shader=colours)]},
    ]


def browse(address, picture):
    with tempfile.TemporaryDirectory(prefix='ocs-browser-') as profile:
        command = [CHROMIUM, '--headless', '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--hide-scrollbars',
                   '--disable-background-networking', '--disable-dev-shm-usage', '--no-first-run', '--force-color-profile=srgb',
                   f'--user-data-dir={profile}', f'--window-size={WINDOW[0]},{WINDOW[1]}', f'--screenshot={picture}', address]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=PATIENCE + 30)
        except subprocess.TimeoutExpired:
            sys.exit('FAILED: the browser does not end')
    check(done.returncode == 0 and picture.exists(), f'{CHROMIUM}: {done.stderr[-2000:]}')


class View:
    """What the viewer told and drew in one step: `pixels` are [row from above][column] of red, green, blue, opacity."""

    def __init__(self, told, drawn):
        self.told = viewers.read_json(told)
        size = self.told['canvas']
        self.canvas = np.frombuffer(drawn, np.uint8).reshape(size['height'], size['width'], 4)[::-1]
        panel = self.told['panels'][0]
        self.pixels = self.canvas[panel['top']:panel['top'] + panel['height'], panel['left']:panel['left'] + panel['width']]


def look(files, scripts, version, low, high, picture):
    """The views of one store, in a browser of its own."""
    store = files.store(version, 'scale')
    with serve.Server({'/data/': store.parent, '/': scripts}, None, PATIENCE) as server:
        server.steps = steps(f'{server.address}/data/{store.name}/|zarr{version}:', low, high)
        browse(server.address, picture)
        check('/failed' not in server.told, f'v{version}: {server.told.get("/failed", b"").decode()}')
        check('/done' in server.told, f'v{version}: only {sorted(server.told)} after {PATIENCE} s')
        check(version == '2' or server.ranges > 0, 'shards were read without ranges')
        return [View(server.told[f'/told/{number}'], server.told[f'/drawn/{number}']) for number in range(len(server.steps))]


def check_space(told, what):
    """Names, units and bounds: neuroglancer counts in voxels, from the outer faces of the first and last one."""
    same(told['layers'], [{'name': 'scale', 'errors': [None]}], what)
    same((told['names'], told['units']), (['z', 'y', 'x'], ['m', 'm', 'm']), f'{what}: axes')
    check(np.allclose(told['scales'], np.multiply(VOXEL, 1e-10), rtol=1e-6, atol=0), f'{what}: scales {told["scales"]}')
    first = np.divide(ORIGIN, VOXEL) - .5
    for bounds, wanted in (('lower', first), ('upper', first + BOX)):
        check(np.allclose(told[bounds], wanted, rtol=0, atol=1e-3), f'{what}: {bounds} bounds {told[bounds]}')


def check_section(view, voxels, level, low, high, what):
    """Every voxel of the section has its grey value near its four corners, to one of 255 steps: so far out that half a voxel of the finest
    level is seen when it is missing, and no further than the middle of the next pixel allows."""
    section = voxels[(CENTRE[0] + (2**level - 1) // 2) >> level]
    wanted = np.clip((section - low) / (high - low), 0, 1) * 255
    check(np.ptp(wanted) > 200, f'{what}: nothing to see in the section')
    rows, columns = ((np.arange(side) + .5) * 2**level - .5 for side in section.shape)  # their middles, in voxels of the finest level
    height, width = view.pixels.shape[:2]
    off = 0
    for down, right in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        y = height / 2 + (rows + down * .35 * 2**level - CENTRE[1]) * ZOOM * VOXEL[1] / VOXEL[2]
        x = width / 2 + (columns + right * .35 * 2**level - CENTRE[2]) * ZOOM
        check(y[0] >= 0 and y[-1] < height and x[0] >= 0 and x[-1] < width, f'{what}: the section is not inside {width} x {height}')
        found = view.pixels[np.ix_(y.astype(int), x.astype(int))][..., :3]
        off = max(off, np.abs(found - wanted[..., None]).max())
    check(off <= 1, f'{what}: grey values up to {off} steps off')
    print(f'{what}: {section.size} voxels of a section where they should be, at most {off:.2f} of 255 steps off')


if not CHROMIUM:
    viewers.skip('needs chromium-headless-shell or chromium')
NODE = viewers.node()
packages = viewers.packages(BUILD)
with viewers.Results(PROGRAM, PHANTOM, '23') as results:
    made = results.folder / 'page'
    subprocess.run([NODE, 'bundle.mjs', made], cwd=packages, check=True)
    levels = results.levels('scale')
    limits = [round(float(one), 3) for one in np.percentile(levels[0], (.5, 99.5))]
    views, pictures = {}, {}
    for zarr in '23':
        picture = results.folder / f'v{zarr}.png'
        views[zarr] = look(results, made, zarr, *limits, picture)
        pictures[zarr] = picture.read_bytes()
    for zarr, (empty, found, fine, coarse, _) in views.items():
        check_space(found.told, f'v{zarr}')
        check(len(np.unique(empty.pixels)) < 8, f'v{zarr}: the empty viewer is not empty')
        check_section(fine, levels[0], 0, *limits, f'v{zarr} level 0')
        check_section(coarse, levels[1], 1, *limits, f'v{zarr} level 1')
    for number, (left, right) in enumerate(zip(*views.values())):
        check(np.array_equal(left.canvas, right.canvas), f'view {number}: v2 and v3 differ')
    check(pictures['2'] == pictures['3'], 'the pictures of v2 and v3 differ')
    print(f'v2 and v3 look alike: {len(views["2"])} views, pictures of {len(pictures["2"])} bytes')
    if os.environ.get('OCS_PICTURE'):
        pathlib.Path(os.environ['OCS_PICTURE']).write_bytes(pictures['2'])
