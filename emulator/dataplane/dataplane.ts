// The data plane whole: carries out plans, sends connections to targets, and says what it observed.
import type { Socket } from 'node:net';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { cutsBetween, diffNodes, indexPlan, nodeKey, type Indexed } from './apply.js';
import { createChooser } from './chooser.js';
import { createDrain } from './drain.js';
import { createFlows } from './flows.js';
import { createHealthBoard, targetKey } from './health.js';
import { openNode, type ListenerNode } from './listener.js';
import { createProber } from './prober.js';
import type { Bound, Dataplane, DataplanePlan, Dial } from './types.js';

export type DataplaneOptions = {
  dial: Dial;
  clock: Clock;
  log: Log;
  /** 0 to 1, for the flow hash and the spread of probes; default Math.random. */
  random?: () => number;
  /** ms in which a target must accept; default 10 s. */
  dialTimeout?: number;
};

const empty: DataplanePlan = { pools: [], listeners: [] };

type Nodes = {
  reconcile(plan: DataplanePlan): Promise<void>;
  bound(): Bound[];
  boundAddress(node: Parameters<typeof nodeKey>[0]): string | undefined;
};

const createNodes = (log: Log, accept: (client: Socket, node: ListenerNode) => void): Nodes => {
  const nodes = new Map<string, ListenerNode>();
  const close = async (key: string): Promise<void> => {
    const node = nodes.get(key);
    nodes.delete(key);
    await node?.close();
  };
  const open = async (spec: ListenerNode['spec']): Promise<void> => {
    const node = openNode(spec, accept, log);
    nodes.set(nodeKey(spec), node);
    await node.ready;
    const { problem, ...where } = node.bound();
    if (problem !== undefined) log.warn({ ...where, problem }, 'listening elsewhere');
    else log.debug(where, 'listening');
  };
  return {
    // Closes before it opens: another listener may have taken over the port.
    reconcile: async (plan) => {
      // What could not be opened at all is tried again.
      const alive = [...nodes].filter(([, node]) => node.bound().port !== 0).map(([key]) => key);
      const change = diffNodes(alive, plan);
      const failed = [...nodes.keys()].filter((key) => !alive.includes(key));
      await Promise.all([...change.close, ...failed].map(close));
      await Promise.all(change.open.map(open));
    },
    bound: () => [...nodes.values()].map((node) => node.bound()),
    boundAddress: (spec) => {
      const bound = nodes.get(nodeKey(spec))?.bound();
      return bound?.port ? bound.address : undefined;
    },
  };
};

/** Nothing listens and no timer runs until the first plan is applied. */
export const createDataplane = (options: DataplaneOptions): Dataplane => {
  const { dial, clock, log, random = Math.random, dialTimeout = 10_000 } = options;
  let index: Indexed = indexPlan(empty);
  let plan = empty;
  const board = createHealthBoard();
  const choose = createChooser(board.view, random);
  const flows = createFlows({ dial, clock, dialTimeout, choose, index: () => index });
  const nodes = createNodes(log, flows.accept);
  const prober = createProber({ dial, clock, board, random, boundAddress: nodes.boundAddress });
  const drain = createDrain({ clock, cut: flows.cut });
  const unsubscribe = board.view.onChange((poolId, targetId) => {
    const unhealthy = board.view.of(poolId, targetId)?.status === 'unhealthy';
    if (unhealthy && index.pools.get(poolId)?.cutUnhealthy) flows.cut(targetKey(poolId, targetId));
  });

  // One at a time, each by the plan that is newest when its turn comes.
  let turn: Promise<void> = Promise.resolve();
  const reconcile = (): Promise<void> => (turn = turn.then(() => nodes.reconcile(plan)));
  const take = (next: DataplanePlan): void => {
    const before = index;
    plan = next;
    index = indexPlan(next);
    drain.update(cutsBetween(before, index, clock.now()));
    flows.prune(next);
    prober.update(next);
  };

  return {
    apply: (next) => {
      take(next);
      return reconcile();
    },
    health: board.view,
    bound: nodes.bound,
    counters: flows.counters,
    close: async () => {
      unsubscribe();
      take(empty);
      prober.stop();
      drain.stop();
      await Promise.all([reconcile(), flows.close()]);
    },
  };
};
