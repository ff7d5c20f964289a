// Keeps the data plane and the names in step with the state, the nodes and the clock.
import { sweep } from '../api/elbv2/registrations.js';
import type { Clock, Timer } from '../clock.js';
import type { TimingProfile } from '../config.js';
import type { Dataplane } from '../dataplane/types.js';
import type { Log } from '../log.js';
import type { OpenNames } from '../names/open.js';
import { clientZones } from '../plan/clients.js';
import type { Surroundings } from '../plan/plan.js';
import { createPlanner } from '../plan/planner.js';
import type { IndexedStore } from '../state/store.js';
import type { StoredChange } from '../state/types.js';
import type { Instance, Subnet } from '../state/vpc.js';
import { createTurns } from '../turns.js';
import { createNaming } from './naming.js';

export type TrafficOptions = {
  store: Pick<IndexedStore, 'partitions' | 'subscribe'>;
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

type Places = Required<Pick<Surroundings, 'instances' | 'clientZones' | 'loopback'>>;

const placesOf = ({ instances, subnets, loopback }: Pick<TrafficOptions, 'instances' | 'subnets' | 'loopback'>): Places => {
  const list = instances.list();
  return { instances: new Map(list.map((instance) => [instance.InstanceId, instance])), clientZones: clientZones(subnets, list, loopback), loopback };
};

/** Carries out plans one after the other; `onTime` is called when time alone changes the plan. */
const createCarrier = ({ store, dataplane, names, timing, clock, log }: TrafficOptions, placesNow: () => Places, onTime: () => void) => {
  const planner = createPlanner();
  const naming = createNaming(dataplane);
  let renamed = true;
  /** A plan failed half-way: what came with it is not known to be carried out. */
  let lost = false;
  let timer: Timer | undefined;
  const plan = async (): Promise<void> => {
    timer?.cancel();
    const now = clock.now();
    const { plan: next, changes, nextChange } = planner.plan(store.partitions(), { ...placesNow(), timing, now });
    if (nextChange !== undefined) timer = clock.after(nextChange - now, onTime);
    await dataplane.apply(next, lost ? undefined : changes);
    lost = false;
    naming.take(next);
    if (!renamed) return;
    renamed = false;
    names.update([...store.partitions()].flatMap(({ read }) => Array.from(read.list('loadBalancers'), naming.of)));
  };
  return {
    carry: () => plan().catch((error: unknown) => {
      lost = true;
      log.error({ err: error }, 'the data plane could not be brought up to date');
    }),
    note: (changes: readonly StoredChange[]): void => {
      planner.note(changes);
      renamed ||= changes.some(({ table }) => table === 'loadBalancers');
    },
    stop: (): void => timer?.cancel(),
  };
};

/** Plans at every change of the state or the nodes, and when time alone changes the plan; changes that arrive together are one plan. */
export const connectTraffic = (options: TrafficOptions): Traffic => {
  const { store, instances, timing, clock, log } = options;
  let places = placesOf(options);
  // What has drained gets nothing any more; its records go with it.
  const drained = async (): Promise<void> => {
    void turns.request();
    for (const partition of store.partitions()) await sweep(partition, timing, clock.now());
  };
  const carrier = createCarrier(options, () => places, () => void drained().catch((error: unknown) => log.error({ err: error }, 'drained targets could not be removed')));
  const turns = createTurns(carrier.carry);
  const ends = [
    store.subscribe((changes) => {
      carrier.note(changes);
      void turns.request();
    }),
    instances.onChange(() => {
      places = placesOf(options);
      void turns.request();
    }),
  ];
  void turns.request();
  return {
    stop: async () => {
      for (const end of ends) end();
      await turns.settled();
      // The last plan may have set one more.
      carrier.stop();
    },
  };
};
