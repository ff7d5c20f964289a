// The data plane whole: carries out plans, sends connections to targets, and says what it observed.
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { differences, indexPlan, patch, touchedPools, type Indexed } from './apply.js';
import { boundOf, countersOf, traceOf, type Carrier, type KernelCarrier } from './carrier.js';
import { dialUdp as plainUdp } from './dial.js';
import { createEndings } from './endings.js';
import { createHealthBoard } from './health.js';
import { createProber } from './prober.js';
import { clientAddressOf } from './sight.js';
import { linesOf, split, undivided, type Division } from './split.js';
import type { Dataplane, DataplanePlan, Dial, DialUdp, HealthView, Listener, PlanChanges, Pool } from './types.js';
import { createUserCarrier } from './user.js';
import { zonalHealth } from './zones.js';

/** The `kernel` engine: made for this data plane's health, and asked which listeners it can carry. It calls `refused` when that has changed. */
export type Kernel = { carry(health: HealthView, refused: () => void): KernelCarrier; divide: Division };

export type DataplaneOptions = {
  dial: Dial;
  /** Default: plain sockets. */
  dialUdp?: DialUdp;
  clock: Clock;
  log: Log;
  /** 0 to 1, for the flow hash and the spread of probes; default Math.random. */
  random?: () => number;
  /** ms in which a target must accept; default 30 s, as on AWS. */
  dialTimeout?: number;
  /** Carries what it can; default: everything is carried by sockets of this process. */
  kernel?: Kernel;
  /** Why the engine is what it is, for `engines()`. */
  because?: string;
};

const empty: DataplanePlan = { pools: [], listeners: [] };

/** Asks the kernel's carrier, too: what it has refused while running goes to user space. */
const divisionOf = (kernel: Kernel, carrier: KernelCarrier): Division => (plan) => {
  const [reasonOf, refusalOf] = [kernel.divide(plan), carrier.refusals(plan)];
  return (listener, pools) => reasonOf(listener, pools) ?? refusalOf(listener, pools);
};

type Take = (plan: DataplanePlan, changes?: PlanChanges) => void;

/** Carries plans out one after the other, and once more where the kernel refuses a part. */
const createCourse = (take: Take, reconcile: () => Promise<unknown>) => {
  let plan = empty;
  let again = false;
  let settling: Promise<void> | undefined;
  const settle = async (): Promise<void> => {
    while (again) {
      again = false;
      take(plan);
      await reconcile();
    }
    settling = undefined;
  };
  return {
    apply: async (next: DataplanePlan, changes?: PlanChanges): Promise<void> => {
      plan = next;
      take(next, changes);
      await reconcile();
      await settling;
    },
    refused: (): void => {
      again = true;
      settling ??= settle();
    },
  };
};

/** Gives each carrier its listeners; between two engines one may change sides though it is the same. */
const createHands = (user: Carrier, kernel: Kernel, inKernel: KernelCarrier) => {
  const divide = divisionOf(kernel, inKernel);
  let division = undivided(empty);
  let [userIndex, kernelIndex] = [indexPlan(empty), indexPlan(empty)];
  return {
    division: () => division,
    take: (next: DataplanePlan): void => {
      division = split(next, divide);
      const [wasUser, wasKernel] = [userIndex, kernelIndex];
      [userIndex, kernelIndex] = [indexPlan(division.user), indexPlan(division.kernel)];
      user.take(userIndex, differences(wasUser, userIndex));
      inKernel.take(kernelIndex, differences(wasKernel, kernelIndex));
    },
  };
};

/** Nothing listens and no timer runs until the first plan is applied. */
export const createDataplane = (options: DataplaneOptions): Dataplane => {
  const { dial, dialUdp = plainUdp, clock, log, random = Math.random, dialTimeout = 30_000, kernel, because } = options;
  const table = { listeners: new Map<string, Listener>(), pools: new Map<string, Pool>() };
  let index: Indexed = { ...table, clientZones: [] };
  const board = createHealthBoard();
  const user = createUserCarrier({ dial, dialUdp, clock, log, random, dialTimeout, health: board.view });
  const inKernel = kernel?.carry(board.view, () => course.refused());
  const hands = kernel && inKernel && createHands(user, kernel, inKernel);
  const carriers: readonly Carrier[] = inKernel ? [user, inKernel] : [user];
  const boundAddress: Carrier['boundAddress'] = (node) => user.boundAddress(node) ?? inKernel?.boundAddress(node);
  const prober = createProber({ dial, clock, board, random, boundAddress });
  const cut = (key: string, how: string): void => carriers.forEach((one) => one.cut(key, how));
  const endings = createEndings({ clock, health: board.view, poolOf: (id) => index.pools.get(id), cut });

  const take: Take = (next, changes = differences(index, indexPlan(next))) => {
    patch(table.listeners, changes.listeners);
    patch(table.pools, changes.pools);
    index = { ...table, clientZones: next.clientZones ?? [] };
    endings.update(changes.pools);
    if (hands) hands.take(next);
    else user.take(index, changes);
    prober.update(index, touchedPools(changes));
  };
  const course = createCourse(take, () => Promise.all(carriers.map((one) => one.reconcile())));

  return {
    apply: course.apply,
    health: board.view,
    zones: (ids) => zonalHealth(ids.flatMap((id) => index.listeners.get(id) ?? []), index.pools, board.view),
    bound: () => boundOf(carriers),
    counters: () => countersOf(carriers),
    trace: () => traceOf(carriers),
    refresh: async () => void (await Promise.all(carriers.map((one) => one.refresh()))),
    problems: () => inKernel?.problems() ?? [],
    clientAddress: (poolId) => {
      const pool = index.pools.get(poolId);
      return pool && clientAddressOf(pool, hands?.division() ?? undivided(empty));
    },
    engines: () => linesOf(hands?.division() ?? undivided(empty), inKernel !== undefined, because),
    close: async () => {
      take(empty);
      endings.stop();
      prober.stop();
      await Promise.all(carriers.map((one) => one.close()));
    },
  };
};
