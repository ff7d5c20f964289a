// Runs one probe again and again through the clock, and says when a threshold is reached.
import type { Clock, Timer } from '../../clock.js';
import type { Probe } from '../controllers/kinds.js';
import type { Attempt } from './probe.js';

export type Prober = { stop(): void };

export type ProberOptions = {
  clock: Clock;
  probe: Probe;
  attempt(): Promise<Attempt>;
  /** Each failed attempt. */
  onFailure(saw: string): void;
  /** So many results in a row as the threshold asks for, and again with each further one. */
  onThreshold(ok: boolean): void;
};

/** Starts probing after the initial delay. */
export const startProber = ({ clock, probe, attempt, onFailure, onThreshold }: ProberOptions): Prober => {
  let stopped = false;
  let timer: Timer | undefined;
  let row = { ok: true, count: 0 };

  const judge = ({ ok, saw }: Attempt): void => {
    row = ok === row.ok ? { ok, count: row.count + 1 } : { ok, count: 1 };
    if (!ok) onFailure(saw);
    const needed = ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (row.count >= needed && !stopped) onThreshold(ok);
  };

  const round = async (): Promise<void> => {
    const result = await attempt();
    if (stopped) return;
    judge(result);
    if (!stopped) timer = clock.after((probe.periodSeconds ?? 10) * 1000, () => void round());
  };

  const delay = (probe.initialDelaySeconds ?? 0) * 1000;
  if (delay > 0) timer = clock.after(delay, () => void round());
  else void round();
  return {
    stop: () => {
      stopped = true;
      timer?.cancel();
    },
  };
};
