// Forgets idle flows: one look per listener at byte counts, armed only while flows exist. No work per packet.
import type { Clock, Timer } from '../clock.js';
import type { Flow } from './flow.js';

export type Sweep = {
  /** A flow began: makes sure that somebody looks. */
  wake(): void;
  stop(): void;
};

const looksPerTimeout = 64;

const look = (flow: Flow, now: number, idleTimeout: number): void => {
  const bytes = flow.bytesIn() + flow.bytesOut();
  if (bytes !== flow.seen) {
    flow.seen = bytes;
    flow.activeAt = now;
  } else if (now - flow.activeAt >= Math.min(idleTimeout, flow.idleTimeout ?? Infinity)) flow.reset('idle');
};

/** A flow without a byte for `idleTimeout()` ms is reset on both sides, late by a sixty-fourth of that time for each of its two looks at most. */
export const createSweep = (options: { clock: Clock; flows: ReadonlySet<Flow>; idleTimeout: () => number }): Sweep => {
  const { clock, flows, idleTimeout } = options;
  let timer: Timer | undefined;
  const wake = (): void => {
    timer ??= clock.after(Math.ceil(idleTimeout() / looksPerTimeout), sweep);
  };
  const sweep = (): void => {
    timer = undefined;
    for (const flow of flows) look(flow, clock.now(), idleTimeout());
    if (flows.size > 0) wake();
  };
  return {
    wake,
    stop: () => {
      timer?.cancel();
      timer = undefined;
    },
  };
};
