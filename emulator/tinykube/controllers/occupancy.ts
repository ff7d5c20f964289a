// How full the nodes are, counted as pods come and go, so that placing one pod does not look at all others.
import type { WatchEvent } from '../types.js';
import type { Pod } from './kinds.js';
import { isOver } from './pods.js';
import { demandOf, type Demand } from './quantities.js';

export type Usage = Demand & { pods: number };

export const unused: Usage = { pods: 0, cpu: 0, memory: 0 };

export const plus = (usage: Usage, { cpu, memory }: Demand, pods = 1): Usage =>
  ({ pods: usage.pods + pods, cpu: usage.cpu + pods * cpu, memory: usage.memory + pods * memory });

export type Occupancy = {
  /** Takes the change of a pod. */
  seen(event: Pick<WatchEvent, 'type'> & { object: Pod }): void;
  of(node: string): Usage;
};

/** Empty until pods are seen. */
export const createOccupancy = (): Occupancy => {
  const nodes = new Map<string, Usage>();
  const held = new Map<string, { node: string; demand: Demand }>();
  const count = (node: string, demand: Demand, pods: 1 | -1): void => void nodes.set(node, plus(nodes.get(node) ?? unused, demand, pods));
  return {
    seen: ({ type, object: pod }) => {
      const { uid } = pod.metadata;
      const before = held.get(uid);
      const node = type === 'DELETED' || isOver(pod) ? undefined : pod.spec.nodeName;
      // A bound pod stays on its node, and what it asks for cannot change.
      if (before?.node === node) return;
      if (before) count(before.node, before.demand, -1);
      if (!node) return void held.delete(uid);
      const demand = demandOf(pod.spec);
      held.set(uid, { node, demand });
      count(node, demand, 1);
    },
    of: (node) => nodes.get(node) ?? unused,
  };
};
