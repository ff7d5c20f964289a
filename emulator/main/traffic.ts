// Keeps the data plane and the names in step with the state, the nodes and the clock.
import type { Clock, Timer } from '../clock.js';
import type { TimingProfile } from '../config.js';
import type { Dataplane, DataplanePlan } from '../dataplane/types.js';
import { zonesInDns } from '../dataplane/zones.js';
import type { Log } from '../log.js';
import type { OpenNames } from '../names/open.js';
import { createPlanMemory } from '../plan/memory.js';
import { planDataplane } from '../plan/plan.js';
import type { Store } from '../state/types.js';
import type { Instance } from '../state/vpc.js';

export type TrafficOptions = {
  store: Store;
  dataplane: Dataplane;
  names: OpenNames;
  instances: { list(): readonly Instance[]; onChange(fn: () => void): () => void };
  timing: TimingProfile;
  clock: Clock;
  log: Log;
};

export type Traffic = { stop(): Promise<void> };

/** Plans at every change of the state or the nodes, and when time alone changes the plan; changes that arrive together are one plan. */
export const connectTraffic = (options: TrafficOptions): Traffic => {
  const { store, dataplane, names, instances, timing, clock, log } = options;
  const memory = createPlanMemory();
  let timer: Timer | undefined;
  let dirty = false;
  let stopped = false;
  let running: Promise<void> | undefined;

  const updateNames = (plan: DataplanePlan): void => {
    const records = [...store.partitions()].flatMap(({ read }) => [...read.list('loadBalancers')]);
    const pools = new Map(plan.pools.map((pool) => [pool.id, pool]));
    names.update(records.map(({ DNSName, frontAddress, AvailabilityZones }) => {
      const listeners = plan.listeners.filter(({ front }) => front === frontAddress);
      const zones = AvailabilityZones.map(({ ZoneName, address }) => ({ zone: ZoneName, address }));
      return { DNSName, front: frontAddress, zones, ...(listeners.length > 0 ? { inDns: () => zonesInDns(listeners, pools, dataplane.health) } : {}) };
    }));
  };
  const plan = async (): Promise<void> => {
    timer?.cancel();
    const byId = new Map(instances.list().map((instance) => [instance.InstanceId, instance]));
    const now = clock.now();
    const { plan: next, nextChange } = planDataplane({ partitions: store.partitions(), instances: byId, timing, now, memory });
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
