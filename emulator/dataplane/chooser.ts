// Chooses targets by the newest plan and health; what a node may use is worked out once per change of either.
import { ownEntrance, zoneFinder, type ZoneFinder } from './affinity.js';
import { frontZone, type Indexed } from './apply.js';
import type { ListenerNode, NodeSpec } from './listener.js';
import { candidatesFor, drawOf, hashFlow, oneOf, pick, type Candidates, type Choice, type FlowTuple } from './pick.js';
import { namedTarget } from './quic.js';
import type { HealthView, Listener, ZoneRange } from './types.js';
import { zonesInDns } from './zones.js';

/** The zone's own address, from which the target is dialled, and what may be used from there. */
type Entrance = { address: string; zone: string; candidates: Candidates };
type Remembered = { index: Indexed; revision: number; entrances: Entrance[]; affinity: number };

/** `zone` is where the client came in, `address` the one from which the target is dialled. */
export type Chosen = Choice & { address: string; zone: string };

/** `datagram` is a UDP flow's first; 'strange': it names a target that there is not. */
export type Chooser = (node: ListenerNode, index: Indexed, client: { address: string; port: number }, datagram?: Buffer) => Chosen | 'strange' | undefined;

/** Where a client of a node comes in: at its own zone, or by the front address at any that DNS would give. */
export const entrancesOf = ({ address, zone }: NodeSpec, listener: Listener, index: Indexed, health: Pick<HealthView, 'of'>): { zone: string; address: string }[] => {
  if (zone !== frontZone) return [listener.addresses.find((each) => each.address === address) ?? { zone, address }];
  const inDns = zonesInDns([listener], index.pools, health);
  return listener.addresses.filter((each) => inDns.includes(each.address));
};

const compute = (node: ListenerNode, index: Indexed, health: HealthView): Entrance[] => {
  const listener = index.listeners.get(node.spec.listenerId);
  if (!listener) return [];
  const statusOf = (poolId: string, targetId: string) => health.of(poolId, targetId)?.status ?? 'unknown';
  return entrancesOf(node.spec, listener, index, health).map(({ zone, address }) => ({
    address,
    zone,
    candidates: candidatesFor(listener, index.pools, zone, statusOf),
  }));
};

/** `random` answers 0 to 1; it stands in for the TCP sequence number that a listener never sees. */
export const createChooser = (health: HealthView, random: () => number): Chooser => {
  const remembered = new WeakMap<ListenerNode, Remembered>();
  const finders = new WeakMap<readonly ZoneRange[], ZoneFinder>();
  const recall = (node: ListenerNode, index: Indexed): Remembered => {
    const hit = remembered.get(node);
    if (hit?.index === index && hit.revision === health.revision()) return hit;
    const affinity = index.listeners.get(node.spec.listenerId)?.zoneAffinity ?? 0;
    const fresh = { index, revision: health.revision(), entrances: compute(node, index, health), affinity };
    remembered.set(node, fresh);
    return fresh;
  };
  const zoneOf = ({ clientZones }: Indexed, address: string): string | undefined => {
    const finder = finders.get(clientZones) ?? zoneFinder(clientZones);
    finders.set(clientZones, finder);
    return finder(address);
  };
  const enter = ({ entrances, affinity, index }: Remembered, flow: FlowTuple): Entrance | undefined => {
    if (entrances.length < 2) return entrances[0];
    const hash = hashFlow(flow);
    const own = affinity > 0 ? ownEntrance(entrances, zoneOf(index, flow.source), affinity, drawOf(hash)) : undefined;
    return own ?? oneOf(entrances, hash);
  };
  const named = (node: ListenerNode, index: Indexed, datagram: Buffer): Choice | 'strange' | undefined => {
    const pools = (index.listeners.get(node.spec.listenerId)?.pools ?? []).flatMap(({ id }) => index.pools.get(id) ?? []);
    const found = namedTarget(pools, datagram);
    return typeof found === 'object' ? { ...found, among: 1, failOpen: false, named: true } : found;
  };
  return (node, index, client, datagram) => {
    // A UDP flow is its 5-tuple and nothing else.
    const sequence = node.spec.transport === 'udp' ? 0 : Math.floor(random() * 2 ** 32);
    const flow = { source: client.address, sourcePort: client.port, destination: node.spec.address, destinationPort: node.spec.port, sequence };
    const entrance = enter(recall(node, index), flow);
    const choice = entrance && ((datagram && named(node, index, datagram)) ?? pick(entrance.candidates, flow));
    if (!choice || choice === 'strange') return choice;
    // On a machine without these addresses the node listens elsewhere, and nothing can be dialled from them either.
    const address = node.address();
    return { ...choice, zone: entrance.zone, address: address === node.spec.address ? entrance.address : address };
  };
};
