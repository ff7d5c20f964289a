// `nlbox fault`: breaks something on purpose, for a class or an exercise, and takes it back. All by kubectl, as anyone could.
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.js';
import { fetchInfo } from './admin.js';
import { quoted } from './diagnose/remedy.js';
import { variablesOf } from './env.js';
import { faultNames, faults, type Commands, type FaultName, type Victim, type VictimPod } from './fault/faults.js';
import { requireRun, stateDirOf, type StateOptions } from './run-file.js';
import { ask } from './run.js';

export type FaultOptions = StateOptions & { undo?: boolean; service?: string };

type Kubectl = (args: readonly string[]) => Promise<string>;

type Connection = { kubectl: Kubectl; /** The cluster is ours, machines and all. */ embedded: boolean };

const connect = async (options: FaultOptions): Promise<Connection> => {
  const info = await fetchInfo(requireRun(options));
  const env = { ...process.env, ...variablesOf(info) };
  const kubectl: Kubectl = async (args) => {
    const { ok, found, output } = await ask('kubectl', args, env);
    if (!found) throw new UserError('kubectl is not installed', { hint: 'See `npx nlbox doctor`.' });
    if (!ok) throw new UserError(`kubectl ${args.join(' ')}: ${output.trim()}`);
    return output;
  };
  return { kubectl, embedded: info.cluster?.kind === 'embedded' };
};

/** What has been broken and not mended, by name; it goes with the state of the run. */
type Broken = Partial<Record<FaultName, { service: string; undo: Commands }>>;

const fileOf = (options: FaultOptions): string => path.join(stateDirOf(options), 'faults.json');

const readBroken = (options: FaultOptions): Broken =>
  fs.existsSync(fileOf(options)) ? (JSON.parse(fs.readFileSync(fileOf(options), 'utf8')) as Broken) : {};

const writeBroken = (options: FaultOptions, broken: Broken): void => fs.writeFileSync(fileOf(options), JSON.stringify(broken), { mode: 0o600 });

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const find = async (kubectl: Kubectl, wanted: string | undefined): Promise<Victim> => {
  if (wanted !== undefined) {
    const [namespace, name] = wanted.split('/');
    if (!namespace || !name) throw new UserError(`'${wanted}' is not NAMESPACE/NAME`, { hint: 'For example --service ui/ui-nlb.' });
    return JSON.parse(await kubectl(['get', 'service', '-n', namespace, name, '-o', 'json'])) as Victim;
  }
  const { items } = JSON.parse(await kubectl(['get', 'services', '-A', '-o', 'json'])) as { items: (Victim & { spec: { type: string } })[] };
  const exposed = items.filter(({ spec }) => spec.type === 'LoadBalancer');
  const [only, other] = exposed;
  if (only && !other) return only;
  throw new UserError(only ? 'there is more than one Service of type LoadBalancer' : 'there is no Service of type LoadBalancer', {
    hint: only ? `Name one: ${exposed.map(({ metadata }) => `--service ${metadata.namespace}/${metadata.name}`).join(' or ')}.` : 'Create one first, for example with `npx nlbox workshop init` and its modules/exposing/load-balancer/nlb.',
  });
};

const podsOf = async (kubectl: Kubectl, service: Victim & { spec: { selector?: Record<string, string> } }): Promise<VictimPod[]> => {
  const selector = Object.entries(service.spec.selector ?? {}).map(([name, value]) => `${name}=${value}`).join(',');
  if (selector === '') return [];
  return (JSON.parse(await kubectl(['get', 'pods', '-n', service.metadata.namespace, '-l', selector, '-o', 'json'])) as { items: VictimPod[] }).items;
};

const runAll = async (kubectl: Kubectl, commands: Commands): Promise<void> => {
  for (const command of commands) {
    say(`  kubectl ${command.map(quoted).join(' ')}`);
    await kubectl(command);
  }
};

const inject = async (name: FaultName, options: FaultOptions): Promise<void> => {
  const broken = readBroken(options);
  if (broken[name]) throw new UserError(`${name} is in force already, at ${broken[name].service}`, { hint: `Take it back first: npx nlbox fault ${name} --undo` });
  const { kubectl, embedded } = await connect(options);
  const service = await find(kubectl, options.service);
  const { inject: commands, undo } = faults[name].plan(service, await podsOf(kubectl, service), embedded);
  const key = `${service.metadata.namespace}/${service.metadata.name}`;
  say(`${name} at ${key}: ${faults[name].summary}`);
  // Noted first, so that an interruption half way can be undone.
  if (undo.length > 0) writeBroken(options, { ...broken, [name]: { service: key, undo } });
  await runAll(kubectl, commands);
  say(undo.length > 0 ? `A learner may ask for a hint: npx nlbox fault hint ${name}. Undo: npx nlbox fault ${name} --undo` : `There is nothing to undo. A learner may ask for a hint: npx nlbox fault hint ${name}`);
};

const undo = async (name: FaultName, options: FaultOptions): Promise<void> => {
  const { [name]: one, ...others } = readBroken(options);
  if (!one) {
    say(`${name} is not in force: nothing to undo`);
    return;
  }
  const { kubectl } = await connect(options);
  const [namespace = '', service = ''] = one.service.split('/');
  // A Service that is gone took its fault with it; a node is still there.
  const gone = (await kubectl(['get', 'service', '-n', namespace, service, '--ignore-not-found', '-o', 'name'])).trim() === '';
  await runAll(kubectl, gone ? one.undo.filter((command) => !command.includes('service')) : one.undo);
  writeBroken(options, others);
  say(`${name} is undone${gone ? `; the Service ${one.service} is gone` : ''}`);
};

const known = (name: string | undefined): FaultName => {
  const found = faultNames.find((one) => one === name);
  if (found) return found;
  throw new UserError(name === undefined ? 'which fault?' : `there is no fault '${name}'`, { hint: `Faults are ${faultNames.join(', ')}.` });
};

/** `what` is a fault, `list`, or `hint` with the name of a fault. */
export const fault = async (what: string, name: string | undefined, options: FaultOptions): Promise<void> => {
  if (what === 'list') for (const one of faultNames) say(`${one.padEnd(14)} ${faults[one].summary}`);
  else if (what === 'hint') say(faults[known(name)].hint);
  else await (options.undo ? undo : inject)(known(what), options);
};
