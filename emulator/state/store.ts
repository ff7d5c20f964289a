// The state of all accounts and regions: immutable records in lowdb, changed in transactions that are on disk before they are seen.
import path from 'node:path';
import { Low } from 'lowdb';
import type { Clock } from '../clock.js';
import { openJournal, type Change, type Journal, type Tables as StoredTables } from '../journal.js';
import type { Log } from '../log.js';
import { createJournalAdapter, memoryJournal } from './adapter.js';
import { indexRows, type IndexedRows } from './indexes.js';
import { takeLock } from './lock.js';
import { openTransaction, readerOf, type IndexedReader, type IndexedTransaction, type Overlay } from './transaction.js';
import type { Partition, Store, TableName } from './types.js';

/** A Partition whose readers also answer lookups (`by`) and counts. */
export type IndexedPartition = Omit<Partition, 'read' | 'update'> & {
  read: IndexedReader;
  update<T>(change: (tx: IndexedTransaction) => T): Promise<T>;
};

export type IndexedStore = Omit<Store, 'partition' | 'partitions'> & {
  partition(account: string, region: string): IndexedPartition;
  partitions(): Iterable<IndexedPartition>;
};

export type StoreOptions = { clock: Clock; log: Log; compactAt?: number };

type Waiting = { partition: string; change: (tx: IndexedTransaction) => unknown; resolve: (value: unknown) => void; reject: (error: unknown) => void };

const fourMegabytes = 4 * 1024 * 1024;
const tableKey = (partition: string, table: TableName): string => `${partition}/${table}`;
const splitKey = (key: string): { partition: string; table: TableName } => {
  const cut = key.lastIndexOf('/');
  return { partition: key.slice(0, cut), table: key.slice(cut + 1) as TableName };
};

/** The committed tables with their lookups. */
const createRows = (tables: StoredTables) => {
  const indexed = new Map<string, IndexedRows>();
  const of = (partition: string, table: TableName): IndexedRows => {
    const key = tableKey(partition, table);
    let rows = indexed.get(key);
    if (!rows) {
      const stored = tables.get(key) ?? new Map<string, unknown>();
      tables.set(key, stored);
      indexed.set(key, (rows = indexRows(table, stored)));
    }
    return rows;
  };
  const apply = (changes: readonly Change[]): void => {
    for (const { table: at, key, value } of changes) {
      const { partition, table } = splitKey(at);
      if (value === undefined) of(partition, table).delete(key);
      else of(partition, table).set(key, value);
    }
  };
  return { of, apply };
};
type CommittedRows = ReturnType<typeof createRows>;

/** Runs the waiting changes one after the other, each over what those before it did; a throw undoes only its own. */
const runBatch = (rows: CommittedRows, waiting: readonly Waiting[]): { changes: Change[]; settle: ((failure?: { error: unknown }) => void)[] } => {
  const overlays = new Map<string, Overlay>();
  const changes: Change[] = [];
  const settle: ((failure?: { error: unknown }) => void)[] = [];
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

const createSubscribers = (log: Log) => {
  const subscribers = new Set<() => void>();
  return {
    add: (fn: () => void): (() => void) => {
      const own = (): void => fn();
      subscribers.add(own);
      return () => void subscribers.delete(own);
    },
    tell: (): void => {
      for (const fn of [...subscribers]) {
        try {
          fn();
        } catch (error) {
          log.error({ err: error }, 'a subscriber of the store failed');
        }
      }
    },
  };
};

const openStore = async (journal: Journal, unlock: () => void, options: StoreOptions): Promise<IndexedStore> => {
  const { clock, log } = options;
  const adapter = createJournalAdapter({
    journal,
    clock,
    compactAt: options.compactAt ?? fourMegabytes,
    onCompactFailure: (error) => log.error({ err: error }, 'the state could not be compacted'),
  });
  const db = new Low<StoredTables>(adapter, new Map());
  await db.read();
  const rows = createRows(db.data);
  const subscribers = createSubscribers(log);
  const partitions = new Map<string, IndexedPartition>();
  let revision = 0;
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | undefined;
  let closed = false;

  const commit = async (batch: readonly Waiting[]): Promise<void> => {
    const { changes, settle } = runBatch(rows, batch);
    let failure: { error: unknown } | undefined;
    if (changes.length > 0) {
      adapter.stage(changes);
      await db.write().catch((error: unknown) => void (failure = { error }));
    }
    if (changes.length > 0 && !failure) {
      rows.apply(changes);
      revision++;
      subscribers.tell();
    }
    for (const done of settle) done(failure);
  };
  // Waiting for the end of the current round of events lets writes that arrive together be one append.
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
      const batch = waiting;
      waiting = [];
      await commit(batch);
    }
    flushing = undefined;
  };
  const partition = (account: string, region: string): IndexedPartition => {
    const name = `${account}/${region}`;
    let known = partitions.get(name);
    if (known) return known;
    known = {
      account,
      region,
      read: readerOf((table) => rows.of(name, table)),
      update: <T>(change: (tx: IndexedTransaction) => T) =>
        new Promise<T>((resolve, reject) => {
          if (closed) {
            reject(new Error('the store is closed'));
            return;
          }
          waiting.push({ partition: name, change, resolve: resolve as (value: unknown) => void, reject });
          flushing ??= flush();
        }),
    };
    partitions.set(name, known);
    return known;
  };

  for (const key of [...db.data.keys()]) {
    const [account = '', region = ''] = splitKey(key).partition.split('/');
    partition(account, region);
  }
  return {
    partition,
    partitions: () => [...partitions.values()],
    revision: () => revision,
    subscribe: subscribers.add,
    recovered: adapter.recovered(),
    close: async () => {
      if (closed) return;
      closed = true;
      await flushing;
      adapter.close();
      unlock();
    },
  };
};

/** Opens the state of a directory; throws a UserError when another process has it. */
export const createStore = async (options: StoreOptions & { directory: string }): Promise<IndexedStore> => {
  const unlock = takeLock(options.directory);
  try {
    return await openStore(openJournal(path.join(options.directory, 'state')), unlock, options);
  } catch (error) {
    unlock();
    throw error;
  }
};

/** A store that is gone with the process. */
export const createMemoryStore = (options: StoreOptions & { journal?: Journal }): Promise<IndexedStore> =>
  openStore(options.journal ?? memoryJournal(), () => {}, options);
