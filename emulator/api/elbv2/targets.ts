// Registered targets: register, deregister, and the removal of drained ones.
import ipaddr from 'ipaddr.js';
import type { TargetDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TimingProfile } from '../../config.js';
import type { IndexedPartition } from '../../state/store.js';
import type { IndexedTransaction } from '../../state/transaction.js';
import type { TargetGroupRecord, TargetRecord } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import type { Checked, Context, Input, Output, WriteContext } from './context.js';
import { findTargetGroup } from './find.js';
import { drainEnd } from './health.js';
import { serverIds } from './quic.js';
import { targetGroupAttributes } from './targetgroupattributes.js';
import { checkGroupCount } from './targetquota.js';
import { unseen } from './texts.js';

type Given = Checked<TargetDescription>;
type Wanted = { Id: string; Port: number; AvailabilityZone?: string; QuicServerId?: string };

/** A registration's key in its table. */
export const keyOf = (group: TargetGroupRecord, { Id, Port }: { Id: string; Port: number }): string => `${group.TargetGroupArn}|${Id}|${Port}`;

export const isDraining = (target: TargetRecord): target is TargetRecord & { DeregisteredAt: number } => target.DeregisteredAt !== undefined;

/** Removes records of targets whose draining is over. They are invisible already; this frees their room. */
const removeDrained = (tx: IndexedTransaction, group: TargetGroupRecord, timing: TimingProfile, now: number): void => {
  const attributes = targetGroupAttributes(group);
  for (const target of tx.by('targets', 'TargetGroupArn', group.TargetGroupArn)) {
    if (isDraining(target) && drainEnd(target, attributes, timing) <= now) tx.delete('targets', keyOf(group, target));
  }
};

/** Removes every drained target of a partition; resolves when that is on disk. */
export const sweep = (partition: IndexedPartition, timing: TimingProfile, now: number): Promise<void> =>
  partition.update((tx) => {
    for (const group of tx.list('targetGroups')) removeDrained(tx, group, timing, now);
  });

const checkInstanceId = (id: string): void => {
  if (!/^i-[0-9a-f]{8,17}$/.test(id)) throw unseen.instanceMalformed(id);
};

const checkAddress = (id: string, family: TargetGroupRecord['IpAddressType']): void => {
  const valid = family === 'ipv6' ? ipaddr.IPv6.isValid(id) && !id.includes('%') : ipaddr.IPv4.isValidFourPartDecimal(id);
  if (!valid) throw unseen.addressMalformed(id, family === 'ipv6' ? 'IPv6' : 'IPv4');
};

/** Whether an id is of the form that the group's targets have. */
export const checkTargetId = ({ TargetType, IpAddressType }: TargetGroupRecord, id: string): void =>
  TargetType === 'instance' ? checkInstanceId(id) : checkAddress(id, IpAddressType);

const checkInstances = (context: Context, group: TargetGroupRecord, targets: readonly Given[]): Wanted[] => {
  const instances = new Map(context.vpc?.instances().map((instance) => [instance.InstanceId, instance]));
  const list = (ids: readonly string[]): string => ids.map((id) => `'${id}'`).join(', ');
  targets.forEach(({ Id }) => checkInstanceId(Id));
  const unknown = targets.map(({ Id }) => Id).filter((id) => !instances.has(id));
  if (unknown.length > 0) throw unseen.instancesUnknown(list(unknown));
  const stopped = targets.map(({ Id }) => Id).filter((id) => !instances.get(id)?.running);
  if (stopped.length > 0) throw new AwsFault('InvalidTarget', `The following targets are not in a running state and cannot be registered: ${list(stopped)}`);
  if (group.IpAddressType === 'ipv6') throw unseen.instancesWithoutIpv6(list(targets.map(({ Id }) => Id)));
  return targets.map(({ Id, Port }) => ({ Id, Port: Port as number }));
};

// Ranges outside the VPC that can be reached through peering, VPN or Direct Connect.
const allowedRanges = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'].map((range) => ipaddr.IPv4.parseCIDR(range));

const isAllowed = (id: string): boolean => {
  const address = ipaddr.parse(id);
  // IPv6 targets lie in the VPC: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html
  return address.kind() === 'ipv4' && allowedRanges.some((range) => address.match(range));
};

const zoneOfAddress = ({ vpc }: Context, { IpAddressType }: TargetGroupRecord, { Id, AvailabilityZone }: Given): string => {
  checkAddress(Id, IpAddressType);
  const zone = vpc?.zoneOf(Id);
  if (zone !== undefined) {
    if (AvailabilityZone !== undefined && AvailabilityZone !== zone) {
      throw validationError(`The IP address '${Id}' is within the VPC, and cannot have its Availability Zone overridden to '${AvailabilityZone}' from '${zone}'`);
    }
    return zone;
  }
  if (!isAllowed(Id)) throw unseen.addressRange(Id);
  const known = AvailabilityZone === 'all' || vpc?.subnets.some((subnet) => subnet.AvailabilityZone === AvailabilityZone);
  if (AvailabilityZone === undefined || !known) throw unseen.addressOutside(Id);
  return AvailabilityZone;
};

const wantedTargets = (context: Context, group: TargetGroupRecord, targets: readonly Given[]): Wanted[] => {
  const servers = serverIds(context, group, targets);
  const withPorts = targets.map((target) => ({ ...target, Port: target.Port ?? group.Port }));
  const wanted = group.TargetType === 'instance'
    ? checkInstances(context, group, withPorts)
    : withPorts.map((target) => ({ Id: target.Id, Port: target.Port, AvailabilityZone: zoneOfAddress(context, group, target) }));
  return wanted.map((target, index) => ({ ...target, ...servers[index] }));
};

/** Registers targets, all or none. One that is registered already stays as it is; a draining one starts anew. */
export const RegisterTargets = (context: WriteContext, input: Input<'RegisterTargets'>): Output<'RegisterTargets'> => {
  const group = findTargetGroup(context, input.TargetGroupArn);
  const { TargetGroupArn } = group;
  if (input.Targets.length === 0) throw unseen.targetMissing();
  const wanted = wantedTargets(context, group, input.Targets);
  removeDrained(context.tx, group, context.timing, context.now);
  for (const target of wanted) {
    const key = keyOf(group, target);
    const before = context.read.get('targets', key);
    if (!before || isDraining(before)) context.tx.put('targets', key, { TargetGroupArn, ...target, RegisteredAt: context.now });
  }
  checkGroupCount(context, group);
  return {};
};

/** Starts draining; a target of a group that is not in use is gone at once. Unknown targets are no mistake. */
export const DeregisterTargets = (context: WriteContext, input: Input<'DeregisterTargets'>): Output<'DeregisterTargets'> => {
  const group = findTargetGroup(context, input.TargetGroupArn);
  const { tx, now, timing } = context;
  if (input.Targets.length === 0) throw unseen.targetMissing();
  for (const { Id, Port = group.Port } of input.Targets) {
    const key = keyOf(group, { Id, Port });
    const target = tx.get('targets', key);
    if (!target || isDraining(target)) continue;
    if (group.InUseSince === undefined) tx.delete('targets', key);
    else tx.put('targets', key, { ...target, DeregisteredAt: now });
  }
  removeDrained(tx, group, timing, now);
  return {};
};
