// How many targets a group, a load balancer and a zone of it may have.
import { forwardedGroups } from '../../state/indexes.js';
import type { LoadBalancerRecord, TargetGroupRecord, TargetRecord } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import type { Context } from './context.js';
import { isCrossZone } from './crosszone.js';
import { livingTargets } from './registrations.js';
import { unseen } from './texts.js';

const zoneOf = ({ vpc }: Context, { Id, AvailabilityZone }: TargetRecord): string | undefined =>
  AvailabilityZone ?? vpc?.instances().find(({ InstanceId }) => InstanceId === Id)?.AvailabilityZone;

/** What a request would add to a load balancer. */
export type Coming = {
  groups?: readonly TargetGroupRecord[];
  /** The listener that it changes: what that one has now does not count. */
  own?: string;
  /** Targets that are not registered yet. */
  targets?: readonly TargetRecord[];
};

const membersOf = (context: Context, group: TargetGroupRecord, { targets = [] }: Coming): TargetRecord[] => [
  ...livingTargets(context, group),
  ...targets.filter(({ TargetGroupArn }) => TargetGroupArn === group.TargetGroupArn),
];

const groupsOf = ({ read }: Context, arn: string, { groups = [], own }: Coming): TargetGroupRecord[] => {
  const listeners = read.by('listeners', 'LoadBalancerArn', arn).filter(({ ListenerArn }) => ListenerArn !== own);
  const arns = new Set([...listeners.flatMap(({ DefaultActions }) => forwardedGroups(DefaultActions)), ...groups.map(({ TargetGroupArn }) => TargetGroupArn)]);
  return [...arns].flatMap((group) => read.get('targetGroups', group) ?? []);
};

type Member = { target: TargetRecord; everywhere: boolean };

/** A target counts in its own zone, or in every zone when the group's traffic crosses zones. */
const countByZone = (context: Context, members: readonly Member[], { AvailabilityZones }: LoadBalancerRecord): Map<string, number> => {
  const counts = new Map(AvailabilityZones.map(({ ZoneName }) => [ZoneName, 0]));
  for (const { target, everywhere } of members) {
    const zone = everywhere ? 'all' : zoneOf(context, target);
    for (const [name, count] of counts) if (zone === 'all' || zone === name) counts.set(name, count + 1);
  }
  return counts;
};

/** Refuses what would bring a load balancer above its quotas of targets. */
export const checkTargetCount = (context: Context, loadBalancer: LoadBalancerRecord, coming: Coming): void => {
  const { LoadBalancerArn: arn } = loadBalancer;
  const members = groupsOf(context, arn, coming)
    .flatMap((group) => membersOf(context, group, coming).map((target) => ({ target, everywhere: isCrossZone(group, loadBalancer) })));
  const limit = context.quota('targets-per-network-load-balancer');
  if (members.length > limit) throw new AwsFault('TooManyTargets', `The maximum number of targets per load balancer '${limit}' has been reached on load balancer '${arn}'`);
  const zonal = context.quota('targets-per-availability-zone-per-network-load-balancer');
  if (members.length <= zonal) return;
  const full = [...countByZone(context, members, loadBalancer)].find(([, count]) => count > zonal);
  if (full) throw unseen.tooManyInZone(zonal, full[0], arn);
};

/** Refuses more targets than a group may have. */
export const checkGroupCount = (context: Context, group: TargetGroupRecord, coming: Coming): void => {
  const limit = context.quota('targets-per-target-group');
  if (membersOf(context, group, coming).length > limit) throw unseen.tooManyInGroup(limit, group.TargetGroupArn);
};

/** The load balancer that a group's listeners belong to. */
export const balancerOf = ({ read }: Context, { TargetGroupArn }: TargetGroupRecord): LoadBalancerRecord | undefined => {
  const [listener] = read.by('listeners', 'TargetGroupArn', TargetGroupArn);
  return listener && read.get('loadBalancers', listener.LoadBalancerArn);
};
