// Keeps the data plane and the names in step with the state, the nodes and the clock.
import type { Clock, Timer } from '../clock.js';
import type { TimingProfile } from '../config.js';
import type { Dataplane } from '../dataplane/types.js';
import type { Log } from '../log.js';
import type { Names } from '../names/names.js';
import { planDataplane } from '../plan/plan.js';
import type { Store } from '../state/types.js';
import type { Instance } from '../state/vpc.js';

export type TrafficOptions = {
  store: Store;
  dataplane: Dataplane;
  names: Names;
  instances: { list(): readonly Instance[]; onChange(fn: () => void): () => void };
  timing: TimingProfile;
  clock: Clock;
  log: Log;
};

export type Traffic = { stop(): Promise<void> };

/** Plans at every change of the state or the nodes, and when time alone changes the plan; changes that arrive together are one plan. */
export const connectTraffic = (options: TrafficOptions): Traffic => {
  const { store, dataplane, names, instances, timing, clock, log } = options;
  let timer: Timer | undefined;
  let dirty = false;
  let stopped = false;
  let running: Promise<void> | undefined;

  const updateNames = (): void => {
    const records = [...store.partitions()].flatMap(({ read }) => [...read.list('loadBalancers')]);
    names.update(records.map(({ DNSName, frontAddress, AvailabilityZones }) => ({
      DNSName,
      front: frontAddress,
      zones: AvailabilityZones.map(({ ZoneName, address }) => ({ zone: ZoneName, address })),
    })));
  };
  const plan = async (): Promise<void> => {
    timer?.cancel();
    const byId = new Map(instances.list().map((instance) => [instance.InstanceId, instance]));
    const now = clock.now();
    const { plan: next, nextChange } = planDataplane({ partitions: store.partitions(), instances: byId, timing, now });
    if (nextChange !== undefined) timer = clock.after(nextChange - now, request);
    await dataplane.apply(next);
    updateNames();
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
