// From the kernel's counts to the data plane's counters, per listener, zone and target: pure.
import type { NodeSpec } from '../place.js';
import { targetKey } from '../health.js';
import type { Dataplane, FlowCounters } from '../types.js';
import type { FlowClass } from './classes.js';
import type { Count, KernelFlow } from './read.js';

export type Observed = { counts: ReadonlyMap<string, readonly Count[]>; flows: readonly KernelFlow[] };

type Counted = ReturnType<Dataplane['counters']>;
type Name = keyof FlowCounters;

const zero = (): FlowCounters => ({ newFlows: 0, activeFlows: 0, bytesIn: 0, bytesOut: 0, clientResets: 0, targetResets: 0, balancerResets: 0, refused: 0, denied: 0 });

const over = new Set(['TIME_WAIT', 'CLOSE']);

/** Whether both sides may still send. */
export const lives = ({ state }: KernelFlow): boolean => !over.has(state ?? '');

/** Where counts of nodes belong, as the rules knew them: `address|transport|port`. */
export type Nodes = ReadonlyMap<string, NodeSpec>;

const nodeOf = (nodes: Nodes, [address, transport, port]: readonly (string | number)[]): NodeSpec | undefined => nodes.get(`${address}|${transport}|${port}`);

/** Adds up. `classOf` finds the way that a mark stands for. */
export const countersFrom = ({ counts, flows }: Observed, classOf: (mark: number) => FlowClass | undefined, nodes: Nodes): Counted => {
  const counted: Counted = { listeners: {}, zones: {}, targets: {} };
  const add = (where: Record<string, FlowCounters>, key: string, name: Name, value: number): void => {
    const counters = (where[key] ??= zero());
    counters[name] = (counters[name] ?? 0) + value;
  };
  const at = (spec: NodeSpec, zone: string, name: Name, value: number): void => {
    add(counted.listeners, spec.listenerId, name, value);
    add(counted.zones, `${spec.listenerId}|${zone}|${spec.transport}`, name, value);
  };
  const along = (mark: number, name: Name, value: number): void => {
    const way = classOf(mark);
    if (!way) return;
    at(way.spec, way.zone, name, value);
    add(counted.targets, targetKey(way.poolId, way.targetId), name, value);
  };
  const of = (set: string): readonly Count[] => counts.get(set) ?? [];
  for (const { key, packets } of of('begun')) {
    along(Number(key[0]), 'newFlows', packets);
    if (classOf(Number(key[0]))?.failOpen) along(Number(key[0]), 'failOpen', packets);
  }
  for (const { key, packets, bytes } of of('bytes')) {
    along(Number(key[1]), key[2] === 'reply' ? 'bytesOut' : 'bytesIn', bytes);
    along(Number(key[1]), 'packets', packets);
  }
  for (const { key, packets } of of('resets')) along(Number(key[1]), key[2] === 'reply' ? 'targetResets' : 'clientResets', packets);
  for (const { key, packets } of of('unreached')) along(Number(key[1]), 'refused', packets);
  for (const flow of flows) if (lives(flow)) along(flow.mark, 'activeFlows', 1);
  const atNode = (key: readonly (string | number)[], name: Name, value: number): void => {
    const spec = nodeOf(nodes, key);
    if (spec) at(spec, spec.zone, name, value);
  };
  for (const { key, packets } of of('denied')) atNode(key.slice(1), 'denied', packets);
  for (const { key, packets } of of('refused')) atNode(key, 'refused', packets);
  for (const { key, packets } of of('strays')) atNode(key, 'balancerResets', packets);
  return counted;
};
