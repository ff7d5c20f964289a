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

/** Runs `reconcile` for each added key on the next turn of the event loop. */
export const workQueue = (options: { clock: Clock; log: Log; reconcile: Reconcile }): WorkQueue => {
  const { clock, log, reconcile } = options;
  const ready = new Set<string>();
  const later = new Map<string, { at: number; timer: Timer }>();
  const failures = new Map<string, number>();
  let scheduled: NodeJS.Immediate | undefined;
  let stopped = false;

  const run = (key: string): void => {
    try {
      const again = reconcile(key);
      failures.delete(key);
      if (again !== undefined) addAfter(key, again);
    } catch (error) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      log.warn({ key, error: messageOf(error) }, 'reconcile failed, will retry');
      addAfter(key, Math.min(longestBackoff, 50 * 2 ** Math.min(count, 12)));
    }
  };

  const drain = (): void => {
    scheduled = undefined;
    const keys = [...ready];
    ready.clear();
    for (const key of keys) if (!stopped) run(key);
  };

  const add = (key: string): void => {
    if (stopped) return;
    ready.add(key);
    scheduled ??= setImmediate(drain);
  };

  const addAfter = (key: string, ms: number): void => {
    if (stopped) return;
    const at = clock.now() + ms;
    const waiting = later.get(key);
    if (waiting && waiting.at <= at) return;
    waiting?.timer.cancel();
    const timer = clock.after(ms, () => {
      later.delete(key);
      add(key);
    });
    later.set(key, { at, timer });
  };

  const stop = (): void => {
    stopped = true;
    if (scheduled) clearImmediate(scheduled);
    for (const { timer } of later.values()) timer.cancel();
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
