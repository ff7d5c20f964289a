// An overlay over a partition's tables: reads its own writes, touches nothing below until its changes are applied.
import type { Change } from '../journal.js';
import { lookupValues, type IndexedRows, type LookupName } from './indexes.js';
import type { Reader, TableName, Tables, Transaction } from './types.js';

/** A Reader that also finds rows by a lookup, in order of insertion, at a cost that does not grow with the table. */
export type IndexedReader = Reader & {
  by<T extends TableName>(table: T, lookup: LookupName<T>, value: string): Tables[T][];
  count(table: TableName): number;
};
export type IndexedTransaction = IndexedReader & Transaction;

export type RowsOf = (table: TableName) => IndexedRows;

/** Reads what is committed. */
export const readerOf = (rowsOf: RowsOf): IndexedReader => ({
  get: <T extends TableName>(table: T, key: string) => rowsOf(table).rows.get(key) as Tables[T] | undefined,
  list: <T extends TableName>(table: T) => rowsOf(table).rows.values() as Iterable<Tables[T]>,
  by: <T extends TableName>(table: T, lookup: LookupName<T>, value: string) => {
    const { rows, keysOf } = rowsOf(table);
    return [...keysOf(lookup, value)].map((key) => rows.get(key) as Tables[T]);
  },
  count: (table) => rowsOf(table).rows.size,
});

/** Values by table and key; undefined is a removal. */
export type Overlay = Map<TableName, Map<string, unknown>>;

const overlayOf = (overlay: Overlay, table: TableName): Map<string, unknown> => {
  let rows = overlay.get(table);
  if (!rows) overlay.set(table, (rows = new Map()));
  return rows;
};

const listThrough = function* (base: Map<string, unknown>, changed: Map<string, unknown> | undefined): Generator<unknown> {
  for (const [key, record] of base) {
    const value = changed?.has(key) ? changed.get(key) : record;
    if (value !== undefined) yield value;
  }
  for (const [key, value] of changed ?? []) if (value !== undefined && !base.has(key)) yield value;
};

const findThrough = (rows: IndexedRows, changed: Map<string, unknown> | undefined, table: TableName, lookup: string, value: string): unknown[] => {
  const keys = new Set([...rows.keysOf(lookup, value)].filter((key) => !changed?.has(key)));
  const found = [...keys].map((key) => rows.rows.get(key));
  for (const record of changed?.values() ?? []) {
    if (record !== undefined && lookupValues(table, lookup, record).includes(value)) found.push(record);
  }
  return found;
};

const countThrough = (base: Map<string, unknown>, changed: Map<string, unknown> | undefined): number => {
  let count = base.size;
  for (const [key, value] of changed ?? []) count += (value === undefined ? 0 : 1) - (base.has(key) ? 1 : 0);
  return count;
};

/** A transaction over `rowsOf` and over what earlier transactions of the same batch have put into `overlay`. */
export const openTransaction = (rowsOf: RowsOf, overlay: Overlay, tableKey: (table: TableName) => string): { tx: IndexedTransaction; changes: Change[]; undo(): void } => {
  const changes: Change[] = [];
  const before: { rows: Map<string, unknown>; key: string; had: boolean; value: unknown }[] = [];
  const write = (table: TableName, key: string, value: unknown): void => {
    const rows = overlayOf(overlay, table);
    before.push({ rows, key, had: rows.has(key), value: rows.get(key) });
    rows.set(key, value);
    changes.push({ table: tableKey(table), key, value });
  };
  const tx: IndexedTransaction = {
    get: <T extends TableName>(table: T, key: string) => {
      const changed = overlay.get(table);
      return (changed?.has(key) ? changed.get(key) : rowsOf(table).rows.get(key)) as Tables[T] | undefined;
    },
    list: <T extends TableName>(table: T) => listThrough(rowsOf(table).rows, overlay.get(table)) as Iterable<Tables[T]>,
    by: <T extends TableName>(table: T, lookup: LookupName<T>, value: string) =>
      findThrough(rowsOf(table), overlay.get(table), table, lookup, value) as Tables[T][],
    count: (table) => countThrough(rowsOf(table).rows, overlay.get(table)),
    put: (table, key, record) => write(table, key, record),
    delete: (table, key) => {
      if (tx.get(table, key) !== undefined) write(table, key, undefined);
    },
  };
  const undo = (): void => {
    for (const { rows, key, had, value } of before.reverse()) {
      if (had) rows.set(key, value);
      else rows.delete(key);
    }
  };
  return { tx, changes, undo };
};
