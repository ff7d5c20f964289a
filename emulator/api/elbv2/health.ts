// The health of one registered target as AWS tells it: a pure function of what is stored, what was observed, and the time.
import type { TargetHealth as HealthAnswer } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TimingProfile } from '../../config.js';
import type { TargetHealth } from '../../dataplane/types.js';
import type { AttributeMap, TargetGroupRecord, TargetRecord } from '../../state/types.js';

export type HealthFacts = {
  target: TargetRecord;
  group: TargetGroupRecord;
  /** The group's complete attributes. */
  attributes: AttributeMap;
  observed: TargetHealth | undefined;
  timing: TimingProfile;
  /** Whether a moment is past. */
  reached(moment: number): boolean;
  /** For instance targets: what became of the instance; AWS deregisters a terminated one by itself. */
  instance: 'running' | 'stopped' | 'terminated' | undefined;
  /** For ip targets: whether the address is a load balancer's own. */
  isBalancer: boolean;
  /** Whether the load balancer uses the target's zone, from its own zone or from others. */
  zoneEnabled: boolean;
};

/** When a draining target is over. */
export const drainEnd = (target: TargetRecord & { DeregisteredAt: number }, attributes: AttributeMap, timing: TimingProfile): number =>
  target.DeregisteredAt + Number(attributes['deregistration_delay.timeout_seconds']) * 1000 * timing.drainFactor;

const notInUse = 'Target group is not configured to receive traffic from the load balancer';
const zoneNotEnabled = 'Target is in an Availability Zone that is not enabled for the load balancer';

const unused = (Reason: 'Target.NotInUse' | 'Target.InvalidState' | 'Target.IpUnusable' | 'Target.NotRegistered', Description: string): HealthAnswer => ({ State: 'unused', Reason, Description });

/** For a target that was asked for and is not registered. */
export const notRegistered: HealthAnswer = unused('Target.NotRegistered', 'Target is not registered to the target group');

const draining: HealthAnswer = { State: 'draining', Reason: 'Target.DeregistrationInProgress', Description: 'Target deregistration is in progress' };

const unhealthyDraining = ({ attributes, observed, timing, reached }: HealthFacts): boolean => {
  if (attributes['target_health_state.unhealthy.connection_termination.enabled'] !== 'false') return false;
  const interval = Number(attributes['target_health_state.unhealthy.draining_interval_seconds']) * 1000 * timing.drainFactor;
  return interval > 0 && !reached((observed?.since ?? 0) + interval);
};

const observedHealth = (facts: HealthFacts): HealthAnswer => {
  const status = facts.observed?.status ?? 'unknown';
  if (status === 'healthy') return { State: 'healthy' };
  if (status === 'unknown') return { State: 'initial', Reason: 'Elb.InitialHealthChecking', Description: 'Initial health checks in progress' };
  const State = unhealthyDraining(facts) ? 'unhealthy.draining' : 'unhealthy';
  return { State, Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' };
};

/** State, Reason and Description; the order of the questions decides which of several truths is told. */
export const targetHealth = (facts: HealthFacts): HealthAnswer => {
  const { target, group, timing, reached } = facts;
  if (target.DeregisteredAt !== undefined || facts.instance === 'terminated') return { ...draining };
  if (group.InUseSince === undefined) return unused('Target.NotInUse', notInUse);
  if (facts.isBalancer) return unused('Target.IpUnusable', 'The IP address cannot be used as a target, as it is in use by a load balancer');
  if (facts.instance === 'stopped') return unused('Target.InvalidState', 'Target is in the stopped state');
  if (!facts.zoneEnabled) return unused('Target.NotInUse', zoneNotEnabled);
  const probeFrom = Math.max(target.RegisteredAt, group.InUseSince) + timing.registration;
  if (!reached(probeFrom)) return { State: 'initial', Reason: 'Elb.RegistrationInProgress', Description: 'Target registration is in progress' };
  // What was seen of an earlier registration says nothing of this one; the data plane hears of it a moment later.
  const stale = facts.observed?.probeFrom !== undefined && facts.observed.probeFrom !== probeFrom;
  return observedHealth(stale ? { ...facts, observed: undefined } : facts);
};

/** `traffic-port` resolved. */
export const healthCheckPort = (group: TargetGroupRecord, targetPort: number): string =>
  group.HealthCheckPort === 'traffic-port' ? String(targetPort) : group.HealthCheckPort;
