// The data plane whole: carries out plans, sends connections to targets, and says what it observed.
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { changesBetween, cutsOf, drainingOf, indexPlan, touchedPools, type Indexed } from './apply.js';
import { createChooser } from './chooser.js';
import { dialUdp as plainUdp } from './dial.js';
import { createDrain } from './drain.js';
import { createFlows } from './flows.js';
import { createHealthBoard, targetKey } from './health.js';
import { createNodes } from './nodes.js';
import { createProber } from './prober.js';
import { opener } from './servers.js';
import type { Dataplane, DataplanePlan, Dial, DialUdp } from './types.js';

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
};

const empty: DataplanePlan = { pools: [], listeners: [] };

/** Nothing listens and no timer runs until the first plan is applied. */
export const createDataplane = (options: DataplaneOptions): Dataplane => {
  const { dial, dialUdp = plainUdp, clock, log, random = Math.random, dialTimeout = 10_000 } = options;
  let index: Indexed = indexPlan(empty);
  const board = createHealthBoard();
  const choose = createChooser(board.view, random);
  const flows = createFlows({ dial, dialUdp, clock, dialTimeout, choose, index: () => index });
  const nodes = createNodes({ open: opener(flows, log), clock, log });
  const prober = createProber({ dial, clock, board, random, boundAddress: nodes.boundAddress });
  const drain = createDrain({ clock, cut: (key) => flows.cut(key, 'the target was deregistered') });
  const ailing = createDrain({ clock, cut: (key) => flows.cut(key, 'the target was unhealthy for its draining interval') });
  const unsubscribe = board.view.onChange((poolId, targetId) => {
    const key = targetKey(poolId, targetId);
    const unhealthy = board.view.of(poolId, targetId)?.status === 'unhealthy';
    const pool = index.pools.get(poolId);
    if (unhealthy && pool?.cutUnhealthy) return flows.cut(key, 'the target became unhealthy');
    ailing.update([{ key, at: unhealthy && pool?.unhealthyDrain !== undefined ? clock.now() + pool.unhealthyDrain : undefined }]);
  });

  // One at a time, each by the plan that is newest when its turn comes.
  let turn: Promise<void> = Promise.resolve();
  const reconcile = (): Promise<void> => (turn = turn.then(() => nodes.reconcile(index)));
  const take = (next: DataplanePlan): void => {
    const before = index;
    index = indexPlan(next);
    const pools = changesBetween(before.pools, index.pools);
    drain.update(cutsOf(pools, clock.now()));
    ailing.update(drainingOf(pools).map((key) => ({ key, at: undefined })));
    const listeners = changesBetween(before.listeners, index.listeners);
    if ([...pools, ...listeners].some((change) => change.before)) flows.prune();
    prober.update(index, touchedPools(pools, listeners));
  };

  return {
    apply: (next) => {
      take(next);
      return reconcile();
    },
    health: board.view,
    bound: nodes.bound,
    counters: flows.counters,
    trace: flows.trace,
    close: async () => {
      unsubscribe();
      take(empty);
      prober.stop();
      drain.stop();
      ailing.stop();
      await Promise.all([reconcile(), flows.close()]);
    },
  };
};
