// Probes every target of the plan on one schedule: first at `probeFrom`, then each interval, never two at once on one target.
import type { Clock } from '../clock.js';
import type { Indexed } from './apply.js';
import { targetKey, type HealthBoard } from './health.js';
import { startProbe, type ProbeOutcome, type ProbeRequest } from './probe.js';
import { createSchedule } from './schedule.js';
import type { Dial, Listener, Pool, Target } from './types.js';

/** The load balancer node that probes a target: its planned address and port, and the listener it belongs to. */
type Source = { listenerId: string; address: string; port: number } | undefined;

type Watched = { poolId: string; target: Target; source: Source; due: number; cancel?: (() => void) | undefined; gone: boolean };

export type Prober = {
  /** Takes the targets of the pools named, as the plan has them now; those that stay keep their counts and their turn. */
  update(plan: Indexed, pools: Iterable<string>): void;
  stop(): void;
};

const sourcesOf = ({ listeners }: Indexed): ((poolId: string, zone: string) => Source) => {
  // Most plans touch no pool that has a target.
  let users: ReadonlyMap<string, Listener> | undefined;
  return (poolId, zone) => {
    users ??= new Map([...listeners.values()].flatMap((listener) => listener.pools.map(({ id }) => [id, listener] as const)));
    const listener = users.get(poolId);
    const node = listener?.addresses.find((each) => each.zone === zone) ?? listener?.addresses[0];
    return listener && node && { listenerId: listener.id, address: node.address, port: listener.port };
  };
};

export type ProberOptions = {
  dial: Dial;
  clock: Clock;
  board: HealthBoard;
  /** Spreads the probes; answers 0 to 1 like Math.random. */
  random: () => number;
  /** Where a listener's node really is: what it could bind it can also dial from. undefined: it is not open. */
  boundAddress?: (node: { listenerId: string; address: string; port: number }) => string | undefined;
};

/** Nothing is watched until `update`. */
export const createProber = (options: ProberOptions): Prober => {
  const { clock, board, random, boundAddress } = options;
  const watched = new Map<string, Watched>();
  /** Targets on the board, by pool: those that are probed and those that drain. */
  const members = new Map<string, ReadonlySet<string>>();

  const plan = (one: Watched, due: number): void => {
    one.due = due;
    schedule.add(due, { one, due });
  };
  const probed = (one: Watched, startedAt: number, outcome: ProbeOutcome): void => {
    one.cancel = undefined;
    const { id, healthCheck } = one.target;
    // Up to a fifth early, so that targets which came together drift apart.
    plan(one, Math.max(startedAt + healthCheck.interval * (0.8 + 0.2 * random()), clock.now()));
    board.record(one.poolId, id, healthCheck, { at: clock.now(), ...outcome });
  };
  const requestOf = ({ target, source }: Watched): ProbeRequest => ({
    host: target.host,
    check: target.healthCheck,
    source,
    from: source && boundAddress?.(source),
  });
  const start = (one: Watched): void => {
    const startedAt = clock.now();
    one.cancel = startProbe(options, requestOf(one), (outcome) => probed(one, startedAt, outcome));
  };
  // An entry whose turn was moved leaves its old item in the heap; the due time tells them apart.
  const schedule = createSchedule<{ one: Watched; due: number }>({
    clock,
    burst: 64,
    gap: 2,
    fire: ({ one, due }) => {
      if (!one.gone && !one.cancel && one.due === due) start(one);
    },
  });

  const drop = (key: string, one: Watched): void => {
    one.gone = true;
    one.cancel?.();
    watched.delete(key);
  };
  const watch = (key: string, poolId: string, target: Target, source: Source): void => {
    const one: Watched = { poolId, target, source, due: 0, gone: false };
    watched.set(key, one);
    board.reset(poolId, target.id, clock.now(), target.probeFrom);
    plan(one, Math.max(target.probeFrom, clock.now()));
  };
  const refresh = (one: Watched, target: Target, source: Source): void => {
    Object.assign(one, { target, source });
    const latest = Math.max(clock.now() + target.healthCheck.interval, target.probeFrom);
    if (!one.cancel && one.due > latest) plan(one, latest);
  };
  const take = (key: string, poolId: string, target: Target, source: Source): void => {
    const one = watched.get(key);
    if (one && one.target.probeFrom === target.probeFrom) return refresh(one, target, source);
    // Another `probeFrom` is another registration.
    if (one) drop(key, one);
    watch(key, poolId, target, source);
  };

  const updatePool = (poolId: string, targets: Pool['targets'], sourceOf: ReturnType<typeof sourcesOf>): void => {
    const open = targets.filter(({ admission }) => admission === 'open');
    const probed = new Set(open.map(({ id }) => id));
    const standing = new Set(targets.map(({ id }) => id));
    for (const target of open) take(targetKey(poolId, target.id), poolId, target, sourceOf(poolId, target.zone));
    for (const id of members.get(poolId) ?? []) {
      const one = watched.get(targetKey(poolId, id));
      if (one && !probed.has(id)) drop(targetKey(poolId, id), one);
      if (!standing.has(id)) board.drop(poolId, id);
    }
    if (standing.size > 0) members.set(poolId, standing);
    else members.delete(poolId);
  };

  return {
    update: (next, pools) => {
      const sourceOf = sourcesOf(next);
      for (const id of pools) updatePool(id, next.pools.get(id)?.targets ?? [], sourceOf);
      if (watched.size === 0) schedule.clear();
      else schedule.run();
    },
    stop: () => {
      for (const [key, one] of watched) drop(key, one);
      schedule.clear();
    },
  };
};
