// What names are told of load balancers: where each is, and what DNS gives a client for its name at the moment that one asks.
import { ownEntrance, zoneFinder, type ZoneFinder } from '../dataplane/affinity.js';
import type { Dataplane, DataplanePlan } from '../dataplane/types.js';
import { zonesInDns } from '../dataplane/zones.js';
import type { NamedLoadBalancer } from '../names/table.js';
import { affinityOf } from '../plan/plan.js';
import type { LoadBalancerRecord } from '../state/types.js';

export type Naming = {
  /** Answers go by this plan from now on. */
  take(plan: DataplanePlan): void;
  /** The same object for the same record, by which names see what is new. */
  of(record: LoadBalancerRecord): NamedLoadBalancer;
};

/** No plan yet. */
export const createNaming = ({ health }: Pick<Dataplane, 'health'>): Naming => {
  const known = new WeakMap<LoadBalancerRecord, NamedLoadBalancer>();
  let plan: DataplanePlan = { pools: [], listeners: [] };
  let finder: { ranges: DataplanePlan['clientZones']; zoneOf: ZoneFinder } | undefined;
  const zoneOf = (client: string): string | undefined => {
    if (!finder || finder.ranges !== plan.clientZones) finder = { ranges: plan.clientZones, zoneOf: zoneFinder(plan.clientZones ?? []) };
    return finder.zoneOf(client);
  };
  const healthy = ({ frontAddress, AvailabilityZones }: LoadBalancerRecord): string[] => {
    const listeners = plan.listeners.filter(({ front }) => front === frontAddress);
    if (listeners.length === 0) return AvailabilityZones.map(({ address }) => address);
    return zonesInDns(listeners, new Map(plan.pools.map((pool) => [pool.id, pool])), health);
  };
  const make = (record: LoadBalancerRecord): NamedLoadBalancer => {
    const zones = record.AvailabilityZones.map(({ ZoneName, address }) => ({ zone: ZoneName, address }));
    const { zoneAffinity = 0 } = affinityOf(record);
    const inDns = (client?: string): readonly string[] => {
      const given = healthy(record);
      const mayChoose = client !== undefined && zoneAffinity > 0;
      const own = mayChoose ? ownEntrance(zones.filter(({ address }) => given.includes(address)), zoneOf(client), zoneAffinity, Math.random()) : undefined;
      return own ? [own.address] : given;
    };
    return { DNSName: record.DNSName, front: record.frontAddress, zones, inDns };
  };
  return {
    take: (next) => void (plan = next),
    of: (record) => {
      const named = known.get(record) ?? make(record);
      known.set(record, named);
      return named;
    },
  };
};
