// The data plane whole: carries out plans, sends connections to targets, and says what it observed.
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { cutsOf, differences, drainingOf, indexPlan, patch, touchedPools, type Indexed } from './apply.js';
import { boundOf, countersOf, traceOf, type Carrier } from './carrier.js';
import { dialUdp as plainUdp } from './dial.js';
import { createDrain } from './drain.js';
import { createHealthBoard, targetKey } from './health.js';
import { createProber } from './prober.js';
import { linesOf, split, undivided, type Division } from './split.js';
import type { Dataplane, DataplanePlan, Dial, DialUdp, HealthView, Listener, PlanChanges, Pool } from './types.js';
import { createUserCarrier } from './user.js';
import { zonalHealth } from './zones.js';

/** The `kernel` engine: made for this data plane's health, and asked which listeners it can carry. */
export type Kernel = { carry(health: HealthView): Carrier; divide: Division };

export type DataplaneOptions = {
  dial: Dial;
  /** Default: plain sockets. */
  dialUdp?: DialUdp;
  clock: Clock;
  log: Log;
  /** 0 to 1, for the flow hash and the spread of probes; default Math.random. */
  random?: () => number;
  /** ms in which a target must accept; default 10 s. */
  dialTimeout?: number;
  /** Carries what it can; default: everything is carried by sockets of this process. */
  kernel?: Kernel;
  /** Why the engine is what it is, for `engines()`. */
  because?: string;
};

const empty: DataplanePlan = { pools: [], listeners: [] };

/** Nothing listens and no timer runs until the first plan is applied. */
export const createDataplane = (options: DataplaneOptions): Dataplane => {
  const { dial, dialUdp = plainUdp, clock, log, random = Math.random, dialTimeout = 10_000, kernel, because } = options;
  const table = { listeners: new Map<string, Listener>(), pools: new Map<string, Pool>() };
  let index: Indexed = { ...table, clientZones: [] };
  let [userIndex, kernelIndex] = [indexPlan(empty), indexPlan(empty)];
  let division = undivided(empty);
  const board = createHealthBoard();
  const user = createUserCarrier({ dial, dialUdp, clock, log, random, dialTimeout, health: board.view });
  const inKernel = kernel?.carry(board.view);
  const carriers = inKernel ? [user, inKernel] : [user];
  const boundAddress: Carrier['boundAddress'] = (node) => user.boundAddress(node) ?? inKernel?.boundAddress(node);
  const cut = (key: string, how: string): void => carriers.forEach((one) => one.cut(key, how));
  const prober = createProber({ dial, clock, board, random, boundAddress });
  const drain = createDrain({ clock, cut: (key) => cut(key, 'the target was deregistered') });
  const ailing = createDrain({ clock, cut: (key) => cut(key, 'the target was unhealthy for its draining interval') });
  const unsubscribe = board.view.onChange((poolId, targetId) => {
    const key = targetKey(poolId, targetId);
    const unhealthy = board.view.of(poolId, targetId)?.status === 'unhealthy';
    const pool = index.pools.get(poolId);
    if (unhealthy && pool?.cutUnhealthy) return cut(key, 'the target became unhealthy');
    ailing.update([{ key, at: unhealthy && pool?.unhealthyDrain !== undefined ? clock.now() + pool.unhealthyDrain : undefined }]);
  });

  // Between two engines a listener may change sides though it is the same.
  const hand = (next: DataplanePlan, divide: Division): void => {
    division = split(next, divide);
    const [wasUser, wasKernel] = [userIndex, kernelIndex];
    [userIndex, kernelIndex] = [indexPlan(division.user), indexPlan(division.kernel)];
    user.take(userIndex, differences(wasUser, userIndex));
    inKernel?.take(kernelIndex, differences(wasKernel, kernelIndex));
  };
  const take = (next: DataplanePlan, changes: PlanChanges = differences(index, indexPlan(next))): void => {
    patch(table.listeners, changes.listeners);
    patch(table.pools, changes.pools);
    index = { ...table, clientZones: next.clientZones ?? [] };
    drain.update(cutsOf(changes.pools, clock.now()));
    ailing.update(drainingOf(changes.pools).map((key) => ({ key, at: undefined })));
    if (kernel) hand(next, kernel.divide);
    else user.take(index, changes);
    prober.update(index, touchedPools(changes));
  };

  return {
    apply: async (next, changes) => {
      take(next, changes);
      await Promise.all(carriers.map((one) => one.reconcile()));
    },
    health: board.view,
    zones: (ids) => zonalHealth(ids.flatMap((id) => index.listeners.get(id) ?? []), index.pools, board.view),
    bound: () => boundOf(carriers),
    counters: () => countersOf(carriers),
    trace: () => traceOf(carriers),
    refresh: async () => void (await Promise.all(carriers.map((one) => one.refresh()))),
    engines: () => linesOf(division, inKernel !== undefined, because),
    close: async () => {
      unsubscribe();
      take(empty);
      prober.stop();
      drain.stop();
      ailing.stop();
      await Promise.all(carriers.map((one) => one.close()));
    },
  };
};
