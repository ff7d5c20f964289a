// A reconcile queue: each key at most once at a time, events that arrive together make one pass. Knows no Kubernetes.
import type { Clock, Timer } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';

/**
 * What a pass says of its key. `done`: nothing to do until the next change. `retry`: again after the key's back-off.
 * `after`: again in so many ms, back-off forgotten. `stop`: failed for good until the next change.
 */
export type Outcome = 'done' | 'retry' | 'stop' | { after: number };

export type Queue = {
  /** Asks for a pass; a key that is being worked on gets one more pass afterwards. */
  add(key: string): void;
  /** Asks for a pass in `ms`, unless one comes sooner. */
  addAfter(key: string, ms: number): void;
  /** Keys that wait or are being worked on, without those that wait for a timer. */
  size(): number;
  /** Stops taking keys, aborts the signal of running passes and waits for them. */
  stop(): Promise<void>;
};

export type QueueOptions = {
  name: string;
  work: (key: string, signal: AbortSignal) => Promise<Outcome>;
  workers: number;
  clock: Clock;
  log: Log;
  /** Delay of the n-th retry in a row is `base * 2^n`, at most `cap`, in ms. */
  backoff?: { base: number; cap: number };
};

type Entry = { state: 'waiting' | 'queued' | 'working'; dirty: boolean; failures: number; timer: Timer | undefined };

/** Makes a queue that works its keys with so many workers. */
export const createQueue = (options: QueueOptions): Queue => {
  const { clock, log, name, workers } = options;
  const backoff = options.backoff ?? { base: 5, cap: 1_000_000 };
  const entries = new Map<string, Entry>();
  const ready: string[] = [];
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  let head = 0;

  const enqueue = (key: string, entry: Entry): void => {
    entry.timer?.cancel();
    entry.timer = undefined;
    entry.state = 'queued';
    ready.push(key);
    pump();
  };

  const wait = (key: string, entry: Entry, ms: number): void => {
    entry.state = 'waiting';
    entry.timer?.cancel();
    entry.timer = clock.after(ms, () => enqueue(key, entry));
  };

  const settle = (key: string, entry: Entry, outcome: Outcome): void => {
    const failures = entry.failures;
    entry.failures = outcome === 'retry' ? failures + 1 : 0;
    if (stopping.signal.aborted) return;
    if (entry.dirty) {
      entry.dirty = false;
      enqueue(key, entry);
    } else if (outcome === 'retry') wait(key, entry, Math.min(backoff.base * 2 ** failures, backoff.cap));
    else if (typeof outcome === 'object') wait(key, entry, outcome.after);
    else entries.delete(key);
  };

  const pass = async (key: string): Promise<Outcome> => {
    try {
      return await options.work(key, stopping.signal);
    } catch (error) {
      if (stopping.signal.aborted) return 'stop';
      log.error({ queue: name, key, err: messageOf(error), stack: error instanceof Error ? error.stack : undefined }, 'reconcile failed');
      return 'retry';
    }
  };

  const run = async (key: string): Promise<void> => {
    const entry = entries.get(key);
    if (!entry) return;
    entry.state = 'working';
    settle(key, entry, await pass(key));
  };

  const next = (): string | undefined => {
    const key = ready[head];
    if (key === undefined) return undefined;
    head += 1;
    if (head > 1024 && head * 2 > ready.length) {
      ready.splice(0, head);
      head = 0;
    }
    return key;
  };

  const pump = (): void => {
    while (running.size < workers && !stopping.signal.aborted) {
      const key = next();
      if (key === undefined) return;
      const job: Promise<void> = Promise.resolve().then(() => run(key)).finally(() => {
        running.delete(job);
        pump();
      });
      running.add(job);
    }
  };

  const open = (key: string): Entry => {
    const found = entries.get(key);
    if (found) return found;
    const entry: Entry = { state: 'waiting', dirty: false, failures: 0, timer: undefined };
    entries.set(key, entry);
    return entry;
  };

  return {
    add: (key) => {
      if (stopping.signal.aborted) return;
      const entry = open(key);
      if (entry.state === 'working') entry.dirty = true;
      else if (entry.state === 'waiting') enqueue(key, entry);
    },
    addAfter: (key, ms) => {
      if (stopping.signal.aborted || entries.has(key)) return;
      wait(key, open(key), ms);
    },
    size: () => ready.length - head + running.size,
    stop: async () => {
      stopping.abort(new Error(`queue ${name} is stopped`));
      for (const entry of entries.values()) entry.timer?.cancel();
      await Promise.all(running);
    },
  };
};
