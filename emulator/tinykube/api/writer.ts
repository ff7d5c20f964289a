// Group commit: the changes of one tick become one line of the journal.
import { applyChanges, type Change, type Journal, type Tables } from '../../journal.js';
import type { Log } from '../../log.js';

const compactAt = 8 * 1024 * 1024;

type Waiter = { resolve: () => void; reject: (error: unknown) => void };

export type Writer = {
  write(changes: Change[]): void;
  /** Resolves when everything written so far is on disk. */
  durable(): Promise<void>;
  flush(): void;
};

/** `written` is called after each batch that reached the disk. Without a journal only the tick counts. */
export const createWriter = (journal: Journal | undefined, tables: Tables, log: Log, written: () => void): Writer => {
  // Of several writes of one record in one tick the last one counts.
  let pending = new Map<string, Change>();
  let scheduled = false;
  let waiters: Waiter[] = [];
  const store = (): void => {
    if (pending.size > 0) journal?.append([...pending.values()]);
    pending = new Map();
    if (journal && journal.due(compactAt)) journal.compact(tables);
  };
  const flush = (): void => {
    scheduled = false;
    const done = waiters;
    waiters = [];
    try {
      store();
    } catch (error) {
      // What could not be written stays pending: the next flush tries again.
      log.error({ err: error }, 'the cluster state could not be written');
      for (const waiter of done) waiter.reject(error);
      return;
    }
    written();
    for (const waiter of done) waiter.resolve();
  };
  const schedule = (): void => {
    if (!scheduled) setImmediate(flush);
    scheduled = true;
  };
  return {
    write: (changes) => {
      applyChanges(tables, changes);
      if (journal) for (const change of changes) pending.set(`${change.table} ${change.key}`, change);
      schedule();
    },
    durable: () => {
      if (!scheduled && pending.size === 0) return Promise.resolve();
      schedule();
      return new Promise((resolve, reject) => void waiters.push({ resolve, reject }));
    },
    flush,
  };
};
