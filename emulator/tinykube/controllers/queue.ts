// A keyed work queue: keys coalesce, one key never runs twice at once, failures come back later with growing delays.
import type { Clock, Timer } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { Log } from '../../log.js';

export type WorkQueue = {
  add(key: string): void;
  addAfter(key: string, ms: number): void;
  stop(): void;
};

/** What a reconcile may answer: nothing (done), or the ms after which the key wants to be looked at again. */
export type Reconcile = (key: string) => number | undefined | void;

const longestBackoff = 30_000;

/** Keys that wait for their time: the earliest one asked for counts. */
const alarms = (clock: Clock, ring: (key: string) => void) => {
  const waiting = new Map<string, { at: number; timer: Timer }>();
  return {
    set: (key: string, ms: number): void => {
      const at = clock.now() + ms;
      const known = waiting.get(key);
      if (known && known.at <= at) return;
      known?.timer.cancel();
      const timer = clock.after(ms, () => {
        waiting.delete(key);
        ring(key);
      });
      waiting.set(key, { at, timer });
    },
    clear: (): void => {
      for (const { timer } of waiting.values()) timer.cancel();
      waiting.clear();
    },
  };
};

/** One try of a key: the ms after which it wants to be tried again, if it does. */
const trier = (log: Log, reconcile: Reconcile) => {
  const failures = new Map<string, number>();
  return (key: string): number | undefined => {
    try {
      const again = reconcile(key) ?? undefined;
      failures.delete(key);
      return again;
    } catch (error) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      log.warn({ key, error: messageOf(error) }, 'reconcile failed, will retry');
      return Math.min(longestBackoff, 50 * 2 ** Math.min(count, 12));
    }
  };
};

/** Runs `reconcile` for each added key on the next turn of the event loop. */
export const workQueue = (options: { clock: Clock; log: Log; reconcile: Reconcile }): WorkQueue => {
  const ready = new Set<string>();
  const attempt = trier(options.log, options.reconcile);
  let scheduled: NodeJS.Immediate | undefined;
  let stopped = false;

  const drain = (): void => {
    scheduled = undefined;
    const keys = [...ready];
    ready.clear();
    for (const key of keys) {
      const again = stopped ? undefined : attempt(key);
      if (again !== undefined) addAfter(key, again);
    }
  };
  const add = (key: string): void => {
    if (stopped) return;
    ready.add(key);
    scheduled ??= setImmediate(drain);
  };
  const later = alarms(options.clock, add);
  const addAfter = (key: string, ms: number): void => {
    if (!stopped) later.set(key, ms);
  };
  const stop = (): void => {
    stopped = true;
    if (scheduled) clearImmediate(scheduled);
    later.clear();
  };
  return { add, addAfter, stop };
};

/** `namespace/name`, or the bare name of what has no namespace. */
export const keyOf = (object: { metadata: { namespace?: string; name: string } }): string =>
  `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** The two halves of `keyOf`. */
export const splitKey = (key: string): [namespace: string, name: string] => {
  const at = key.indexOf('/');
  return [key.slice(0, at), key.slice(at + 1)];
};
