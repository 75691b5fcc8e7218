// SPDX-License-Identifier: GPL-3.0-or-later
// node read_levels.mjs STORE 2|3 FOLDER [STORE 2|3 FOLDER]...: reads OME-Zarr stores with zarrita. The voxels of level K go to FOLDER/K as
// they lie in memory (little-endian, z slowest); what the metadata say goes to standard output as JSON, a line for each store.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import FileSystemStore from '@zarrita/storage/fs';
import * as zarr from 'zarrita';

async function read(store, version, folder) {
  const open = version === '2' ? zarr.open.v2 : zarr.open.v3;
  const root = zarr.root(new FileSystemStore(resolve(store)));
  const { attrs } = await open(root, { kind: 'group' });
  const [image] = (version === '2' ? attrs : attrs.ome).multiscales;
  const levels = [];
  for (const { path } of image.datasets) {
    const array = await open(root.resolve(path), { kind: 'array' });
    const { data, shape } = await zarr.get(array);
    writeFileSync(join(folder, path), Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    levels.push({ shape, dtype: array.dtype, dimension_names: array.dimensionNames ?? null });
  }
  return { attributes: attrs, levels };
}

for (let words = process.argv.slice(2); words.length; words = words.slice(3)) {
  console.log(JSON.stringify(await read(...words.slice(0, 3))));
}
