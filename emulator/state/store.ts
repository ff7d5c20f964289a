// The state of all accounts and regions: immutable records in lowdb, changed in transactions that are on disk before they are seen.
import path from 'node:path';
import { Low } from 'lowdb';
import type { Clock } from '../clock.js';
import { openJournal, type Change, type Journal, type Tables as StoredTables } from '../journal.js';
import type { Log } from '../log.js';
import { createJournalAdapter, memoryJournal } from './adapter.js';
import { takeLock } from './lock.js';
import { createRows, splitKey, type CommittedRows } from './rows.js';
import { readerOf, type IndexedReader, type IndexedTransaction } from './transaction.js';
import type { Partition, Store, StoredChange } from './types.js';
import { createWriter, type Writer } from './writer.js';

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

const fourMegabytes = 4 * 1024 * 1024;

const createSubscribers = (log: Log) => {
  const subscribers = new Set<(changes: readonly StoredChange[]) => void>();
  return {
    add: (fn: (changes: readonly StoredChange[]) => void): (() => void) => {
      const own: typeof fn = (changes) => fn(changes);
      subscribers.add(own);
      return () => void subscribers.delete(own);
    },
    tell: (changes: readonly StoredChange[]): void => {
      for (const fn of [...subscribers]) {
        try {
          fn(changes);
        } catch (error) {
          log.error({ err: error }, 'a subscriber of the store failed');
        }
      }
    },
  };
};

/** Partitions by `account/region`, made when first asked for. */
const createPartitions = (rows: CommittedRows, writer: Writer) => {
  const known = new Map<string, IndexedPartition>();
  const named = (name: string): IndexedPartition => {
    let partition = known.get(name);
    if (partition) return partition;
    const [account = '', region = ''] = name.split('/');
    partition = { account, region, read: readerOf((table) => rows.of(name, table)), update: (change) => writer.update(name, change) };
    known.set(name, partition);
    return partition;
  };
  return { named, all: () => [...known.values()] };
};

/** What lowdb has read, and the way back to disk. */
const openTables = async (journal: Journal, { clock, log, compactAt = fourMegabytes }: StoreOptions) => {
  const onCompactFailure = (error: unknown): void => log.error({ err: error }, 'the state could not be compacted');
  const adapter = createJournalAdapter({ journal, clock, compactAt, onCompactFailure });
  const db = new Low<StoredTables>(adapter, new Map());
  await db.read();
  const write = (changes: readonly Change[]): Promise<void> => {
    adapter.stage(changes);
    return db.write();
  };
  return { tables: db.data, write, recovered: adapter.recovered(), close: adapter.close };
};

const openStore = async (journal: Journal, unlock: () => void, options: StoreOptions): Promise<IndexedStore> => {
  const { tables, write, recovered, close } = await openTables(journal, options);
  const rows = createRows(tables);
  const subscribers = createSubscribers(options.log);
  let revision = 0;
  const changed = (changes: readonly Change[]): void => {
    revision++;
    subscribers.tell(changes.map(({ table, key }) => ({ ...splitKey(table), key })));
  };
  const writer = createWriter({ rows, write, changed });
  const partitions = createPartitions(rows, writer);
  for (const key of [...tables.keys()]) partitions.named(splitKey(key).partition);
  return {
    partition: (account, region) => partitions.named(`${account}/${region}`),
    partitions: partitions.all,
    revision: () => revision,
    subscribe: subscribers.add,
    recovered,
    close: async () => {
      await writer.close();
      close();
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
