// Which target a new connection goes to: pure, over the plan and what is known to be healthy.
import { neededOf, one } from './enough.js';
import type { Listener, Pool, Target } from './types.js';

/** What a TCP flow is known by. `sequence` stands for the TCP sequence number: the same client port may go elsewhere next time. */
export type FlowTuple = { source: string; sourcePort: number; destination: string; destinationPort: number; sequence: number };

/** `among` how many the target was chosen, or `named` by the datagram itself; `failOpen` when none of them, or too few, are healthy. */
export type Choice = { pool: Pool; target: Target; among: number; failOpen: boolean; named?: true };

/** One of `list`, the same for the same hash. */
export const oneOf = <T>(list: readonly T[], hash: number): T | undefined => list[mix(hash) % list.length];

export type StatusOf = (poolId: string, targetId: string) => 'unknown' | 'healthy' | 'unhealthy';

/** What one pool has to offer. */
export type Share = { pool: Pool; targets: readonly Target[]; weight: number; failOpen: boolean };

/** The targets that one zone's address may use, and the weights of their pools. Good until plan or health change. */
export type Candidates = { shares: readonly Share[]; totalWeight: number; failOpen: boolean };

const hashText = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

// FNV alone leaves the low bits of similar texts alike; this spreads them over the whole word.
const mix = (value: number): number => {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/** 32 bits over addresses, ports and sequence. */
export const hashFlow = (flow: FlowTuple): number =>
  mix(hashText(`${flow.source}:${flow.sourcePort}>${flow.destination}:${flow.destinationPort}`) ^ mix(flow.sequence));

/** 0 to 1, the same for the same hash and independent of what else is chosen by it. */
export const drawOf = (hash: number): number => mix(hash ^ 0x27d4eb2f) / 2 ** 32;

const inZone = (targets: readonly Target[], zone: string): Target[] =>
  targets.filter((target) => target.zone === zone || target.zone === 'all');

const openTargets = (pool: Pool): Target[] => pool.targets.filter((target) => target.admission === 'open');

// A target in a zone that the listener does not have is out of use: it keeps nobody from failing open.
const reachable = (targets: readonly Target[], { addresses }: Listener, crossZone: boolean): readonly Target[] =>
  crossZone ? targets : targets.filter((target) => target.zone === 'all' || addresses.some(({ zone }) => zone === target.zone));

// Fail-open prefers the zone, but an address without any target of its own would otherwise answer nobody. A target
// that was never healthy and has not failed yet is still being registered: it takes no traffic, fail-open or not.
const failOpen = (pool: Pool, zone: string, crossZone: boolean, statusOf: StatusOf): Target[] => {
  const open = openTargets(pool).filter((target) => statusOf(pool.id, target.id) !== 'unknown' || target.probeFrom === Infinity);
  const near = crossZone ? open : inZone(open, zone);
  return near.length > 0 ? near : open;
};

// Too few healthy targets, yet some: the unhealthy ones of the same zone help them.
const helped = (pool: Pool, zone: string, crossZone: boolean, healthy: readonly Target[], statusOf: StatusOf): { targets: readonly Target[]; failOpen: boolean } => {
  const open = crossZone ? openTargets(pool) : inZone(openTargets(pool), zone);
  const few = healthy.length > 0 && healthy.length < neededOf(pool.enough?.routing ?? one, open.length);
  return few ? { targets: open.filter((target) => statusOf(pool.id, target.id) !== 'unknown'), failOpen: true } : { targets: healthy, failOpen: false };
};

/**
 * The targets that `listener`'s address in `zone` may use. Pools with a healthy target share by weight; only
 * when no pool has one in any zone, every target but new ones takes part (fail-open). A zone without a healthy
 * target of its own has no candidates while another zone has one and cross-zone is off.
 */
export const candidatesFor = (
  listener: Listener,
  pools: ReadonlyMap<string, Pool>,
  zone: string,
  statusOf: StatusOf,
): Candidates => {
  const weighted = listener.pools.flatMap(({ id, weight }) => {
    const pool = pools.get(id);
    if (!pool || weight <= 0) return [];
    const crossZone = pool.crossZone ?? listener.crossZone;
    const healthy = reachable(openTargets(pool), listener, crossZone).filter((target) => statusOf(pool.id, target.id) === 'healthy');
    return [{ pool, weight, healthy, crossZone }];
  });
  const noneHealthy = weighted.every(({ healthy }) => healthy.length === 0);
  const shares = weighted
    .map(({ pool, weight, healthy, crossZone }) => {
      if (noneHealthy) return { pool, weight, targets: failOpen(pool, zone, crossZone, statusOf), failOpen: true };
      return { pool, weight, ...helped(pool, zone, crossZone, crossZone ? healthy : inZone(healthy, zone), statusOf) };
    })
    .filter(({ targets }) => targets.length > 0);
  return { shares, totalWeight: shares.reduce((sum, { weight }) => sum + weight, 0), failOpen: noneHealthy };
};

const shareOf = ({ shares, totalWeight }: Candidates, hash: number): Share | undefined => {
  if (shares.length < 2) return shares[0];
  let rest = mix(hash ^ 0x9e3779b9) % totalWeight;
  return shares.find(({ weight }) => (rest -= weight) < 0);
};

/** Highest random weight: a client moves only when its own target goes, whatever happens to the others. */
export const stickyTarget = (targets: readonly Target[], source: string): Target | undefined => {
  let best: Target | undefined;
  let highest = -1;
  for (const target of targets) {
    const score = mix(hashText(`${source}>${target.id}`));
    if (score > highest) [best, highest] = [target, score];
  }
  return best;
};

/** The target of one flow; undefined when there is none, and the client must be reset. */
export const pick = (candidates: Candidates, flow: FlowTuple): Choice | undefined => {
  // Where there is one answer only, none is worked out.
  const hash = candidates.shares.length === 1 && candidates.shares[0]?.targets.length === 1 ? 0 : hashFlow(flow);
  const share = shareOf(candidates, hash);
  if (!share) return undefined;
  const { pool, targets } = share;
  const target = pool.stickiness === 'source_ip' ? stickyTarget(targets, flow.source) : targets[hash % targets.length];
  return target && { pool, target, among: targets.length, failOpen: share.failOpen };
};
