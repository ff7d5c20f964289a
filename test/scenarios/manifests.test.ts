// Our manifests build with the real kubectl, and init never touches what is not ours.
import test from 'ava';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { UserError } from '../../emulator/errors.js';
import { manifestsDir } from '../../scenarios/assets.js';
import { initWorkshop, markerName } from '../../scenarios/manifests.js';
import { scratch } from '../support/scratch.js';

const run = promisify(execFile);

type Manifest = {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: { ports?: { port: number; targetPort: number | string }[]; template?: Manifest };
};

const kubectl = await run('kubectl', ['version', '--client']).then(() => true, () => false);
// Said loudly: these tests are worth nothing without the real tool.
const built = kubectl ? test : test.skip;
if (!kubectl) test('kubectl is missing, so the kustomizations are NOT checked', (t) => t.pass());

const build = async (folder: string): Promise<Manifest[]> => {
  const { stdout } = await run('kubectl', ['kustomize', path.join(manifestsDir, folder)]);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
};

const count = (all: Manifest[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { kind } of all) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

built('the base application has the workshop\'s objects', async (t) => {
  const all = await build('base-application');
  t.deepEqual(count(all), {
    Namespace: 6, ServiceAccount: 5, ConfigMap: 6, Secret: 2, Service: 9, Deployment: 7, StatefulSet: 2,
  });
  const label = 'app.kubernetes.io/created-by';
  t.deepEqual(all.filter((one) => one.metadata.labels?.[label] !== 'eks-workshop'), []);
  const pods = all.flatMap((one) => (one.spec?.template ? [one.spec.template] : []));
  t.is(pods.length, 9);
  t.true(pods.every((pod) => pod.metadata.labels?.[label] === 'eks-workshop'));
});

const prefix = 'service.beta.kubernetes.io';
const annotations = (type: string) => ({
  [`${prefix}/aws-load-balancer-type`]: 'external',
  [`${prefix}/aws-load-balancer-scheme`]: 'internet-facing',
  [`${prefix}/aws-load-balancer-nlb-target-type`]: type,
  [`${prefix}/load-balancer-source-ranges`]: '0.0.0.0/0',
});

for (const [folder, type] of [['nlb', 'instance'], ['ip-mode', 'ip']] as const) {
  built(`${folder} is one Service with ${type} targets, and nothing in it waits for a shell`, async (t) => {
    const all = await build(`modules/exposing/load-balancer/${folder}`);
    t.is(all.length, 1);
    t.like(all[0]?.metadata, { name: 'ui-nlb', namespace: 'ui' });
    t.deepEqual(all[0]?.metadata.annotations, annotations(type));
    t.like(all[0]?.spec?.ports?.[0], { port: 80, targetPort: 8080 });
    t.notRegex(JSON.stringify(all), /\$[A-Z]/);
  });
}

const folder = scratch('nlbox-workshop');
const put = async (root: string, files: Record<string, string>): Promise<void> => {
  for (const [name, content] of Object.entries(files)) {
    await fs.mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await fs.writeFile(path.join(root, name), content);
  }
};
const read = (...parts: string[]): Promise<string> => fs.readFile(path.join(...parts), 'utf8');

test('init makes the whole tree, and a second run changes nothing', async (t) => {
  const target = path.join(folder(), 'environment', 'eks-workshop');
  const first = await initWorkshop({ target });
  t.true(first.created.includes('base-application/ui/deployment.yaml'));
  t.true(first.created.includes('modules/exposing/load-balancer/nlb/nlb.yaml'));
  const second = await initWorkshop({ target });
  const { message, ...fates } = second;
  t.deepEqual(fates, { target, created: [], updated: [], removed: [], kept: [], unchanged: first.created });
  t.is(message, `Workshop manifests in ${target}: ${first.created.length} unchanged.`);
});

test('init refuses a folder with anything else in it, and changes nothing', async (t) => {
  const target = folder();
  await put(target, { 'mine.txt': 'mine' });
  const error = await t.throwsAsync(initWorkshop({ target }), { instanceOf: UserError });
  t.truthy((error as UserError).hint);
  t.deepEqual(await fs.readdir(target), ['mine.txt']);
});

test('init refuses a file, and a folder with a marker of someone else', async (t) => {
  const root = folder();
  await put(root, { file: 'x', [`other/${markerName}`]: '{"madeBy":"someone"}', [`broken/${markerName}`]: '{' });
  for (const name of ['file', 'other', 'broken']) {
    await t.throwsAsync(initWorkshop({ target: path.join(root, name) }), { instanceOf: UserError });
  }
});

test('a newer tree updates and removes ours, and keeps what someone changed', async (t) => {
  const [root, old, fresh] = [folder(), folder(), folder()];
  const target = path.join(root, 'w');
  await put(old, { 'a.yaml': '1', 'b.yaml': '1', 'gone.yaml': '1', 'edited-gone.yaml': '1' });
  await put(fresh, { 'a.yaml': '2', 'b.yaml': '2', 'new.yaml': '2', 'theirs.yaml': '2' });
  await initWorkshop({ target, source: old });
  await put(target, { 'b.yaml': 'edited', 'theirs.yaml': 'theirs', 'edited-gone.yaml': 'edited' });
  const { message, ...fates } = await initWorkshop({ target, source: fresh });
  t.regex(message, /1 created, 1 updated, 1 removed\.\n.*changed by someone else: b\.yaml/);
  t.deepEqual(fates, {
    target,
    created: ['new.yaml'],
    updated: ['a.yaml'],
    removed: ['gone.yaml'],
    unchanged: [],
    kept: ['b.yaml', 'theirs.yaml', 'edited-gone.yaml'],
  });
  t.is(await read(target, 'b.yaml'), 'edited');
  t.is(await read(target, 'theirs.yaml'), 'theirs');
  t.deepEqual((await initWorkshop({ target, source: fresh })).kept, ['b.yaml', 'theirs.yaml']);
});

test('an interrupted first run is taken up again', async (t) => {
  const target = folder();
  await put(target, { [markerName]: '{"madeBy":"nlbox","files":{}}' });
  t.true((await initWorkshop({ target })).created.length > 30);
});
