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

/** First in, first out; taking one costs the same however many wait. */
const createLine = () => {
  const keys: string[] = [];
  let head = 0;
  return {
    push: (key: string): void => void keys.push(key),
    size: (): number => keys.length - head,
    next: (): string | undefined => {
      const key = keys[head];
      if (key === undefined) return undefined;
      head += 1;
      if (head > 1024 && head * 2 > keys.length) {
        keys.splice(0, head);
        head = 0;
      }
      return key;
    },
  };
};

type Inside = QueueOptions & {
  backoff: { base: number; cap: number };
  entries: Map<string, Entry>;
  line: ReturnType<typeof createLine>;
  running: Set<Promise<void>>;
  stopping: AbortController;
};

const enqueue = (inside: Inside, key: string, entry: Entry): void => {
  entry.timer?.cancel();
  entry.timer = undefined;
  entry.state = 'queued';
  inside.line.push(key);
  pump(inside);
};

const wait = (inside: Inside, key: string, entry: Entry, ms: number): void => {
  entry.state = 'waiting';
  entry.timer?.cancel();
  entry.timer = inside.clock.after(ms, () => enqueue(inside, key, entry));
};

const settle = (inside: Inside, key: string, entry: Entry, outcome: Outcome): void => {
  const { entries, stopping, backoff } = inside;
  const failures = entry.failures;
  entry.failures = outcome === 'retry' ? failures + 1 : 0;
  if (stopping.signal.aborted) return;
  if (entry.dirty) {
    entry.dirty = false;
    enqueue(inside, key, entry);
  } else if (outcome === 'retry') wait(inside, key, entry, Math.min(backoff.base * 2 ** failures, backoff.cap));
  else if (typeof outcome === 'object') wait(inside, key, entry, outcome.after);
  else entries.delete(key);
};

const pass = async ({ work, log, name, stopping }: Inside, key: string): Promise<Outcome> => {
  try {
    return await work(key, stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) return 'stop';
    log.error({ queue: name, key, err: messageOf(error), stack: error instanceof Error ? error.stack : undefined }, 'reconcile failed');
    return 'retry';
  }
};

const run = async (inside: Inside, key: string): Promise<void> => {
  const entry = inside.entries.get(key);
  if (!entry) return;
  entry.state = 'working';
  settle(inside, key, entry, await pass(inside, key));
};

/** Gives keys to workers that are free; each asks for more when it is done. */
const pump = (inside: Inside): void => {
  const { running, workers, line, stopping } = inside;
  while (running.size < workers && !stopping.signal.aborted) {
    const key = line.next();
    if (key === undefined) return;
    const job: Promise<void> = Promise.resolve().then(() => run(inside, key)).finally(() => {
      running.delete(job);
      pump(inside);
    });
    running.add(job);
  }
};

const entryOf = ({ entries }: Inside, key: string): Entry => {
  const found = entries.get(key);
  if (found) return found;
  const entry: Entry = { state: 'waiting', dirty: false, failures: 0, timer: undefined };
  entries.set(key, entry);
  return entry;
};

/** Makes a queue that works its keys with so many workers. */
export const createQueue = (options: QueueOptions): Queue => {
  const backoff = options.backoff ?? { base: 5, cap: 1_000_000 };
  const inside: Inside = { ...options, backoff, entries: new Map(), line: createLine(), running: new Set(), stopping: new AbortController() };
  const { entries, line, running, stopping } = inside;
  return {
    add: (key) => {
      if (stopping.signal.aborted) return;
      const entry = entryOf(inside, key);
      if (entry.state === 'working') entry.dirty = true;
      else if (entry.state === 'waiting') enqueue(inside, key, entry);
    },
    addAfter: (key, ms) => {
      if (stopping.signal.aborted || entries.has(key)) return;
      wait(inside, key, entryOf(inside, key), ms);
    },
    size: () => line.size() + running.size,
    stop: async () => {
      stopping.abort(new Error(`queue ${options.name} is stopped`));
      for (const entry of entries.values()) entry.timer?.cancel();
      await Promise.all(running);
    },
  };
};
