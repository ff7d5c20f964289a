// Joins what tsc made into a few files: a start that reads a dozen files takes half the CPU of one that reads a thousand.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const out = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'out');
const folder = path.join(out, 'bundle');
const day = 24 * 60 * 60 * 1000;

const { outputFiles } = await build({
  entryPoints: [path.join(out, 'emulator', 'cli', 'index.js')],
  // As deep below the package as out/emulator, so that paths relative to the package stay what they are.
  outdir: folder,
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Seldom needed, and large.
  external: ['@kubernetes/client-node'],
  // Packages that are CommonJS require Node's own modules.
  banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
  logLevel: 'error',
});

fs.mkdirSync(folder, { recursive: true });
const entryLast = outputFiles.sort((a, b) => Number(path.basename(a.path) === 'index.js') - Number(path.basename(b.path) === 'index.js'));
for (const file of entryLast) {
  fs.writeFileSync(`${file.path}.new`, file.contents);
  fs.renameSync(`${file.path}.new`, file.path);
}
// A command that runs meanwhile may yet load parts of the bundle that it was started from.
const made = new Set(outputFiles.map((file) => file.path));
for (const file of fs.readdirSync(folder).map((name) => path.join(folder, name))) {
  if (!made.has(file) && Date.now() - fs.statSync(file).mtimeMs > day) fs.rmSync(file);
}
