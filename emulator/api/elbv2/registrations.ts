// The registrations of a target group as requests name them, and the end of those that have drained.
import type { TimingProfile } from '../../config.js';
import type { IndexedPartition } from '../../state/store.js';
import { targetKey } from '../../state/targets.js';
import type { IndexedReader, IndexedTransaction } from '../../state/transaction.js';
import type { TargetGroupRecord, TargetRecord } from '../../state/types.js';
import type { Context } from './context.js';
import { drainEnd } from './health.js';
import { targetGroupAttributes } from './targetgroupattributes.js';

export const isDraining = (target: TargetRecord): target is TargetRecord & { DeregisteredAt: number } => target.DeregisteredAt !== undefined;

type Moment = { read: IndexedReader; timing: TimingProfile; now: number };

const splitTargets = ({ read, timing, now }: Moment, group: TargetGroupRecord): { living: TargetRecord[]; drained: TargetRecord[] } => {
  const attributes = targetGroupAttributes(group);
  const isOver = (target: TargetRecord): boolean => isDraining(target) && drainEnd(target, attributes, timing) <= now;
  const all = read.by('targets', 'TargetGroupArn', group.TargetGroupArn);
  return { living: all.filter((target) => !isOver(target)), drained: all.filter(isOver) };
};

/** The targets of a group, those that drain included, those that have drained not. */
export const livingTargets = (moment: Moment, group: TargetGroupRecord): TargetRecord[] => splitTargets(moment, group).living;

/** Removes records of targets whose draining is over. They are invisible already; this frees their room. */
export const removeDrained = (moment: Moment, tx: IndexedTransaction, group: TargetGroupRecord): void => {
  for (const target of splitTargets(moment, group).drained) tx.delete('targets', targetKey(target));
};

/** Removes every drained target of a partition; resolves when that is on disk. */
export const sweep = (partition: IndexedPartition, timing: TimingProfile, now: number): Promise<void> =>
  partition.update((tx) => {
    for (const group of tx.list('targetGroups')) removeDrained({ read: tx, timing, now }, tx, group);
  });

/** Removes the targets of instances that are no more; resolves when that is on disk. */
export const forgetInstances = (partition: IndexedPartition, ids: ReadonlySet<string>): Promise<void> =>
  partition.update((tx) => {
    for (const target of [...tx.list('targets')]) if (ids.has(target.Id)) tx.delete('targets', targetKey(target));
  });

type Named = { Id: string; Port?: number | undefined; AvailabilityZone?: string | undefined };

/** The registrations that a request means. An address outside the VPC is one in each zone it was registered for: without a zone, all are meant. */
export const registeredAs = ({ read, vpc }: Pick<Context, 'read' | 'vpc'>, group: TargetGroupRecord, { Id, Port = group.Port, AvailabilityZone }: Named): TargetRecord[] => {
  const named = { TargetGroupArn: group.TargetGroupArn, Id, Port };
  const zones = AvailabilityZone === undefined ? ['all', ...new Set(vpc?.subnets.map((subnet) => subnet.AvailabilityZone))] : [AvailabilityZone];
  const keys = [targetKey(named), ...zones.map((zone) => targetKey({ ...named, AvailabilityZone: zone, outsideVpc: true }))];
  return keys.flatMap((key) => read.get('targets', key) ?? []);
};
