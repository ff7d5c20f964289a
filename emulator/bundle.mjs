// Joins what tsc made into a few files: a start that reads a dozen files takes half the CPU of one that reads a thousand.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { cacheOf } from './load.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(path.dirname(here), 'out');
const folder = path.join(out, 'bundle');
const day = 24 * 60 * 60 * 1000;

const common = {
  entryPoints: [path.join(out, 'emulator', 'cli', 'index.js')],
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Seldom needed, and large.
  external: ['@kubernetes/client-node'],
  logLevel: 'error',
};

// For most commands: each loads what it needs.
const { outputFiles } = await build({
  ...common,
  // As deep below the package as out/emulator, so that paths relative to the package stay what they are.
  outdir: folder,
  splitting: true,
  format: 'esm',
  // Packages that are CommonJS require Node's own modules.
  banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
});

fs.mkdirSync(folder, { recursive: true });
const entryLast = outputFiles.sort((a, b) => Number(path.basename(a.path) === 'index.js') - Number(path.basename(b.path) === 'index.js'));
for (const file of entryLast) {
  fs.writeFileSync(`${file.path}.new`, file.contents);
  fs.renameSync(`${file.path}.new`, file.path);
}
// A command that runs meanwhile may yet load parts of the bundle that it was started from.
const made = new Set([...outputFiles.map((file) => file.path), path.join(folder, 'up.cjs'), cacheOf(path.join(folder, 'up.cjs'))]);
for (const file of fs.readdirSync(folder).map((name) => path.join(folder, name))) {
  if (!made.has(file) && Date.now() - fs.statSync(file).mtimeMs > day) fs.rmSync(file);
}

// For `up`, which needs nearly all: one script, whose code V8 can keep.
const script = await build({
  ...common,
  format: 'cjs',
  define: { 'import.meta.url': '__url' },
  banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
});

/** A start on addresses and in a folder of its own. Where it fails, as without loopback addresses, starts compile as ever. */
const warm = (file) => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-warm-'));
  const block = 100 + Math.floor(Math.random() * 150);
  const flags = ['--state-dir', path.join(home, 'state'), 'up', '--port', '0', '--kube-port', '0', '--loopback', String(block), '--names', 'proxy'];
  const env = { PATH: process.env.PATH, HOME: home };
  spawnSync(process.execPath, [path.join(here, 'warm.mjs'), file, ...flags], { env, cwd: home, stdio: 'ignore', timeout: 30_000 });
  fs.rmSync(home, { recursive: true, force: true });
};

const up = path.join(folder, 'up.cjs');
fs.rmSync(up, { force: true });
fs.writeFileSync(`${up}.new`, script.outputFiles[0].contents);
warm(`${up}.new`);
fs.rmSync(cacheOf(up), { force: true });
if (fs.existsSync(cacheOf(`${up}.new`))) fs.renameSync(cacheOf(`${up}.new`), cacheOf(up));
fs.renameSync(`${up}.new`, up);
