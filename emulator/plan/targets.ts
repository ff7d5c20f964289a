// One registration as the data plane's target: where it is dialled, how it is probed, until when it drains. Pure.
import type { TimingProfile } from '../config.js';
import type { HealthCheck, Target } from '../dataplane/types.js';
import { targetId } from '../state/targets.js';
import type { TargetGroupRecord, TargetRecord } from '../state/types.js';
import type { Surroundings } from './plan.js';

const shortestInterval = 20;

// A refused connection is known at once, so a long wait costs only where nothing answers at all; a short one would
// call a target on a busy laptop unhealthy.
const shortestTimeout = 1000;

/** The port that a probe asks: `traffic-port` is the target's own, override included. */
export const healthCheckPortOf = (group: Pick<TargetGroupRecord, 'HealthCheckPort'>, target: Pick<TargetRecord, 'Port'>): number =>
  group.HealthCheckPort === 'traffic-port' ? target.Port : Number(group.HealthCheckPort);

/** Whether datagrams are part of it. */
export const isUdp = (protocol: string): boolean => protocol.includes('UDP') || protocol.includes('QUIC');

const proxyProtocolOf = (group: TargetGroupRecord): Pick<HealthCheck, 'proxyProtocol'> =>
  group.attributes['proxy_protocol_v2.enabled'] === 'true' ? { proxyProtocol: true } : {};

const protocols: Record<string, HealthCheck['protocol']> = { HTTP: 'http', HTTPS: 'https' };

const scaledTimeout = (seconds: number, timing: TimingProfile): number =>
  Math.min(seconds * 1000, Math.max(shortestTimeout, seconds * 1000 * timing.intervalFactor));

const planHealthCheck = (group: TargetGroupRecord, target: TargetRecord, timing: TimingProfile): HealthCheck => ({
  protocol: protocols[group.HealthCheckProtocol] ?? 'tcp',
  port: healthCheckPortOf(group, target),
  ...(group.HealthCheckPath === undefined ? {} : { path: group.HealthCheckPath }),
  ...(group.Matcher?.HttpCode === undefined ? {} : { matcher: group.Matcher.HttpCode }),
  interval: Math.max(shortestInterval, group.HealthCheckIntervalSeconds * 1000 * timing.intervalFactor),
  timeout: scaledTimeout(group.HealthCheckTimeoutSeconds, timing),
  healthyThreshold: group.HealthyThresholdCount,
  unhealthyThreshold: group.UnhealthyThresholdCount,
  firstPasses: timing.firstPasses ?? group.HealthyThresholdCount,
  ...proxyProtocolOf(group),
});

/** When a deregistered target is over (ms since the epoch); undefined while it is registered. */
export const drainEndOf = (
  group: Pick<TargetGroupRecord, 'attributes'>,
  target: Pick<TargetRecord, 'DeregisteredAt'>,
  timing: TimingProfile,
): number | undefined => {
  const seconds = Number(group.attributes['deregistration_delay.timeout_seconds'] ?? 300);
  return target.DeregisteredAt === undefined ? undefined : target.DeregisteredAt + seconds * 1000 * timing.drainFactor;
};

type Place = Pick<Target, 'host' | 'zone'>;

const placeOf = (group: TargetGroupRecord, target: TargetRecord, instances: Surroundings['instances']): Place | undefined => {
  if (group.TargetType === 'ip') return { host: target.Id, zone: target.AvailabilityZone ?? 'all' };
  const instance = group.TargetType === 'instance' ? instances.get(target.Id) : undefined;
  return instance?.running ? { host: instance.PrivateIpAddress, zone: instance.AvailabilityZone } : undefined;
};

const admissionOf = (group: TargetGroupRecord, target: TargetRecord, timing: TimingProfile): Pick<Target, 'admission' | 'drainEnd' | 'cutAtDrainEnd'> => {
  const cut = (group.attributes['deregistration_delay.connection_termination.enabled'] ?? String(isUdp(group.Protocol))) === 'true';
  const drainEnd = drainEndOf(group, target, timing);
  const admission = drainEnd === undefined ? 'open' : 'draining';
  return { admission, ...(drainEnd === undefined ? {} : { drainEnd }), ...(cut ? { cutAtDrainEnd: true } : {}) };
};

/** undefined for what gets neither traffic nor probes: instances that are stopped or unknown, and targets that have drained. */
export const planTarget = (
  group: TargetGroupRecord,
  target: TargetRecord,
  { instances, timing, now }: Surroundings,
): Target | undefined => {
  const place = placeOf(group, target, instances);
  const end = drainEndOf(group, target, timing);
  if (!place || (end !== undefined && end <= now)) return undefined;
  return {
    id: targetId(target),
    ...place,
    port: target.Port,
    ...(target.QuicServerId === undefined ? {} : { serverId: target.QuicServerId.slice('0x'.length) }),
    healthCheck: planHealthCheck(group, target, timing),
    probeFrom: Math.max(target.RegisteredAt, group.InUseSince ?? 0) + timing.registration,
    ...admissionOf(group, target, timing),
  };
};
