// How many targets a group, a load balancer and a zone of it may have.
import { forwardedGroups } from '../../state/indexes.js';
import type { LoadBalancerRecord, TargetGroupRecord, TargetRecord } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import type { Context } from './context.js';
import { isCrossZone } from './crosszone.js';
import { unseen } from './texts.js';

const zoneOf = ({ vpc }: Context, { Id, AvailabilityZone }: TargetRecord): string | undefined =>
  AvailabilityZone ?? vpc?.instances().find(({ InstanceId }) => InstanceId === Id)?.AvailabilityZone;

/** A target counts in its own zone, or in every zone when the group's traffic crosses zones. */
const countByZone = (context: Context, groups: readonly TargetGroupRecord[], loadBalancer: LoadBalancerRecord): Map<string, number> => {
  const counts = new Map(loadBalancer.AvailabilityZones.map(({ ZoneName }) => [ZoneName, 0]));
  for (const group of groups) {
    const everywhere = isCrossZone(group, loadBalancer);
    for (const target of context.read.by('targets', 'TargetGroupArn', group.TargetGroupArn)) {
      const zone = everywhere ? 'all' : zoneOf(context, target);
      for (const [name, count] of counts) if (zone === 'all' || zone === name) counts.set(name, count + 1);
    }
  }
  return counts;
};

const groupsOf = ({ read }: Context, arn: string): TargetGroupRecord[] => {
  const arns = new Set(read.by('listeners', 'LoadBalancerArn', arn).flatMap(({ DefaultActions }) => forwardedGroups(DefaultActions)));
  return [...arns].flatMap((group) => read.get('targetGroups', group) ?? []);
};

/** Refuses what would bring a load balancer above its quotas of targets. */
export const checkTargetCount = (context: Context, loadBalancer: LoadBalancerRecord): void => {
  const { LoadBalancerArn: arn } = loadBalancer;
  const groups = groupsOf(context, arn);
  const total = groups.reduce((sum, group) => sum + context.read.by('targets', 'TargetGroupArn', group.TargetGroupArn).length, 0);
  const limit = context.quota('targets-per-network-load-balancer');
  if (total > limit) throw new AwsFault('TooManyTargets', `The maximum number of targets per load balancer '${limit}' has been reached on load balancer '${arn}'`);
  const zonal = context.quota('targets-per-availability-zone-per-network-load-balancer');
  if (total <= zonal) return;
  const full = [...countByZone(context, groups, loadBalancer)].find(([, count]) => count > zonal);
  if (full) throw unseen.tooManyInZone(zonal, full[0], arn);
};

/** The same for a group that targets were just added to. */
export const checkGroupCount = (context: Context, group: TargetGroupRecord): void => {
  const limit = context.quota('targets-per-target-group');
  if (context.read.by('targets', 'TargetGroupArn', group.TargetGroupArn).length > limit) {
    throw unseen.tooManyInGroup(limit, group.TargetGroupArn);
  }
  const [listener] = context.read.by('listeners', 'TargetGroupArn', group.TargetGroupArn);
  const loadBalancer = listener && context.read.get('loadBalancers', listener.LoadBalancerArn);
  if (loadBalancer) checkTargetCount(context, loadBalancer);
};
