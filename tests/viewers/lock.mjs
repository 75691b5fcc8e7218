// SPDX-License-Identifier: GPL-3.0-or-later
// Finishes package-lock.json after `npm install --package-lock-only`: run both as `npm run lock`.
// neuroglancer asks for its icons (ikonate) from outside the registry. No test looks at them and bundle.mjs puts an empty picture in their
// place, so the lock leaves them out; the npm of Debian 12 cannot override such a dependency itself. Nothing names a registry's address.
import { readFileSync, writeFileSync } from 'node:fs';

const file = 'package-lock.json';
const lock = JSON.parse(readFileSync(file));
delete lock.packages['node_modules/ikonate'];
delete lock.packages['node_modules/neuroglancer'].dependencies.ikonate;
for (const one of Object.values(lock.packages)) delete one.resolved;
writeFileSync(file, JSON.stringify(lock, null, 2) + '\n');
