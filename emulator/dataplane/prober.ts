// Probes every target of the plan on one schedule: first at `probeFrom`, then each interval, never two at once on one target.
import type { Indexed } from './apply.js';
import { targetKey } from './health.js';
import { createRounds, type ProberOptions, type Source, type Watched } from './rounds.js';
import type { Listener, Pool, Target } from './types.js';

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

/** The targets that are probed, by key. */
const createWatchlist = (options: ProberOptions) => {
  const { clock, board } = options;
  const rounds = createRounds(options);
  const watched = new Map<string, Watched>();
  const drop = (key: string): void => {
    const one = watched.get(key);
    if (!one) return;
    one.gone = true;
    one.cancel?.();
    watched.delete(key);
  };
  const watch = (key: string, poolId: string, target: Target, source: Source): void => {
    const one: Watched = { poolId, target, source, due: 0, gone: false };
    watched.set(key, one);
    board.reset(poolId, target.id, clock.now(), target.probeFrom);
    rounds.plan(one, Math.max(target.probeFrom, clock.now()));
  };
  const refresh = (one: Watched, target: Target, source: Source): void => {
    Object.assign(one, { target, source });
    const latest = Math.max(clock.now() + target.healthCheck.interval, target.probeFrom);
    if (!one.cancel && one.due > latest) rounds.plan(one, latest);
  };
  const take = (poolId: string, target: Target, source: Source): void => {
    const key = targetKey(poolId, target.id);
    const one = watched.get(key);
    if (one && one.target.probeFrom === target.probeFrom) return refresh(one, target, source);
    // Another `probeFrom` is another registration.
    drop(key);
    watch(key, poolId, target, source);
  };
  const settle = (): void => (watched.size === 0 ? rounds.clear() : rounds.run());
  return { take, drop, settle, keys: () => watched.keys() };
};

/** Nothing is watched until `update`. */
export const createProber = (options: ProberOptions): Prober => {
  const list = createWatchlist(options);
  /** Targets on the board, by pool: those that are probed and those that drain. */
  const members = new Map<string, ReadonlySet<string>>();
  const updatePool = (poolId: string, targets: Pool['targets'], sourceOf: ReturnType<typeof sourcesOf>): void => {
    const open = targets.filter(({ admission }) => admission === 'open');
    const probed = new Set(open.map(({ id }) => id));
    const standing = new Set(targets.map(({ id }) => id));
    for (const target of open) list.take(poolId, target, sourceOf(poolId, target.zone));
    for (const id of members.get(poolId) ?? []) {
      if (!probed.has(id)) list.drop(targetKey(poolId, id));
      if (!standing.has(id)) options.board.drop(poolId, id);
    }
    if (standing.size > 0) members.set(poolId, standing);
    else members.delete(poolId);
  };
  return {
    update: (next, pools) => {
      const sourceOf = sourcesOf(next);
      for (const id of pools) updatePool(id, next.pools.get(id)?.targets ?? [], sourceOf);
      list.settle();
    },
    stop: () => {
      for (const key of [...list.keys()]) list.drop(key);
      list.settle();
    },
  };
};
