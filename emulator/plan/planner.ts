// The whole plan, kept from change to change: only what a changed record, node or moment may touch is planned anew, and what
// comes out the same stays the very same object. One load balancer among a thousand then costs what it costs among ten.
import type { DataplanePlan, Listener, PlanChanges, Pool } from '../dataplane/types.js';
import type { IndexedReader } from '../state/transaction.js';
import type { StoredChange, TargetGroupRecord, TargetRecord } from '../state/types.js';
import { createMade, joined } from './made.js';
import { partsOfListener, planListener, planPool, type Surroundings } from './plan.js';
import { drainEndOf } from './targets.js';

/** `changes`: since the plan before. `nextChange`: when the plan will differ by the passing of time alone (ms since the epoch). */
export type PlanOutput = { plan: DataplanePlan; changes: PlanChanges; nextChange?: number };

/** Each account's and region's records. */
export type Source = { account: string; region: string; read: IndexedReader };

export type Planner = {
  /** Takes note of what is not as it was at the last plan. */
  note(changes: readonly StoredChange[]): void;
  plan(sources: Iterable<Source>, surroundings: Surroundings): PlanOutput;
};

/** All that a pool's plan is made of: the passing of time is in it where a target drains. */
const partsOfPool = (group: TargetGroupRecord, members: readonly TargetRecord[], { instances, timing, now }: Surroundings): unknown[] => [
  group,
  ...members.flatMap((target) => [target, instances.get(target.Id), (drainEndOf(group, target, timing) ?? Infinity) <= now]),
];

const endsOf = (group: TargetGroupRecord, members: readonly TargetRecord[], { timing, now }: Surroundings): number[] =>
  members.flatMap((target) => drainEndOf(group, target, timing) ?? []).filter((end) => end > now);

const groupOfTarget = (key: string): string => key.slice(0, key.indexOf('|'));

const createPartitionPlan = (read: IndexedReader) => {
  const listeners = createMade<Listener>();
  const pools = createMade<Pool>();
  /** When targets of a pool have drained. */
  const draining = new Map<string, readonly number[]>();
  let staleListeners = new Set([...read.list('listeners')].map(({ ListenerArn }) => ListenerArn));
  let staleGroups = new Set<string>();
  let instances: Surroundings['instances'] | undefined;

  const listenersOf = (lookup: 'LoadBalancerArn' | 'TargetGroupArn' | 'CertificateArn', value: string): void => {
    for (const { ListenerArn } of read.by('listeners', lookup, value)) staleListeners.add(ListenerArn);
  };
  const note = ({ table, key }: StoredChange): void => {
    if (table === 'listeners') staleListeners.add(key);
    else if (table === 'loadBalancers') listenersOf('LoadBalancerArn', key);
    else if (table === 'certificates') listenersOf('CertificateArn', key);
    else if (table === 'targetGroups') staleGroups.add(key);
    else if (table === 'targets') staleGroups.add(groupOfTarget(key));
    else if (table === 'securityGroups') for (const one of read.list('loadBalancers')) if (one.SecurityGroups?.includes(key)) listenersOf('LoadBalancerArn', one.LoadBalancerArn);
  };
  const planOne = (arn: string, { loopback }: Surroundings): void => {
    const record = read.get('listeners', arn);
    const before = listeners.get(arn);
    if (record) listeners.set(arn, partsOfListener(record, read), () => planListener(record, read, loopback));
    else listeners.delete(arn);
    const after = listeners.get(arn);
    if (before !== after) for (const { id } of [...(before?.pools ?? []), ...(after?.pools ?? [])]) staleGroups.add(id);
  };
  const isUsed = (arn: string): boolean => read.by('listeners', 'TargetGroupArn', arn).some(({ ListenerArn }) => listeners.get(ListenerArn));
  const planGroup = (arn: string, surroundings: Surroundings): void => {
    const group = isUsed(arn) ? read.get('targetGroups', arn) : undefined;
    draining.delete(arn);
    if (!group) return pools.delete(arn);
    const members = read.by('targets', 'TargetGroupArn', arn);
    const ends = endsOf(group, members, surroundings);
    if (ends.length > 0) draining.set(arn, ends);
    pools.set(arn, partsOfPool(group, members, surroundings), () => planPool(group, members, surroundings));
  };
  return {
    note,
    update: (surroundings: Surroundings) => {
      for (const arn of staleListeners) planOne(arn, surroundings);
      for (const arn of draining.keys()) staleGroups.add(arn);
      if (instances !== surroundings.instances) for (const arn of pools.ids()) staleGroups.add(arn);
      for (const arn of staleGroups) planGroup(arn, surroundings);
      [staleListeners, staleGroups, instances] = [new Set(), new Set(), surroundings.instances];
      return { listeners: listeners.take(), pools: pools.take(), ends: [...draining.values()].flat() };
    },
  };
};

/** Knows nothing yet: the first plan of each source is made of all its records. */
export const createPlanner = (): Planner => {
  const known = new Map<string, ReturnType<typeof createPartitionPlan>>();
  const partOf = ({ account, region, read }: Source): ReturnType<typeof createPartitionPlan> => {
    const name = `${account}/${region}`;
    const part = known.get(name) ?? createPartitionPlan(read);
    known.set(name, part);
    return part;
  };
  return {
    note: (changes) => {
      for (const change of changes) known.get(change.partition)?.note(change);
    },
    plan: (sources, surroundings) => {
      const parts = Array.from(sources, (source) => partOf(source).update(surroundings));
      const [pools, listeners] = [joined(parts.map((part) => part.pools)), joined(parts.map((part) => part.listeners))];
      const coming = parts.flatMap(({ ends }) => ends);
      return {
        plan: { pools: pools.all, listeners: listeners.all, ...(surroundings.clientZones ? { clientZones: surroundings.clientZones } : {}) },
        changes: { pools: pools.changes, listeners: listeners.changes },
        ...(coming.length === 0 ? {} : { nextChange: Math.min(...coming) }),
      };
    },
  };
};
