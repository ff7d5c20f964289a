// The committed tables of all partitions, with their lookups: changed only by batches that are on disk.
import type { Change, Tables as StoredTables } from '../journal.js';
import { indexRows, type IndexedRows } from './indexes.js';
import type { TableName } from './types.js';

export const tableKey = (partition: string, table: TableName): string => `${partition}/${table}`;

/** The partition and the table that a stored table's name stands for. */
export const splitKey = (key: string): { partition: string; table: TableName } => {
  const cut = key.lastIndexOf('/');
  return { partition: key.slice(0, cut), table: key.slice(cut + 1) as TableName };
};

export type CommittedRows = {
  of(partition: string, table: TableName): IndexedRows;
  apply(changes: readonly Change[]): void;
};

/** Takes `tables` over; lookups of a table are built when it is first used. */
export const createRows = (tables: StoredTables): CommittedRows => {
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
