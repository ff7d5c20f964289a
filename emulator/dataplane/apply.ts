// What changes from one plan to the next: pure, so that nothing which stays can be touched by accident.
import { targetKey } from './health.js';
import type { NodeSpec } from './listener.js';
import type { DataplanePlan, Listener, Pool, Transport } from './types.js';

/** The plan, indexed for the way of a connection. */
export type Indexed = { listeners: ReadonlyMap<string, Listener>; pools: ReadonlyMap<string, Pool> };

export const indexPlan = (plan: DataplanePlan): Indexed => ({
  listeners: new Map(plan.listeners.map((listener) => [listener.id, listener])),
  pools: new Map(plan.pools.map((pool) => [pool.id, pool])),
});

/** The zone of a front address: any, chosen anew for each connection. */
export const frontZone = '*';

/** A node is the same while listener, address and port are. */
export const nodeKey = ({ listenerId, transport, address, port }: Omit<NodeSpec, 'zone'>): string => `${listenerId}|${transport}|${address}|${port}`;

const transportsOf = ({ protocol }: Listener): readonly Transport[] =>
  protocol === 'udp' ? ['udp'] : protocol === 'tcp_udp' ? ['tcp', 'udp'] : ['tcp'];

const nodesOf = (plan: DataplanePlan): NodeSpec[] =>
  plan.listeners.flatMap((listener) => {
    const { id: listenerId, port, addresses, front } = listener;
    const places = [...addresses, ...(front === undefined ? [] : [{ zone: frontZone, address: front }])];
    return places.flatMap((place) => transportsOf(listener).map((transport) => ({ listenerId, transport, ...place, port })));
  });

/** Which listening sockets to open and which to close; all others stay as they are. */
export const diffNodes = (open: Iterable<string>, plan: DataplanePlan): { open: NodeSpec[]; close: string[] } => {
  const wanted = new Map(nodesOf(plan).map((spec) => [nodeKey(spec), spec]));
  const have = new Set(open);
  return {
    open: [...wanted].filter(([key]) => !have.has(key)).map(([, spec]) => spec),
    close: [...have].filter((key) => !wanted.has(key)),
  };
};

/** When flows of a target must end. undefined: they may stay, and an earlier verdict is lifted. */
export type Cut = { key: string; at: number | undefined };

const cutsOfPool = (before: Pool | undefined, after: Pool, now: number): Cut[] => {
  const kept = new Set(after.targets.map(({ id }) => id));
  const stay = after.targets.map(({ id, admission, cutAtDrainEnd, drainEnd }) => ({
    key: targetKey(after.id, id),
    at: admission === 'draining' && cutAtDrainEnd ? drainEnd : undefined,
  }));
  // A delay of 0 is never seen draining: the target is there in one plan and gone in the next.
  const gone = (before?.targets ?? [])
    .filter(({ id, cutAtDrainEnd }) => cutAtDrainEnd && !kept.has(id))
    .map(({ id, drainEnd }) => ({ key: targetKey(after.id, id), at: drainEnd ?? now }));
  return [...stay, ...gone];
};

/** Targets of pools that left the plan altogether are not named: their flows live on. */
export const cutsBetween = (before: Indexed, after: Indexed, now: number): Cut[] =>
  [...after.pools.values()].flatMap((pool) => cutsOfPool(before.pools.get(pool.id), pool, now));

/** Keys of all targets that the plan names. */
export const plannedTargets = (plan: DataplanePlan): ReadonlySet<string> =>
  new Set(plan.pools.flatMap((pool) => pool.targets.map(({ id }) => targetKey(pool.id, id))));
