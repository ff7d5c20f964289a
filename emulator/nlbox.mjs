#!/usr/bin/env node
// The command. In a clone that was never built it builds first.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const entry = path.join(here, '..', 'out', 'emulator', 'cli', 'index.js');
if (!fs.existsSync(entry)) await import('./bootstrap.mjs');
await import(entry);
