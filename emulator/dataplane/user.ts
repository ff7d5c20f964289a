// The `user` engine: sockets of this process listen, dial and splice. It works everywhere and needs no privileges.
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { changesBetween, indexPlan, type Indexed } from './apply.js';
import type { Carrier } from './carrier.js';
import { createChooser } from './chooser.js';
import { createFlows } from './flows.js';
import { createNodes } from './nodes.js';
import { opener } from './servers.js';
import type { DataplanePlan, Dial, DialUdp, HealthView } from './types.js';

export type UserOptions = { dial: Dial; dialUdp: DialUdp; clock: Clock; log: Log; random: () => number; dialTimeout: number; health: HealthView };

const empty: DataplanePlan = { pools: [], listeners: [] };

/** Nothing listens yet. */
export const createUserCarrier = ({ dial, dialUdp, clock, log, random, dialTimeout, health }: UserOptions): Carrier => {
  let index: Indexed = indexPlan(empty);
  const flows = createFlows({ dial, dialUdp, clock, dialTimeout, choose: createChooser(health, random), index: () => index });
  const nodes = createNodes({ open: opener(flows, log), clock, log });
  // One at a time, each by the plan that is newest when its turn comes.
  let turn: Promise<void> = Promise.resolve();
  const reconcile = (): Promise<void> => (turn = turn.then(() => nodes.reconcile(index)));
  const take = (next: Indexed): void => {
    const changes = [...changesBetween(index.pools, next.pools), ...changesBetween(index.listeners, next.listeners)];
    index = next;
    if (changes.some(({ before }) => before)) flows.prune();
  };
  return {
    take,
    reconcile,
    cut: flows.cut,
    boundAddress: nodes.boundAddress,
    bound: nodes.bound,
    counters: flows.counters,
    trace: flows.trace,
    refresh: () => Promise.resolve(),
    close: async () => {
      take(indexPlan(empty));
      await Promise.all([reconcile(), flows.close()]);
    },
  };
};
