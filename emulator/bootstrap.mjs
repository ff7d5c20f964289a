// Makes a fresh clone runnable: installs what the lock file says and compiles, only when needed. Node's own modules only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => path.join(root, ...parts);

const run = (command, args) => {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  process.stderr.write(`\nfailed: ${[command, ...args].join(' ')}${error ? `: ${error.message}` : ''}\n`);
  process.exit(1);
};

const hash = (text) => createHash('sha256').update(text).digest('hex');

const install = () => {
  // A linked node_modules belongs to another checkout, and `npm ci` would empty it.
  if (fs.lstatSync(at('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const stamp = at('node_modules', '.nlbox-lock');
  const wanted = hash(fs.readFileSync(at('package-lock.json')));
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('nlbox: installing packages (once, about half a minute) …\n');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  fs.writeFileSync(stamp, wanted);
};

const newest = (folder) => {
  let latest = 0;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && /\.(ts|json)$/.test(entry.name)) {
      latest = Math.max(latest, fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
    }
  }
  return latest;
};

/** What was compiled from a source that is gone would still be run by the tests. */
const prune = (folder) => {
  if (!fs.existsSync(at('out', folder))) return;
  for (const entry of fs.readdirSync(at('out', folder), { withFileTypes: true, recursive: true })) {
    const compiled = path.join(entry.parentPath ?? entry.path, entry.name);
    const source = at(path.relative(at('out'), compiled).replace(/(\.d)?\.(js|ts)(\.map)?$/, '.ts'));
    if (entry.isFile() && !fs.existsSync(source)) fs.rmSync(compiled);
  }
};

const compile = () => {
  const sources = ['emulator', 'sdk-shim', 'scenarios', 'test'].filter((folder) => fs.existsSync(at(folder)));
  if (sources.length === 0) return;
  const stamp = at('out', '.built');
  const changed = Math.max(...sources.map((folder) => newest(at(folder))), fs.statSync(at('tsconfig.json')).mtimeMs);
  if (fs.existsSync(stamp) && fs.statSync(stamp).mtimeMs >= changed) return;
  process.stderr.write('nlbox: compiling …\n');
  sources.forEach(prune);
  run(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '-b']);
  run(process.execPath, [at('emulator', 'bundle.mjs')]);
  fs.writeFileSync(stamp, '');
};

if (fs.existsSync(at('tsconfig.json'))) {
  install();
  compile();
}
