// Chooses targets by the newest plan and health; what a node may use is worked out once per change of either.
import type { Socket } from 'node:net';
import type { Indexed } from './apply.js';
import type { ListenerNode } from './listener.js';
import { candidatesFor, pick, type Candidates, type Choice } from './pick.js';
import type { HealthView } from './types.js';

type Remembered = { index: Indexed; revision: number; candidates: Candidates };

export type Chooser = (node: ListenerNode, index: Indexed, client: Socket) => Choice | undefined;

const compute = (node: ListenerNode, index: Indexed, health: HealthView): Candidates => {
  const { listenerId, address, zone } = node.spec;
  const listener = index.listeners.get(listenerId);
  if (!listener) return { shares: [], totalWeight: 0 };
  const zoneNow = listener.addresses.find((each) => each.address === address)?.zone ?? zone;
  return candidatesFor(listener, index.pools, zoneNow, (poolId, targetId) => health.of(poolId, targetId)?.status === 'healthy');
};

/** `random` answers 0 to 1; it stands in for the TCP sequence number that a listener never sees. */
export const createChooser = (health: HealthView, random: () => number): Chooser => {
  const remembered = new WeakMap<ListenerNode, Remembered>();
  const candidates = (node: ListenerNode, index: Indexed): Candidates => {
    const hit = remembered.get(node);
    if (hit?.index === index && hit.revision === health.revision()) return hit.candidates;
    const fresh = { index, revision: health.revision(), candidates: compute(node, index, health) };
    remembered.set(node, fresh);
    return fresh.candidates;
  };
  return (node, index, client) =>
    pick(candidates(node, index), {
      source: client.remoteAddress ?? '',
      sourcePort: client.remotePort ?? 0,
      destination: node.spec.address,
      destinationPort: node.spec.port,
      sequence: Math.floor(random() * 2 ** 32),
    });
};
