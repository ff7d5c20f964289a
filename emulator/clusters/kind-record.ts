// What a run made on this machine for its kind cluster: written down before it is made, so that `down` can undo it after any end.
import fs from 'node:fs';
import path from 'node:path';
import { removeContainer } from './container.js';
import { removeEntrance } from './entrance.js';
import { clustersIn } from './kind-config.js';
import type { Route } from './nodes.js';
import { removeNames } from './kind-dns.js';
import { failure, run, type Run } from './run.js';

export type KindRecord = { name: string; /** False: it was there before, and stays. */ made: boolean; routes: Route[]; /** A container in the kind network may be there. */ container?: boolean };

const fileOf = (stateDir: string): string => path.join(stateDir, 'kind.json');

export const readRecord = (stateDir: string): KindRecord | undefined => {
  try {
    return JSON.parse(fs.readFileSync(fileOf(stateDir), 'utf8')) as KindRecord;
  } catch {
    return undefined;
  }
};

export const writeRecord = (stateDir: string, record: KindRecord): void => fs.writeFileSync(fileOf(stateDir), JSON.stringify(record), { mode: 0o600 });

/** An adopted cluster gets its own DNS configuration back; one that is gone has none. */
const giveBack = async (stateDir: string, name: string, execute: Run): Promise<void> => {
  const { stdout } = await execute('kind', ['get', 'clusters']);
  if (!clustersIn(stdout).includes(name)) return;
  const kubeconfig = path.join(stateDir, 'kubeconfig');
  await removeNames(kubeconfig, execute);
  await removeEntrance(kubeconfig, execute);
};

/** Takes routes, names and the container out, and the cluster if this state directory's run made it. Nothing happens where there is no record. */
export const removeKind = async (stateDir: string, execute: Run = run): Promise<void> => {
  const record = readRecord(stateDir);
  if (!record) return;
  // A route is gone already when its network is.
  for (const { cidr, via } of record.routes) await execute('ip', ['route', 'del', cidr, 'via', via]);
  if (record.container) await removeContainer(record.name, execute);
  if (!record.made) await giveBack(stateDir, record.name, execute);
  else {
    const deleted = await execute('kind', ['delete', 'cluster', '--name', record.name, '--kubeconfig', path.join(stateDir, 'kubeconfig')]);
    if (!deleted.ok) throw failure(`the kind cluster '${record.name}' could not be deleted`, deleted);
  }
  fs.rmSync(fileOf(stateDir), { force: true });
};
