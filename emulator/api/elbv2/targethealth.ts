// DescribeTargetHealth: stored registrations joined with observed health, at this moment.
import type { TargetDescription, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { AttributeMap, LoadBalancerRecord, TargetGroupRecord, TargetRecord } from '../../state/types.js';
import { targetId } from '../../state/targets.js';
import { balancerFinder } from '../ec2/balancers.js';
import { checked, once, type Course } from './checked.js';
import type { Checked, Context, Input, Output } from './context.js';
import { isCrossZone } from './crosszone.js';
import { findTargetGroup } from './find.js';
import { drainEnd, healthCheckPort, notRegistered, targetHealth, type HealthFacts } from './health.js';
import { targetGroupAttributes } from './targetgroupattributes.js';
import { isDraining, registeredAs } from './registrations.js';
import { checkTargetId } from './targets.js';

type Given = Checked<TargetDescription>;

const override = () => ({
  State: 'no_override' as const,
  Reason: 'AdministrativeOverride.NoOverride' as const,
  Description: 'No override is currently active on target',
});

type Placement = { attributes: AttributeMap; loadBalancer: LoadBalancerRecord | undefined; crossZone: boolean; isBalancer(address: string): boolean; instances: ReadonlyMap<string, { zone: string; running: boolean }> };

const placementOf = (context: Context, group: TargetGroupRecord): Placement => {
  const [listener] = context.read.by('listeners', 'TargetGroupArn', group.TargetGroupArn);
  if (group.TargetType === 'instance') context.volatile();
  const instances = group.TargetType === 'instance' ? (context.vpc?.instances() ?? []) : [];
  const isBalancer = context.vpc && group.TargetType === 'ip' ? balancerFinder(context.vpc, context.read) : () => false;
  const loadBalancer = listener && context.read.get('loadBalancers', listener.LoadBalancerArn);
  return {
    attributes: targetGroupAttributes(group),
    loadBalancer,
    isBalancer,
    crossZone: loadBalancer !== undefined && isCrossZone(group, loadBalancer),
    instances: new Map(instances.map(({ InstanceId, AvailabilityZone, running }) => [InstanceId, { zone: AvailabilityZone, running }])),
  };
};

const instanceState = ({ TargetType }: TargetGroupRecord, { Id }: TargetRecord, { instances }: Placement): HealthFacts['instance'] => {
  if (TargetType !== 'instance') return undefined;
  const instance = instances.get(Id);
  if (!instance) return 'terminated';
  return instance.running ? 'running' : 'stopped';
};

const isZoneEnabled = ({ crossZone, loadBalancer }: Placement, zone: string | undefined): boolean => {
  if (!loadBalancer || zone === undefined || zone === 'all') return true;
  return crossZone || loadBalancer.AvailabilityZones.some(({ ZoneName }) => ZoneName === zone);
};

const describe = (context: Context, group: TargetGroupRecord, target: TargetRecord, placement: Placement): TargetHealthDescription => {
  const { Id, Port, AvailabilityZone, QuicServerId } = target;
  const instance = placement.instances.get(Id);
  const TargetHealth = targetHealth({
    target,
    group,
    attributes: placement.attributes,
    observed: context.health.of(group.TargetGroupArn, targetId(target)),
    timing: context.timing,
    reached: context.reached,
    instance: instanceState(group, target, placement),
    isBalancer: placement.isBalancer(Id),
    zoneEnabled: isZoneEnabled(placement, AvailabilityZone ?? instance?.zone),
  });
  const Target = { Id, Port, ...(AvailabilityZone === undefined ? {} : { AvailabilityZone }), ...(QuicServerId === undefined ? {} : { QuicServerId }) };
  return { Target, HealthCheckPort: healthCheckPort(group, Port), TargetHealth, AdministrativeOverride: override() };
};

const isOver = (context: Context, target: TargetRecord, attributes: AttributeMap): boolean =>
  isDraining(target) && context.reached(drainEnd(target, attributes, context.timing));

const asked = (context: Context, group: TargetGroupRecord, given: Given, placement: Placement): TargetHealthDescription[] => {
  const found = registeredAs(context, group, given).filter((target) => !isOver(context, target, placement.attributes));
  if (found.length > 0) return found.map((target) => describe(context, group, target, placement));
  const Port = given.Port ?? group.Port;
  return [{ Target: { Id: given.Id, Port }, HealthCheckPort: healthCheckPort(group, Port), TargetHealth: { ...notRegistered } }];
};

const described = (context: Context, group: TargetGroupRecord, targets: readonly Given[]): TargetHealthDescription[] => {
  const placement = placementOf(context, group);
  if (targets.length > 0) return targets.flatMap((given) => asked(context, group, given, placement));
  return context.read.by('targets', 'TargetGroupArn', group.TargetGroupArn)
    .filter((target) => !isOver(context, target, placement.attributes) && instanceState(group, target, placement) !== 'terminated')
    .map((target) => describe(context, group, target, placement));
};

type HealthCourse = Course<'DescribeTargetHealth', Output<'DescribeTargetHealth'>>;

/** The health of all targets, or of those asked for, in the order asked. */
export const DescribeTargetHealth = checked('DescribeTargetHealth', (context: Context, input: Input<'DescribeTargetHealth'>): HealthCourse => {
  const { TargetGroupArn, Targets: targets = [] } = input;
  const group = once(() => findTargetGroup(context, TargetGroupArn));
  return {
    checks: { 'target group': group, 'target ids': () => targets.forEach(({ Id }) => checkTargetId(group(), Id)) },
    act: () => ({ TargetHealthDescriptions: described(context, group(), targets) }),
  };
});
