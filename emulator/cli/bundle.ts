// `nlbox bundle`: one archive with what somebody needs who is to find out what went wrong; no credentials in it.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { messageOf, UserError } from '../errors.js';
import { fetchHistory, fetchInfo } from './admin.js';
import { diagnose } from './doctor/checks.js';
import { gather } from './doctor/facts.js';
import { findRun, stateDirOf, type StateOptions } from './run-file.js';
import { ask } from './run.js';
import { statusText } from './status.js';
import { timelineOf, timelineText } from './timeline.js';

// Keys, tokens, and the embedded cluster's journal, which holds Secrets.
const kept = (name: string): boolean => !/^(kubeconfig|run\.json|lock|kube-identity\.json|kube\.journal.*|.*\.(key|pem))$/.test(name);

const copyState = (stateDir: string, into: string): void => {
  for (const entry of fs.existsSync(stateDir) ? fs.readdirSync(stateDir, { withFileTypes: true }) : []) {
    if (entry.isFile() && kept(entry.name)) fs.copyFileSync(path.join(stateDir, entry.name), path.join(into, entry.name));
  }
};

const kinds = 'services,endpointslices,targetgroupbindings,pods,deployments,nodes,events';

type Parts = Record<string, () => Promise<string>>;

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

const partsOf = (options: StateOptions): Parts => {
  const run = findRun(stateDirOf(options));
  const doctor = async (): Promise<string> => json(diagnose(await gather(options)));
  if (!run) return { 'doctor.json': doctor };
  const get = async (...args: string[]): Promise<string | undefined> => {
    const { cluster: found } = await fetchInfo(run);
    return found && (await ask('kubectl', ['--kubeconfig', found.kubeconfig, 'get', ...args, '-A'])).output;
  };
  const timelines = async (): Promise<string> => {
    const listed = await get('services', '-o', 'jsonpath={range .items[?(@.spec.type=="LoadBalancer")]}{.metadata.namespace}/{.metadata.name} {end}');
    const keys = listed?.split(' ').filter(Boolean) ?? [];
    return (await Promise.all(keys.map(async (key) => `${key}\n${timelineText(await timelineOf(key, options))}\n`))).join('\n');
  };
  return {
    'doctor.json': doctor,
    'status.json': async () => json(await fetchInfo(run)),
    'status.txt': async () => `${statusText(await fetchInfo(run))}\n`,
    'history.json': async () => json(await fetchHistory(run)),
    'cluster.yaml': async () => (await get(kinds, '-o', 'yaml')) ?? 'no cluster\n',
    'events.txt': async () => (await get('events', '--sort-by', '.lastTimestamp')) ?? 'no cluster\n',
    'timeline.txt': timelines,
  };
};

/** A part that cannot be had says so in its place: half a bundle is better than none. */
const writeParts = async (parts: Parts, into: string): Promise<void> => {
  await Promise.all(Object.entries(parts).map(async ([name, part]) => {
    fs.writeFileSync(path.join(into, name), await part().catch((error: unknown) => `could not be had: ${messageOf(error)}\n`));
  }));
};

export const bundle = async (file: string, options: StateOptions): Promise<void> => {
  const target = path.resolve(file);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-bundle-'));
  const inside = path.join(folder, 'nlbox-bundle');
  try {
    fs.mkdirSync(inside);
    copyState(stateDirOf(options), inside);
    await writeParts(partsOf(options), inside);
    const packed = await ask('tar', ['-czf', target, '-C', folder, 'nlbox-bundle']);
    if (!packed.ok) throw new UserError(`${target} could not be written: ${packed.found ? packed.output : 'tar is not installed'}`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(`${target}\n`);
};
