// The `user` engine: sockets of this process listen, dial and splice. It works everywhere and needs no privileges.
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { differences, hasLeavers, indexPlan, type Indexed } from './apply.js';
import type { Carrier } from './carrier.js';
import { createChooser } from './chooser.js';
import { createFlows } from './flows.js';
import { createNodes } from './nodes.js';
import { opener } from './servers.js';
import type { Change, Dial, DialUdp, HealthView, Listener, PlanChanges } from './types.js';

export type UserOptions = { dial: Dial; dialUdp: DialUdp; clock: Clock; log: Log; random: () => number; dialTimeout: number; health: HealthView };

/** Nothing listens yet. */
export const createUserCarrier = ({ dial, dialUdp, clock, log, random, dialTimeout, health }: UserOptions): Carrier => {
  const empty = indexPlan({ pools: [], listeners: [] });
  let index: Indexed = empty;
  let pending: Change<Listener>[] = [];
  const flows = createFlows({ dial, dialUdp, clock, dialTimeout, choose: createChooser(health, random), index: () => index });
  const nodes = createNodes({ open: opener(flows, log), clock, log });
  const carryOut = (): Promise<void> => {
    const changes = pending;
    pending = [];
    return nodes.reconcile(changes);
  };
  // One at a time, each by the plan that is newest when its turn comes.
  let turn: Promise<void> = Promise.resolve();
  const reconcile = (): Promise<void> => (turn = turn.then(carryOut));
  const take = (next: Indexed, changes: PlanChanges): void => {
    index = next;
    pending.push(...changes.listeners);
    if (hasLeavers(changes)) flows.prune();
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
      take(empty, differences(index, empty));
      await Promise.all([reconcile(), flows.close()]);
    },
  };
};
