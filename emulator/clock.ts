// Time, handed in: the only file that may read the wall clock or start a timer.

/** A running timer; `cancel` is safe to call twice. */
export type Timer = { cancel(): void };

/**
 * Milliseconds since the epoch, and timers. Everything that waits takes one, so that a test can
 * steer time by hand.
 */
export type Clock = {
  now(): number;
  /** Runs `fn` once, `ms` from now (at once when `ms` is not positive, but never synchronously). */
  after(ms: number, fn: () => void): Timer;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export const iso = (ms: number): string => new Date(ms).toISOString();

// setTimeout overflows above 2^31-1 ms and would fire at once.
const longest = 2 ** 31 - 1;

const sleepOn = (clock: Pick<Clock, 'after'>) => (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const abort = (): void => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });

const systemAfter = (ms: number, fn: () => void): Timer => {
  const handle = setTimeout(fn, Math.min(Math.max(ms, 0), longest));
  return { cancel: () => clearTimeout(handle) };
};

export const systemClock: Clock = {
  now: () => Date.now(),
  after: systemAfter,
  sleep: sleepOn({ after: systemAfter }),
};

export type ManualClock = Clock & {
  /** Moves time on and runs what falls due, in order of time; lets promise callbacks run between. */
  advance(ms: number): Promise<void>;
  /** How many timers wait. */
  pending(): number;
};

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that stands still until a test moves it. */
export const manualClock = (start = Date.UTC(2026, 0, 1)): ManualClock => {
  let now = start;
  let order = 0;
  const timers = new Set<{ at: number; order: number; fn: () => void }>();
  const after = (ms: number, fn: () => void): Timer => {
    const timer = { at: now + Math.max(ms, 0), order: order++, fn };
    timers.add(timer);
    return { cancel: () => void timers.delete(timer) };
  };
  const due = (until: number) =>
    [...timers].filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at || a.order - b.order)[0];
  return {
    now: () => now,
    after,
    sleep: sleepOn({ after }),
    pending: () => timers.size,
    advance: async (ms) => {
      const until = now + ms;
      await settle();
      for (let next = due(until); next; next = due(until)) {
        timers.delete(next);
        now = Math.max(now, next.at);
        next.fn();
        await settle();
      }
      now = until;
      await settle();
    },
  };
};
