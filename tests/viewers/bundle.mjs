// SPDX-License-Identifier: GPL-3.0-or-later
// node bundle.mjs FOLDER: makes page.js, page.css and neuroglancer's two workers from page.mjs; of neuroglancer, what shows images in Zarr
// over HTTP. Run where node_modules is.
import { join } from 'node:path';
import { build } from 'esbuild';

const library = join(process.cwd(), 'node_modules', 'neuroglancer', 'lib');
const noIcons = {
  name: 'no icons',
  setup(build) {
    build.onResolve({ filter: /^ikonate\// }, () => ({ path: 'icon', namespace: 'icon' }));
    build.onLoad({ filter: /.*/, namespace: 'icon' }, () => ({ contents: '<svg xmlns="http://www.w3.org/2000/svg"/>', loader: 'text' }));
  },
};
await build({
  entryPoints: [join(process.cwd(), 'page.mjs'), join(library, 'chunk_worker.bundle.js'), join(library, 'async_computation.bundle.js')],
  entryNames: '[name]',
  outdir: process.argv[2],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  logLevel: 'error',
  conditions: [
    'neuroglancer/datasource:none_by_default', 'neuroglancer/datasource/zarr:enabled',
    'neuroglancer/kvstore:none_by_default', 'neuroglancer/kvstore/http:enabled',
    'neuroglancer/layer:none_by_default', 'neuroglancer/layer/image:enabled',
  ],
  plugins: [noIcons],
});
