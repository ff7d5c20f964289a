// Lets the pods of a kind cluster reach load balancers by their AWS names: a rewrite in its CoreDNS to the entrance of each, or to its Service.
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { withNames, withoutNames, type ServiceName } from './corefile.js';
import type { Entrance } from './entrance.js';
import { failure, must, type Run } from './run.js';

const at = ['configmap', 'coredns', '-n', 'kube-system'];

const read = async (kubeconfig: string, execute: Run): Promise<string> => {
  const text = await must(execute('kubectl', ['--kubeconfig', kubeconfig, 'get', ...at, '-o', 'json']), "the cluster's CoreDNS configuration cannot be read");
  return (JSON.parse(text) as { data?: { Corefile?: string } }).data?.Corefile ?? '';
};

const change = async (kubeconfig: string, edit: (corefile: string) => string, execute: Run): Promise<void> => {
  const before = await read(kubeconfig, execute);
  const after = edit(before);
  if (after === before) return;
  const patch = JSON.stringify({ data: { Corefile: after } });
  const patched = await execute('kubectl', ['--kubeconfig', kubeconfig, 'patch', ...at, '--type', 'merge', '-p', patch]);
  if (!patched.ok) throw failure("the cluster's CoreDNS configuration cannot be changed", patched);
};

/** Takes the names out again. */
export const removeNames = (kubeconfig: string, execute: Run): Promise<void> => change(kubeconfig, withoutNames, execute);

export type ClusterDns = { set(names: readonly ServiceName[]): void; line(): string; settled(): Promise<void> };

const wordsOf = (count: number, entrance: boolean): string => {
  const goal = entrance ? 'the load balancers' : 'their Services, past the load balancers, because pods do not get to this machine';
  return `names in pods: CoreDNS leads ${count} ${count === 1 ? 'name' : 'names'} of load balancers to ${goal} (a change takes it up to two minutes)`;
};

/** Writes the newest names, one change after the other; names that were overtaken meanwhile are never written. */
export const createClusterDns = ({ kubeconfig, entrance, execute, log }: { kubeconfig: string; entrance?: Entrance | undefined; execute: Run; log: Log }): ClusterDns => {
  let wanted: readonly ServiceName[] = [];
  let trouble: string | undefined;
  let running: Promise<void> | undefined;
  const write = async (names: readonly ServiceName[]): Promise<void> => {
    const leads = entrance ? await entrance.lead(names) : names;
    await change(kubeconfig, (corefile) => withNames(corefile, leads), execute);
  };
  const work = async (): Promise<void> => {
    for (let names: readonly ServiceName[] | undefined; names !== wanted; ) {
      const next = (names = wanted);
      trouble = await write(next).then(() => undefined, messageOf);
      if (trouble !== undefined) log.warn({ trouble }, 'pods cannot reach load balancers by name');
    }
    running = undefined;
  };
  return {
    set: (names) => {
      wanted = names;
      running ??= work();
    },
    line: () => (trouble === undefined ? wordsOf(wanted.length, entrance !== undefined) : `names in pods: not reachable, ${trouble}`),
    settled: async () => running,
  };
};
