// Changes in line: those that arrive together run one after the other and are one write; then they are seen, told and answered.
import type { Change } from '../journal.js';
import { tableKey, type CommittedRows } from './rows.js';
import { openTransaction, type IndexedTransaction, type Overlay } from './transaction.js';

type Settle = (failure?: { error: unknown }) => void;
type Waiting = { partition: string; change: (tx: IndexedTransaction) => unknown; resolve: (value: unknown) => void; reject: (error: unknown) => void };

// Runs the waiting changes one after the other, each over what those before it did; a throw undoes only its own.
const runBatch = (rows: CommittedRows, waiting: readonly Waiting[]): { changes: Change[]; settle: Settle[] } => {
  const overlays = new Map<string, Overlay>();
  const changes: Change[] = [];
  const settle: Settle[] = [];
  for (const { partition, change, resolve, reject } of waiting) {
    const overlay = overlays.get(partition) ?? new Map();
    overlays.set(partition, overlay);
    const opened = openTransaction((table) => rows.of(partition, table), overlay, (table) => tableKey(partition, table));
    try {
      const value = change(opened.tx);
      changes.push(...opened.changes);
      settle.push((failure) => (failure ? reject(failure.error) : resolve(value)));
    } catch (error) {
      opened.undo();
      settle.push(() => reject(error));
    }
  }
  return { changes, settle };
};

export type WriterOptions = {
  rows: CommittedRows;
  /** Brings one batch to disk. */
  write(changes: readonly Change[]): Promise<void>;
  /** A batch was swapped in. */
  changed(changes: readonly Change[]): void;
};

export type Writer = {
  update<T>(partition: string, change: (tx: IndexedTransaction) => T): Promise<T>;
  /** Refuses further changes and waits for those in line. */
  close(): Promise<void>;
};

/** A failed write changes nothing, and every change of its batch is told so. */
const commit = async ({ rows, write, changed }: WriterOptions, batch: readonly Waiting[]): Promise<void> => {
  const { changes, settle } = runBatch(rows, batch);
  let failure: { error: unknown } | undefined;
  if (changes.length > 0) {
    await write(changes).catch((error: unknown) => void (failure = { error }));
    if (!failure) {
      rows.apply(changes);
      changed(changes);
    }
  }
  for (const done of settle) done(failure);
};

/** Changes wait in one line for all partitions. */
export const createWriter = (options: WriterOptions): Writer => {
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | undefined;
  let closed = false;
  // Waiting for the end of the current round of events lets writes that arrive together be one append.
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
      const batch = waiting;
      waiting = [];
      await commit(options, batch);
    }
    flushing = undefined;
  };
  return {
    update: <T>(partition: string, change: (tx: IndexedTransaction) => T) =>
      new Promise<T>((resolve, reject) => {
        if (closed) {
          reject(new Error('the store is closed'));
          return;
        }
        waiting.push({ partition, change, resolve: resolve as (value: unknown) => void, reject });
        flushing ??= flush();
      }),
    close: async () => {
      closed = true;
      await flushing;
    },
  };
};
