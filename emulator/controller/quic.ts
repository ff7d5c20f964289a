// Server ids of QUIC targets: where a pod carries its own, and new ones for pods that ask (LBC behaviour, section 6.7 of its reference).
import type { Clock } from '../clock.js';
import { isConflict, type KubeClient } from '../kube/client.js';
import { configMaps } from '../kube/resources.js';
import type { KubeObject, Pod } from '../kube/types.js';
import type { JsonPatch } from '../kube/webhooks.js';

const annotation = 'service.beta.kubernetes.io/aws-load-balancer-quic-enabled-containers';

/** Whether targets of a group of this protocol have server ids. */
export const hasServerIds = (protocol: string | undefined): boolean => protocol === 'QUIC' || protocol === 'TCP_QUIC';

type Container = NonNullable<NonNullable<Pod['spec']>['containers']>[number];

const asking = ({ metadata, spec }: Pod): { container: Container; at: number }[] => {
  const names = (metadata.annotations?.[annotation] ?? '').split(',').map((name) => name.trim());
  return (spec?.containers ?? []).map((container, at) => ({ container, at })).filter(({ container }) => names.includes(container.name));
};

const valueOf = ({ env }: Container, variable: string): string | undefined => env?.find(({ name }) => name === variable)?.value;

/** The pod's id in ELB's form, `0x` and 16 hexadecimal digits; undefined for a pod that has none. */
export const serverIdOf = (pod: Pod, variable: string): string | undefined => {
  for (const { container } of asking(pod)) {
    const bytes = Buffer.from(valueOf(container, variable) ?? '', 'base64');
    if (bytes.length === 8) return `0x${bytes.toString('hex')}`;
  }
  return undefined;
};

/** What puts an id into each container that asks and has none. */
export const serverIdPatch = async (pod: Pod, variable: string, next: () => Promise<string>): Promise<JsonPatch> => {
  const patch: JsonPatch = [];
  for (const { container, at } of asking(pod)) {
    if (valueOf(container, variable) !== undefined) continue;
    patch.push({ op: 'add', path: `/spec/containers/${at}/env`, value: [...(container.env ?? []), { name: variable, value: await next() }] });
  }
  return patch;
};

const epoch = Date.UTC(2020, 0, 1);
const perMillisecond = 2 ** 7;
const workers = 2 ** 17;

/** Eight bytes as base64, never twice from one worker: 39 bits of ms since 2020, 17 of the worker, 7 of a sequence. */
export const createServerIds = (clock: Clock, worker: () => Promise<number>): (() => Promise<string>) => {
  let [moment, sequence] = [0, 0];
  let known: Promise<number> | undefined;
  return async () => {
    known ??= worker().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    const mine = await known;
    const now = Math.max(moment, clock.now() - epoch);
    sequence = now === moment ? sequence + 1 : 0;
    moment = sequence < perMillisecond ? now : now + 1;
    sequence %= perMillisecond;
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE((BigInt(moment) << 24n) | (BigInt(mine) << 7n) | BigInt(sequence));
    return bytes.toString('base64');
  };
};

type Counter = KubeObject & { data?: { worker?: string } };

const counter = { namespace: 'kube-system', name: 'quic-server-id-worker-tracker' };

/** Takes the next worker number out of the cluster's counter. */
export const takeWorker = async (client: KubeClient): Promise<number> => {
  const { namespace, name } = counter;
  const known = await client.get<Counter>(configMaps, namespace, name);
  const mine = (Number(known?.data?.worker ?? -1) + 1) % workers;
  const data = { worker: String(mine) };
  try {
    await (known ? client.patch(configMaps, namespace, name, { metadata: { resourceVersion: known.metadata.resourceVersion }, data }) : client.create(configMaps, namespace, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data }));
    return mine;
  } catch (error) {
    if (!isConflict(error)) throw error;
    return takeWorker(client);
  }
};
