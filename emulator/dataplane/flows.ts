// All flows of a data plane: from an accepted client to a chosen target, metered, and swept when idle.
import type { Socket } from 'node:net';
import type { Clock } from '../clock.js';
import { plannedTargets, type Indexed } from './apply.js';
import type { Chooser } from './chooser.js';
import { createMeters } from './counters.js';
import { openFlow, refuse, type Flow } from './flow.js';
import { targetKey } from './health.js';
import type { ListenerNode } from './listener.js';
import { createSweep, type Sweep } from './sweep.js';
import type { Dataplane, DataplanePlan, Dial, Pool } from './types.js';

export type Flows = {
  accept(client: Socket, node: ListenerNode): void;
  /** Resets the flows of one target. */
  cut(key: string): void;
  /** Forgets the counts of what neither the plan nor a flow needs. */
  prune(plan: DataplanePlan): void;
  counters: Dataplane['counters'];
  /** Resets every flow; resolves when their sockets are closed. */
  close(): Promise<void>;
};

export type FlowsOptions = { dial: Dial; clock: Clock; dialTimeout: number; choose: Chooser; index: () => Indexed };

/** The client's own address where the target is to see it and loopback lets us have it, else the node's. */
const sourceAddress = (pool: Pool, client: Socket, address: string): string =>
  pool.preserveClientAddress && client.remoteAddress?.startsWith('127.') ? client.remoteAddress : address;

const createSweeps = ({ clock, index }: FlowsOptions, flowsOf: (id: string) => ReadonlySet<Flow>) => {
  const sweeps = new Map<string, Sweep>();
  const create = (id: string): Sweep => {
    let last = 0;
    // Flows may outlive their listener; they keep the time-out that it had last.
    const idleTimeout = (): number => (last = index().listeners.get(id)?.idleTimeout ?? last);
    return createSweep({ clock, flows: flowsOf(id), idleTimeout });
  };
  return {
    wake: (id: string): void => {
      const sweep = sweeps.get(id) ?? create(id);
      sweeps.set(id, sweep);
      sweep.wake();
    },
    retain: (keeps: (id: string) => boolean): void => {
      for (const [id, sweep] of sweeps) {
        if (keeps(id)) continue;
        sweep.stop();
        sweeps.delete(id);
      }
    },
  };
};

/** No flow yet. */
export const createFlows = (options: FlowsOptions): Flows => {
  const { clock, dial, dialTimeout, choose, index } = options;
  const listeners = createMeters<Flow>();
  const targets = createMeters<Flow>();
  const sweeps = createSweeps(options, (id) => listeners.of(id).flows);
  const closing = new Set<() => void>();
  const ended = (): void => {
    if ([...listeners.all()].every(({ flows }) => flows.size === 0)) for (const done of closing) done();
  };

  const accept = (client: Socket, node: ListenerNode): void => {
    const meter = listeners.of(node.spec.listenerId);
    const choice = closing.size > 0 ? undefined : choose(node, index(), client);
    if (!choice) return refuse(client, [meter]);
    const { pool, target, address } = choice;
    const from = sourceAddress(pool, client, address);
    const connect = (): Socket => dial({ host: target.host, port: target.port }, { from });
    const meters = [meter, targets.of(targetKey(pool.id, target.id))];
    openFlow({ client, connect, meters, clock, dialTimeout, ended: () => closing.size > 0 && ended() });
    sweeps.wake(node.spec.listenerId);
  };

  return {
    accept,
    cut: (key) => {
      for (const flow of targets.peek(key)?.flows ?? []) flow.reset();
    },
    prune: (plan) => {
      const planned = plannedTargets(plan);
      listeners.prune((id) => index().listeners.has(id));
      targets.prune((key) => planned.has(key));
      sweeps.retain((id) => listeners.peek(id) !== undefined);
    },
    counters: () => ({ listeners: listeners.read(), targets: targets.read() }),
    close: () =>
      new Promise((resolve) => {
        closing.add(resolve);
        sweeps.retain(() => false);
        for (const { flows } of listeners.all()) for (const flow of flows) flow.reset();
        ended();
      }),
  };
};
