// The targets of a target group through the ELBv2 API: list, take out, put in.
import type { TargetDescription, TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import { LRUCache } from 'lru-cache';
import type { Ec2Api } from '../api/ec2/client.js';
import type { Elbv2Api } from '../api/elbv2/client.js';
import type { Clock } from '../clock.js';
import { contains } from './build-mappings.js';
import { hasCode } from './calls.js';
import type { Endpoint } from './endpoints.js';
import { vpcCidrs } from './facts-subnets.js';
import { remembering, tenMinutes } from './remember.js';

const chunkSize = 200;

export type Registered = { target: TargetDescription; health: TargetHealth | undefined };

export type Targets = {
  /** Registered targets that are not on their way out. */
  list(TargetGroupArn: string): Promise<Registered[]>;
  deregister(TargetGroupArn: string, targets: TargetDescription[]): Promise<void>;
  register(TargetGroupArn: string, endpoints: Endpoint[], place: Place): Promise<void>;
};

/** How an ip target is placed: the VPC whose addresses need no zone, and the zone of an endpoint's node otherwise. */
export type Place = { vpcId: string; targetType: 'instance' | 'ip'; zoneOf: (endpoint: Endpoint) => string | undefined };

const inChunks = async <T>(items: T[], call: (chunk: T[]) => Promise<unknown>): Promise<void> => {
  for (let from = 0; from < items.length; from += chunkSize) await call(items.slice(from, from + chunkSize));
};

/** The CIDRs of a VPC. */
const createCidrs = (ec2: Ec2Api, clock: Clock) => remembering(clock, tenMinutes, (vpcId) => vpcCidrs(ec2, vpcId));

const isLeaving = (state: string | undefined, reason: string | undefined): boolean =>
  state === 'draining' || state === 'unhealthy.draining' || (state === 'unused' && reason === 'Target.NotRegistered');

const zoneIsNeeded = (error: unknown): boolean => hasCode(error, 'ValidationError') && error.detail.includes('you must specify an Availability Zone');

const bare = ({ id, port, quicServerId }: Endpoint): TargetDescription => ({ Id: id, Port: port, ...(quicServerId === undefined ? {} : { QuicServerId: quicServerId }) });

const anHour = 60 * 60_000;
const remembered = 10_000;

/** Groups that have refused targets without a zone; they are given one without asking, until the hour is over. */
const createNeeds = (clock: Clock) => new LRUCache<string, true>({ max: remembered, ttl: anHour, perf: { now: () => clock.now() }, ttlResolution: 0 });

/** Targets of any group, through one API. */
export const createTargets = (elbv2: Elbv2Api, ec2: Ec2Api, clock: Clock): Targets => {
  const cidrsOf = createCidrs(ec2, clock);
  const needsZone = createNeeds(clock);
  const zoned = (endpoints: Endpoint[], { zoneOf }: Place): TargetDescription[] => endpoints.map((endpoint) => ({ ...bare(endpoint), AvailabilityZone: zoneOf(endpoint) ?? 'all' }));

  const described = async (endpoints: Endpoint[], { vpcId, targetType }: Place): Promise<TargetDescription[]> => {
    if (targetType === 'instance') return endpoints.map(bare);
    const cidrs = await cidrsOf.of(vpcId);
    return endpoints.map((endpoint) => ({ ...bare(endpoint), ...(cidrs.some((cidr) => contains(cidr, endpoint.id)) ? {} : { AvailabilityZone: 'all' }) }));
  };

  return {
    list: async (TargetGroupArn) => {
      const { TargetHealthDescriptions } = await elbv2.DescribeTargetHealth({ TargetGroupArn });
      return (TargetHealthDescriptions ?? []).flatMap(({ Target, TargetHealth }) => (Target && !isLeaving(TargetHealth?.State, TargetHealth?.Reason) ? [{ target: Target, health: TargetHealth }] : []));
    },
    deregister: (TargetGroupArn, targets) => inChunks(targets, (Targets) => elbv2.DeregisterTargets({ TargetGroupArn, Targets })),
    register: (TargetGroupArn, endpoints, place) => inChunks(endpoints, async (chunk) => {
      if (needsZone.has(TargetGroupArn)) return elbv2.RegisterTargets({ TargetGroupArn, Targets: zoned(chunk, place) });
      const Targets = await described(chunk, place);
      try {
        return await elbv2.RegisterTargets({ TargetGroupArn, Targets });
      } catch (error) {
        if (place.targetType !== 'ip' || !zoneIsNeeded(error)) throw error;
        needsZone.set(TargetGroupArn, true);
        return elbv2.RegisterTargets({ TargetGroupArn, Targets: zoned(chunk, place) });
      }
    }),
  };
};
