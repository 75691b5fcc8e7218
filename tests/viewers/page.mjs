// SPDX-License-Identifier: GPL-3.0-or-later
// The page of test_viewers_neuroglancer.py: brings the viewer into the states that /steps.json lists, one after the other, and sends back
// for each what the viewer knows of its space (POST /told/N) and what it draws (POST /drawn/N: RGBA, rows from below).
import 'neuroglancer';
import { makeDefaultViewer } from 'neuroglancer/unstable/ui/default_viewer.js';

const pause = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));
const post = (path, body) => fetch(path, { method: 'POST', body });

// The coordinates are known a while after the layers, and the chunks a while after these: both have to stay ready. Without layers the
// viewer never calls itself ready: it has no space to show.
async function ready(viewer, layers) {
  for (let quiet = 0; quiet < 5; await pause(50)) {
    const complete = viewer.coordinateSpace.value.rank > 0 && viewer.isReady();
    quiet = complete || layers === 0 ? quiet + 1 : 0;
  }
}

function drawn(display) {
  display.draw();
  const { gl, canvas } = display;
  const pixels = new Uint8Array(canvas.width * canvas.height * 4);
  gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  return pixels;
}

function told(viewer) {
  const { display } = viewer;
  const { names, units, scales, bounds } = viewer.coordinateSpace.value;
  const panels = [...display.panels].map((panel) => {
    const { canvasRelativeClippedLeft: left, canvasRelativeClippedTop: top, renderViewport: { width, height } } = panel;
    return { left, top, width, height };
  });
  return {
    names, units, scales: [...scales], lower: [...bounds.lowerBounds], upper: [...bounds.upperBounds],
    layers: viewer.layerManager.managedLayers.map(({ name, layer }) =>
      ({ name, errors: layer.dataSources.map(({ loadState }) => loadState?.error?.message ?? null) })),
    canvas: { width: display.canvas.width, height: display.canvas.height }, panels,
  };
}

try {
  const steps = await (await fetch('/steps.json')).json();
  const viewer = makeDefaultViewer({ showLayerDialog: false, resetStateWhenEmpty: false });
  for (const [number, state] of steps.entries()) {
    viewer.state.reset();
    viewer.state.restoreState(state);
    await ready(viewer, state.layers.length);
    await post(`/told/${number}`, JSON.stringify(told(viewer)));
    await post(`/drawn/${number}`, drawn(viewer.display));
  }
} catch (error) {
  await post('/failed', String(error.stack ?? error));
}
await post('/done', '');
