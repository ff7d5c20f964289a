// From one record of the state to the data plane's words: pure, the only place that knows both.
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TimingProfile } from '../config.js';
import type { Enough } from '../dataplane/enough.js';
import type { Listener, Pool, ZoneRange } from '../dataplane/types.js';
import type { ListenerRecord, LoadBalancerRecord, Reader, TargetGroupRecord, TargetRecord } from '../state/types.js';
import type { Instance } from '../state/vpc.js';
import { allowRules } from './sources.js';
import { isUdp, planTarget } from './targets.js';
import { tlsTerms } from './tls.js';

/** What the plan depends on besides the records. */
export type Surroundings = {
  /** By InstanceId. */
  instances: ReadonlyMap<string, Pick<Instance, 'PrivateIpAddress' | 'AvailabilityZone' | 'running'>>;
  timing: TimingProfile;
  now: number;
  /** Where clients are. */
  clientZones?: readonly ZoneRange[];
  /** The second octet of the addresses on loopback that stand for the VPC's; the same at each plan. */
  loopback?: number;
};

const forwardsTo = (action: Action): { id: string; weight: number }[] => {
  if (action.Type !== 'forward') return [];
  const groups = action.ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: action.TargetGroupArn }];
  return groups.flatMap(({ TargetGroupArn, Weight }) => (TargetGroupArn === undefined ? [] : [{ id: TargetGroupArn, weight: Weight ?? 1 }]));
};

/** The target groups that a listener sends to, with their weights. */
export const poolsOf = (listener: Pick<ListenerRecord, 'DefaultActions'>): { id: string; weight: number }[] =>
  listener.DefaultActions.flatMap(forwardsTo);

// QUIC passes through as what it is below: datagrams by their 5-tuple.
const protocols: Partial<Record<string, Listener['protocol']>> = {
  TCP: 'tcp', UDP: 'udp', TCP_UDP: 'tcp_udp', TLS: 'tls', QUIC: 'udp', TCP_QUIC: 'tcp_udp',
};

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html#connection-idle-timeout
const idleOf = ({ Protocol, attributes }: ListenerRecord): number =>
  Protocol === 'TLS' ? 350_000 : isUdp(Protocol) && !Protocol.startsWith('TCP') ? 120_000 : Number(attributes['tcp.idle_timeout.seconds'] ?? 350) * 1000;

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-load-balancer-attributes.html#zonal-dns-affinity
const affinities: Record<string, number> = { availability_zone_affinity: 1, partial_availability_zone_affinity: 0.85 };

/** How often DNS gives a client the address of its own zone, by the client routing policy; left out: as it comes. */
export const affinityOf = ({ attributes }: Pick<LoadBalancerRecord, 'attributes'>): Pick<Listener, 'zoneAffinity'> => {
  const zoneAffinity = affinities[attributes['dns_record.client_routing_policy'] ?? ''];
  return zoneAffinity === undefined ? {} : { zoneAffinity };
};

const listenerWith = (listener: ListenerRecord, protocol: Listener['protocol'], balancer: LoadBalancerRecord, allow: Listener['allow'], read: Reader): Listener => ({
  id: listener.ListenerArn,
  protocol,
  port: listener.Port,
  addresses: balancer.AvailabilityZones.map(({ ZoneName, address }) => ({ zone: ZoneName, address })),
  front: balancer.frontAddress,
  crossZone: balancer.attributes['load_balancing.cross_zone.enabled'] === 'true',
  pools: poolsOf(listener),
  idleTimeout: idleOf(listener),
  ...affinityOf(balancer),
  ...(allow === undefined ? {} : { allow }),
  ...(protocol === 'tls' ? { tls: tlsTerms(listener, read) } : {}),
});

const enoughOf = (attributes: Record<string, string>, of: 'dns_failover' | 'unhealthy_state_routing'): Enough => {
  const asked = (kind: 'count' | 'percentage', byDefault: string): number | undefined => {
    const value = attributes[`target_group_health.${of}.minimum_healthy_targets.${kind}`] ?? byDefault;
    return value === 'off' ? undefined : Number(value);
  };
  const [count, percentage] = [asked('count', '1'), asked('percentage', 'off')];
  return { ...(count === undefined ? {} : { count }), ...(percentage === undefined ? {} : { percentage }) };
};

// Left out where it is AWS's default.
const thresholdsOf = ({ attributes }: TargetGroupRecord): Pick<Pool, 'enough'> =>
  Object.keys(attributes).some((key) => key.startsWith('target_group_health.'))
    ? { enough: { dns: enoughOf(attributes, 'dns_failover'), routing: enoughOf(attributes, 'unhealthy_state_routing') } }
    : {};

const unhealthyDrainOf = ({ attributes }: TargetGroupRecord, timing: TimingProfile): Pick<Pool, 'unhealthyDrain'> => {
  const seconds = Number(attributes['target_health_state.unhealthy.draining_interval_seconds'] ?? 0);
  return seconds > 0 ? { unhealthyDrain: seconds * 1000 * timing.drainFactor } : {};
};

// `use_load_balancer_configuration`, the default, leaves it to the listener.
const crossZoneOf = (value: string | undefined): Pick<Pool, 'crossZone'> =>
  value === 'true' || value === 'false' ? { crossZone: value === 'true' } : {};

/** One target group with its registrations. */
export const planPool = (group: TargetGroupRecord, targets: readonly TargetRecord[], input: Surroundings): Pool => {
  const { attributes } = group;
  const isOn = (key: string, byDefault: boolean): boolean => (attributes[key] ?? String(byDefault)) === 'true';
  return {
    id: group.TargetGroupArn,
    targets: targets.flatMap((target) => planTarget(group, target, input) ?? []),
    stickiness: isOn('stickiness.enabled', false) ? 'source_ip' : 'none',
    cutUnhealthy: isOn('target_health_state.unhealthy.connection_termination.enabled', true),
    preserveClientAddress: isUdp(group.Protocol) || isOn('preserve_client_ip.enabled', group.TargetType === 'instance'),
    ...(isOn('proxy_protocol_v2.enabled', false) ? { proxyProtocol: true } : {}),
    ...(group.Protocol === 'TLS' ? { tls: true } : {}),
    ...crossZoneOf(attributes['load_balancing.cross_zone.enabled']),
    ...thresholdsOf(group),
    ...unhealthyDrainOf(group, input.timing),
  };
};

/** undefined for what carries nothing: its load balancer is gone, or the protocol is none of ours. */
export const planListener = (listener: ListenerRecord, read: Reader, loopback?: number): Listener | undefined => {
  const balancer = read.get('loadBalancers', listener.LoadBalancerArn);
  const protocol = protocols[listener.Protocol];
  return balancer && protocol && listenerWith(listener, protocol, balancer, allowRules(balancer, read, loopback), read);
};

/** The records that a listener's plan is made of. */
export const partsOfListener = (listener: ListenerRecord, read: Reader): unknown[] => {
  const balancer = read.get('loadBalancers', listener.LoadBalancerArn);
  return [
    listener,
    balancer,
    ...(balancer?.SecurityGroups ?? []).map((id) => read.get('securityGroups', id)),
    ...(listener.Certificates ?? []).map((arn) => read.get('certificates', arn)),
  ];
};
