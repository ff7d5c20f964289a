// Holds the house together: who may import whom, and the few rules that keep the core pure.
import fs from 'node:fs';
import path from 'node:path';
import test from 'ava';

const leaves = ['clock', 'log', 'errors', 'config', 'join', 'journal', 'ports', 'process-life', 'reset', 'turns', 'version'];

/** Rooms that a room may import; leaves are open to all. `room/file` allows that file only (its types). */
const allowed: Record<string, readonly string[]> = {
  wire: [],
  dataplane: [],
  loop: [],
  tinykube: [],
  names: [],
  web: [],
  state: [],
  plan: ['state', 'dataplane'],
  api: ['wire', 'state', 'dataplane/types'],
  kube: ['loop'],
  controller: ['loop', 'kube', 'api/elbv2/client', 'api/ec2/client', 'wire/fault'],
  clusters: ['dataplane/types', 'tinykube/tinykube'],
  // The commands that explain read the cluster as kubectl would, and share the controller's table of annotations.
  cli: ['main', '..', 'kube', 'controller/annotations', 'controller/claims', 'controller/coverage', 'controller/flags', 'controller/flags-given'],
  main: ['wire', 'dataplane', 'loop', 'tinykube', 'names', 'web', 'state', 'plan', 'api', 'kube', 'controller', 'clusters'],
};

/** Each fixed package has one home. */
const homes: Record<string, readonly string[]> = {
  express: ['emulator/web/'],
  'http-proxy': ['emulator/web/http-proxy.ts'],
  lowdb: ['emulator/state/'],
  execa: ['emulator/clusters/run.ts', 'emulator/cli/run.ts', 'emulator/dataplane/kernel/commands.ts', 'scenarios/shell.ts'],
  '@kubernetes/client-node': ['emulator/kube/'],
};

/** Files that decide and never act. */
const pure = [
  'emulator/wire/', 'emulator/plan/', 'emulator/dataplane/pick.ts', 'emulator/dataplane/health.ts', 'emulator/dataplane/split.ts', 'emulator/dataplane/sight.ts', 'emulator/dataplane/hello.ts',
  ...['changes', 'counts', 'json', 'numbers', 'parts', 'places', 'read', 'ruleset', 'sources', 'timeouts'].map((name) => `emulator/dataplane/kernel/${name}.ts`),
  'emulator/controller/annotations.ts', 'emulator/controller/names.ts', 'emulator/controller/build', 'emulator/controller/match.ts',
  'emulator/controller/claims.ts', 'emulator/controller/coverage.ts', 'emulator/controller/flags-given.ts', 'emulator/cli/diagnose/', 'emulator/names/block.ts', 'scenarios/page.ts', 'scenarios/extract.ts', 'scenarios/steps.ts', 'scenarios/compare.ts',
  'scenarios/json.ts', 'scenarios/table.ts', 'scenarios/lines.ts', 'scenarios/rules.ts', 'scenarios/allowances.ts', 'scenarios/difference.ts',
  'scenarios/report.ts', 'scenarios/run-report.ts', 'scenarios/baseline.ts', 'scenarios/glob.ts',
];

const files = (folder: string): string[] =>
  fs.existsSync(folder)
    ? fs.readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
        .map((entry) => path.join(entry.parentPath, entry.name))
    : [];

const importsOf = (file: string): string[] =>
  [...fs.readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');

const product = [...files('emulator'), ...files('sdk-shim'), ...files('scenarios')];

const insideOf = (file: string): string => path.relative('emulator', file).replace(/\.(ts|js)$/, '');
const roomOf = (file: string): string => insideOf(file).split(path.sep)[0] ?? '';

test('every room imports only what the house allows', (t) => {
  const wrong: string[] = [];
  for (const file of files('emulator')) {
    const from = roomOf(file);
    for (const specifier of importsOf(file).filter((name) => name.startsWith('.'))) {
      const target = path.join(path.dirname(file), specifier);
      const to = roomOf(target);
      if (to === from || leaves.includes(to)) continue;
      const open = (allowed[from] ?? []).some((one) => one === to || one === insideOf(target));
      if (leaves.includes(from) || !open) wrong.push(`${file} -> ${specifier}`);
    }
  }
  t.deepEqual(wrong, []);
});

test('the sdk-shim imports nothing of the product, scenarios only its leaves', (t) => {
  const wrong = [...files('sdk-shim'), ...files('scenarios')].flatMap((file) =>
    importsOf(file)
      .filter((name) => name.startsWith('.') && path.join(path.dirname(file), name).startsWith('emulator'))
      .filter((name) => file.startsWith('sdk-shim') || !leaves.includes(insideOf(path.join(path.dirname(file), name))))
      .map((name) => `${file} -> ${name}`),
  );
  t.deepEqual(wrong, []);
});

test('each fixed package has one home', (t) => {
  const wrong = product.flatMap((file) =>
    importsOf(file)
      .filter((name) => homes[name] && !homes[name].some((home) => file.startsWith(home)))
      .map((name) => `${file} -> ${name}`),
  );
  t.deepEqual(wrong, []);
});

test('time comes from the clock', (t) => {
  const timed = /Date\.now\(|new Date\(\)|(^|[^.\w])set(Timeout|Interval)\(|performance\.now\(/m;
  t.deepEqual(product.filter((file) => file !== 'emulator/clock.ts' && timed.test(fs.readFileSync(file, 'utf8'))), []);
});

test('the environment is read in config, the command line and the shim only', (t) => {
  const open = (file: string): boolean => file === 'emulator/config.ts' || file.startsWith('emulator/cli/') || file.startsWith('sdk-shim/');
  t.deepEqual(product.filter((file) => !open(file) && fs.readFileSync(file, 'utf8').includes('process.env')), []);
});

test('pure files open no sockets, files or processes', (t) => {
  const wrong = product
    .filter((file) => pure.some((one) => file.startsWith(one)))
    .flatMap((file) => importsOf(file).filter((name) => /^node:(net|fs|http|https|tls|child_process|dgram)$/.test(name)).map((name) => `${file} -> ${name}`));
  t.deepEqual(wrong, []);
});

test('no file outgrows its one sentence', (t) => {
  const lines = (file: string): number => fs.readFileSync(file, 'utf8').split('\n').length;
  t.deepEqual(product.filter((file) => lines(file) > 260).map((file) => `${file}: ${lines(file)}`), []);
});
