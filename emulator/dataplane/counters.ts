// What was counted. A meter belongs to a listener or a target; flows that still run are read, not counted twice.
import type { FlowCounters } from './types.js';

/** The part of a flow that a meter reads. */
export type Metered = { bytesIn(): number; bytesOut(): number };

/** What a meter counts besides flows and bytes. */
export type Countable = Exclude<keyof FlowCounters, 'newFlows' | 'activeFlows' | 'bytesIn' | 'bytesOut' | 'packets'>;

export type Meter<F extends Metered = Metered> = {
  readonly flows: Set<F>;
  count(what: Countable): void;
  begin(flow: F): void;
  end(flow: F): void;
  read(): FlowCounters;
};

const zero = { newFlows: 0, bytesIn: 0, bytesOut: 0, clientResets: 0, targetResets: 0, balancerResets: 0, refused: 0, denied: 0, clientTlsErrors: 0, targetTlsErrors: 0, failOpen: 0, portErrors: 0, strangeIds: 0 };

/** The same in all meters. */
export const count = (meters: readonly Pick<Meter, 'count'>[], what: Countable): void => {
  for (const meter of meters) meter.count(what);
};

/** A meter at zero. */
export const createMeter = <F extends Metered>(): Meter<F> => {
  const total = { ...zero };
  const flows = new Set<F>();
  return {
    flows,
    count: (what) => void (total[what] += 1),
    begin: (flow) => {
      flows.add(flow);
      total.newFlows += 1;
    },
    end: (flow) => {
      if (!flows.delete(flow)) return;
      total.bytesIn += flow.bytesIn();
      total.bytesOut += flow.bytesOut();
    },
    read: () => {
      const now = { ...total, activeFlows: flows.size };
      for (const flow of flows) {
        now.bytesIn += flow.bytesIn();
        now.bytesOut += flow.bytesOut();
      }
      return now;
    },
  };
};

export type Meters<F extends Metered = Metered> = {
  of(key: string): Meter<F>;
  peek(key: string): Meter<F> | undefined;
  all(): Iterable<Meter<F>>;
  /** Forgets those that `keeps` denies and that have no flow left. */
  prune(keeps: (key: string) => boolean): void;
  read(): Record<string, FlowCounters>;
};

/** Meters by key, made when first asked for. */
export const createMeters = <F extends Metered>(): Meters<F> => {
  const meters = new Map<string, Meter<F>>();
  return {
    of: (key) => {
      const known = meters.get(key);
      if (known) return known;
      const meter = createMeter<F>();
      meters.set(key, meter);
      return meter;
    },
    peek: (key) => meters.get(key),
    all: () => meters.values(),
    prune: (keeps) => {
      for (const [key, meter] of meters) if (!keeps(key) && meter.flows.size === 0) meters.delete(key);
    },
    read: () => Object.fromEntries([...meters].map(([key, meter]) => [key, meter.read()])),
  };
};
