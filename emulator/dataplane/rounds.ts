// Whose turn it is to be probed: each target on its interval, never two probes at once on one.
import type { Clock } from '../clock.js';
import type { HealthBoard } from './health.js';
import { startProbe, type ProbeOutcome, type ProbeRequest } from './probe.js';
import { createSchedule } from './schedule.js';
import type { Dial, Target } from './types.js';

/** The load balancer node that probes a target: its planned address and port, and the listener it belongs to. */
export type Source = { listenerId: string; address: string; port: number } | undefined;

export type Watched = { poolId: string; target: Target; source: Source; due: number; cancel?: (() => void) | undefined; gone: boolean };

export type ProberOptions = {
  dial: Dial;
  clock: Clock;
  board: HealthBoard;
  /** Spreads the probes; answers 0 to 1 like Math.random. */
  random: () => number;
  /** Where a listener's node really is: what it could bind it can also dial from. undefined: it is not open. */
  boundAddress?: (node: { listenerId: string; address: string; port: number }) => string | undefined;
};

export type Rounds = {
  /** The target's next probe is at `due`, whatever was planned before. */
  plan(one: Watched, due: number): void;
  /** Starts what is due. */
  run(): void;
  clear(): void;
};

/** Nobody's turn yet. */
export const createRounds = (options: ProberOptions): Rounds => {
  const { clock, board, random, boundAddress } = options;
  const plan = (one: Watched, due: number): void => {
    one.due = due;
    schedule.add(due, { one, due });
  };
  const probed = (one: Watched, startedAt: number, outcome: ProbeOutcome): void => {
    one.cancel = undefined;
    const { id, healthCheck } = one.target;
    // Up to a fifth early, so that targets which came together drift apart.
    plan(one, Math.max(startedAt + healthCheck.interval * (0.8 + 0.2 * random()), clock.now()));
    board.record(one.poolId, id, healthCheck, { at: clock.now(), ...outcome });
  };
  const requestOf = ({ target, source }: Watched): ProbeRequest => ({ host: target.host, check: target.healthCheck, source, from: source && boundAddress?.(source) });
  const start = (one: Watched): void => {
    const startedAt = clock.now();
    one.cancel = startProbe(options, requestOf(one), (outcome) => probed(one, startedAt, outcome));
  };
  // An entry whose turn was moved leaves its old item in the heap; the due time tells them apart.
  const fire = ({ one, due }: { one: Watched; due: number }): void => {
    if (!one.gone && !one.cancel && one.due === due) start(one);
  };
  const schedule = createSchedule<{ one: Watched; due: number }>({ clock, burst: 64, gap: 2, fire });
  return { plan, run: schedule.run, clear: schedule.clear };
};
