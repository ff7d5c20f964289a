// The nodes as machines: which there are, which are switched off, told from the Node objects alone.
import type { WatchEvent } from '../types.js';
import { stopAll, type Context, type Running } from '../controllers/context.js';
import { recorder, type Recorder } from '../controllers/events.js';
import type { Node } from '../controllers/kinds.js';
import { planOf, stoppedAnnotation, type NodePlan } from './nodes.js';

export type Machine = { plan: NodePlan; record: Recorder };

export type Machines = Running & {
  /** One that is there and switched on. */
  get(name: string): Machine | undefined;
  running(): readonly NodePlan[];
};

export type MachineChanges = {
  started(machine: Machine): void;
  /** Switched off, or gone for good. */
  stopped(plan: NodePlan, gone: boolean): void;
};

const isOff = (node: Node): boolean => node.metadata.annotations?.[stoppedAnnotation] === 'true' || node.metadata.deletionTimestamp !== undefined;

/** Follows the Node objects that are ours; those that are there are started at once. */
export const followMachines = (context: Context, loopback: number, changes: MachineChanges): Machines => {
  const { api } = context;
  const running = new Map<string, Machine>();

  const stop = (name: string, gone: boolean): void => {
    const machine = running.get(name);
    if (!machine) return;
    running.delete(name);
    changes.stopped(machine.plan, gone);
  };

  const look = ({ type, object }: Pick<WatchEvent, 'type' | 'object'>): void => {
    const node = object as Node;
    const { name } = node.metadata;
    const plan = planOf(node, loopback);
    if (!plan) return;
    if (type === 'DELETED') {
      if (!running.has(name)) return changes.stopped(plan, true);
      return stop(name, true);
    }
    if (isOff(node)) return stop(name, false);
    if (running.has(name)) return;
    const machine = { plan, record: recorder(context, 'kubelet', name) };
    running.set(name, machine);
    changes.started(machine);
  };

  for (const object of api.list('nodes')) look({ type: 'ADDED', object });
  const unwatch = api.watch('nodes', look);
  return { ...stopAll([unwatch]), get: (name) => running.get(name), running: () => [...running.values()].map(({ plan }) => plan) };
};
