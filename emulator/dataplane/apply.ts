// What changes from one plan to the next: pure, so that nothing which stays can be touched by accident.
import { targetKey } from './health.js';
import type { NodeSpec } from './listener.js';
import type { Change, DataplanePlan, Listener, PlanChanges, Pool, Transport, ZoneRange } from './types.js';

/** The plan, indexed for the way of a connection. */
export type Indexed = { listeners: ReadonlyMap<string, Listener>; pools: ReadonlyMap<string, Pool>; clientZones: readonly ZoneRange[] };

export const indexPlan = (plan: DataplanePlan): Indexed => ({
  listeners: new Map(plan.listeners.map((listener) => [listener.id, listener])),
  pools: new Map(plan.pools.map((pool) => [pool.id, pool])),
  clientZones: plan.clientZones ?? [],
});

/** The zone of a front address: any, chosen anew for each connection. */
export const frontZone = '*';

/** A node is the same while listener, address and port are. */
export const nodeKey = ({ listenerId, transport, address, port }: Omit<NodeSpec, 'zone'>): string => `${listenerId}|${transport}|${address}|${port}`;

const transportsOf = ({ protocol }: Listener): readonly Transport[] =>
  protocol === 'udp' ? ['udp'] : protocol === 'tcp_udp' ? ['tcp', 'udp'] : ['tcp'];

/** Every address and transport of a listener, by key. */
export const nodesOf = (listener: Listener | undefined): Map<string, NodeSpec> => {
  if (!listener) return new Map();
  const { id: listenerId, port, addresses, front } = listener;
  const places = [...addresses, ...(front === undefined ? [] : [{ zone: frontZone, address: front }])];
  const specs = places.flatMap((place) => transportsOf(listener).map((transport) => ({ listenerId, transport, ...place, port })));
  return new Map(specs.map((spec) => [nodeKey(spec), spec]));
};

const changesBetween = <T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Change<T>[] => {
  const changes: Change<T>[] = [];
  for (const [id, one] of after) {
    const had = before.get(id);
    if (had !== one) changes.push({ before: had, after: one });
  }
  for (const [id, one] of before) if (!after.has(id)) changes.push({ before: one, after: undefined });
  return changes;
};

/** What is not the same object in both. */
export const differences = (before: Indexed, after: Indexed): PlanChanges => ({
  listeners: changesBetween(before.listeners, after.listeners),
  pools: changesBetween(before.pools, after.pools),
});

/** Brings a table up to date. */
export const patch = <T extends { id: string }>(table: Map<string, T>, changes: readonly Change<T>[]): void => {
  for (const { before, after } of changes) {
    if (after) table.set(after.id, after);
    else if (before) table.delete(before.id);
  }
};

/** Several changes in a row as one for each thing. */
export const inOne = <T extends { id: string }>(changes: readonly Change<T>[]): Change<T>[] => {
  const merged = new Map<string | undefined, Change<T>>();
  for (const { before, after } of changes) {
    const id = (after ?? before)?.id;
    const earlier = merged.get(id);
    merged.set(id, { before: earlier ? earlier.before : before, after });
  }
  return [...merged.values()];
};

/** Which listening sockets to open and which to close; all others stay as they are. */
export const diffNodes = (changes: readonly Change<Listener>[]): { open: NodeSpec[]; close: string[] } => {
  const both = changes.map(({ before, after }) => ({ have: nodesOf(before), wanted: nodesOf(after) }));
  return {
    open: both.flatMap(({ have, wanted }) => [...wanted].filter(([key]) => !have.has(key)).map(([, spec]) => spec)),
    close: both.flatMap(({ have, wanted }) => [...have.keys()].filter((key) => !wanted.has(key))),
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
export const cutsOf = (changes: readonly Change<Pool>[], now: number): Cut[] =>
  changes.flatMap(({ before, after }) => (after ? cutsOfPool(before, after, now) : []));

/** Keys of targets that drain: their own delay counts now. */
export const drainingOf = (changes: readonly Change<Pool>[]): string[] =>
  changes.flatMap(({ after }) => (after?.targets ?? []).flatMap(({ id, admission }) => (after && admission === 'draining' ? [targetKey(after.id, id)] : [])));

/** Pools whose targets, or whose listeners, are not what they were. */
export const touchedPools = ({ pools, listeners }: PlanChanges): ReadonlySet<string> => {
  const of = <T>({ before, after }: Change<T>): T[] => [before, after].filter((one) => one !== undefined);
  return new Set([...pools.flatMap(of).map(({ id }) => id), ...listeners.flatMap(of).flatMap((listener) => listener.pools.map(({ id }) => id))]);
};

/** Whether a listener or a target left. */
export const hasLeavers = ({ listeners, pools }: PlanChanges): boolean =>
  listeners.some(({ after }) => !after) ||
  pools.some(({ before, after }) => before?.targets.some(({ id }) => !after?.targets.some((target) => target.id === id)));

/** Keys of all targets that the plan names. */
export const plannedTargets = ({ pools }: Indexed): ReadonlySet<string> =>
  new Set([...pools.values()].flatMap((pool) => pool.targets.map(({ id }) => targetKey(pool.id, id))));
