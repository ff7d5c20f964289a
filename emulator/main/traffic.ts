// Keeps the data plane and the names in step with the state, the nodes and the clock.
import type { Clock, Timer } from '../clock.js';
import type { TimingProfile } from '../config.js';
import type { Dataplane, DataplanePlan } from '../dataplane/types.js';
import { ownEntrance, zoneFinder } from '../dataplane/affinity.js';
import { zonesInDns } from '../dataplane/zones.js';
import type { Log } from '../log.js';
import type { OpenNames } from '../names/open.js';
import { createPlanMemory } from '../plan/memory.js';
import { clientZones } from '../plan/clients.js';
import { affinityOf, planDataplane } from '../plan/plan.js';
import type { Store } from '../state/types.js';
import type { LoadBalancerRecord } from '../state/types.js';
import type { Instance, Subnet } from '../state/vpc.js';

export type TrafficOptions = {
  store: Store;
  dataplane: Dataplane;
  names: OpenNames;
  instances: { list(): readonly Instance[]; onChange(fn: () => void): () => void };
  subnets: readonly Subnet[];
  /** The second octet of the addresses on loopback that stand for the VPC's. */
  loopback: number;
  timing: TimingProfile;
  clock: Clock;
  log: Log;
};

export type Traffic = { stop(): Promise<void> };

/** What names are told of a load balancer: where it is, and what DNS gives a client for its name at this moment. */
const nameOf = ({ DNSName, frontAddress, AvailabilityZones, attributes }: LoadBalancerRecord, plan: DataplanePlan, { health }: Dataplane) => {
  const listeners = plan.listeners.filter(({ front }) => front === frontAddress);
  const pools = new Map(plan.pools.map((pool) => [pool.id, pool]));
  const zones = AvailabilityZones.map(({ ZoneName, address }) => ({ zone: ZoneName, address }));
  const { zoneAffinity = 0 } = affinityOf({ attributes });
  const zoneOf = zoneFinder(zoneAffinity === 0 ? [] : (plan.clientZones ?? []));
  const inDns = (client?: string): readonly string[] => {
    const healthy = listeners.length === 0 ? zones.map(({ address }) => address) : zonesInDns(listeners, pools, health);
    const own = client === undefined ? undefined : ownEntrance(zones.filter(({ address }) => healthy.includes(address)), zoneOf(client), zoneAffinity, Math.random());
    return own ? [own.address] : healthy;
  };
  return { DNSName, front: frontAddress, zones, inDns };
};

/** Plans at every change of the state or the nodes, and when time alone changes the plan; changes that arrive together are one plan. */
export const connectTraffic = (options: TrafficOptions): Traffic => {
  const { store, dataplane, names, instances, subnets, loopback, timing, clock, log } = options;
  const memory = createPlanMemory();
  let timer: Timer | undefined;
  let dirty = false;
  let stopped = false;
  let running: Promise<void> | undefined;

  const updateNames = (plan: DataplanePlan): void => {
    const records = [...store.partitions()].flatMap(({ read }) => [...read.list('loadBalancers')]);
    names.update(records.map((record) => nameOf(record, plan, dataplane)));
  };
  const plan = async (): Promise<void> => {
    timer?.cancel();
    const list = instances.list();
    const byId = new Map(list.map((instance) => [instance.InstanceId, instance]));
    const now = clock.now();
    const places = { clientZones: clientZones(subnets, list, loopback), loopback };
    const { plan: next, nextChange } = planDataplane({ partitions: store.partitions(), instances: byId, timing, now, memory, ...places });
    if (nextChange !== undefined) timer = clock.after(nextChange - now, request);
    await dataplane.apply(next);
    updateNames(next);
  };
  const work = async (): Promise<void> => {
    while (dirty && !stopped) {
      dirty = false;
      await plan().catch((error: unknown) => log.error({ err: error }, 'the data plane could not be brought up to date'));
    }
    running = undefined;
  };
  const request = (): void => {
    dirty = true;
    running ??= Promise.resolve().then(work);
  };
  const ends = [store.subscribe(request), instances.onChange(request)];
  request();
  return {
    stop: async () => {
      stopped = true;
      for (const end of ends) end();
      timer?.cancel();
      await running;
    },
  };
};
