// The seam between the data plane and what carries its connections, and how the answers of several carriers become one.
import type { Indexed } from './apply.js';
import type { Bound, Dataplane, DataplanePlan, FlowCounters, FlowTrace, Listener, PlanChanges, Pool } from './types.js';

/** Carries the listeners that it is given; health, draining and the choice of the carrier are decided elsewhere. */
export type Carrier = Pick<Dataplane, 'bound' | 'counters' | 'trace' | 'refresh' | 'close'> & {
  /** Learns of a plan at once, before anything is opened: new flows go by it from now on. `changes` has all that is not as before. */
  take(index: Indexed, changes: PlanChanges): void;
  /** Resolves when the newest plan is carried out. */
  reconcile(): Promise<void>;
  /** Ends the flows of one target. */
  cut(key: string, how: string): void;
  /** From where a listener's node may dial; undefined when it is not this carrier's, or is not open. */
  boundAddress(node: { listenerId: string; address: string; port: number }): string | undefined;
};

/** The kernel's carrier also says what it does not take, and what stands in its way. */
export type KernelCarrier = Carrier & {
  /** Why the kernel refused a listener of the plan while running; undefined: it did not. What left the plan is forgotten. */
  refusals(plan: DataplanePlan): (listener: Listener, pools: readonly Pool[]) => string | undefined;
  problems(): string[];
};

const sum = (one: FlowCounters, other: FlowCounters): FlowCounters => {
  const all: Record<string, number> = { ...one };
  for (const [name, value] of Object.entries(other)) all[name] = (all[name] ?? 0) + value;
  return all as FlowCounters;
};

const merge = (all: readonly Record<string, FlowCounters>[]): Record<string, FlowCounters> => {
  const merged: Record<string, FlowCounters> = {};
  for (const [key, counters] of all.flatMap((one) => Object.entries(one))) {
    const before = merged[key];
    merged[key] = before ? sum(before, counters) : counters;
  }
  return merged;
};

type Counted = ReturnType<Dataplane['counters']>;

/** A target may be reached by several carriers, and a listener may have changed its own. */
export const mergeCounted = (counted: readonly Counted[]): Counted => {
  const [only] = counted;
  if (only && counted.length === 1) return only;
  return { listeners: merge(counted.map((one) => one.listeners)), zones: merge(counted.map((one) => one.zones)), targets: merge(counted.map((one) => one.targets)) };
};

export const countersOf = (carriers: readonly Carrier[]): Counted => mergeCounted(carriers.map((one) => one.counters()));

export const boundOf = (carriers: readonly Carrier[]): Bound[] => carriers.flatMap((one) => one.bound());

export const traceOf = (carriers: readonly Carrier[]): FlowTrace[] =>
  carriers.length === 1 ? (carriers[0]?.trace() ?? []) : carriers.flatMap((one) => one.trace()).sort((one, other) => one.at - other.at);
