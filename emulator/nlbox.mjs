#!/usr/bin/env node
// The command. In a clone that was never built it builds first.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from './load.mjs';

const out = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'out');
const at = (file) => path.join(out, file);
const madeAt = (file) => fs.statSync(at(file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (!fs.existsSync(at('emulator/cli/index.js'))) await import('./bootstrap.mjs');
// Compiled again by hand since: then the bundles are old ones.
const isBundled = (file) => madeAt(file) > madeAt('.tsbuildinfo');
if (process.argv.includes('up') && isBundled('bundle/up.cjs')) load(at('bundle/up.cjs'));
else await import(at(isBundled('bundle/index.js') ? 'bundle/index.js' : 'emulator/cli/index.js'));
