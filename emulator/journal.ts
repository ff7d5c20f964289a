// Durable tables: a snapshot plus an append-only journal of changes. A write costs what it changes, not what is stored.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { messageOf } from './errors.js';

/** One record put (value) or removed (undefined). */
export type Change = { table: string; key: string; value?: unknown };

export type Tables = Map<string, Map<string, unknown>>;

export type Journal = {
  /** Everything on disk: each whole batch counts, a damaged one is passed over. `recovered` names files that were set aside and why. */
  load(): { tables: Tables; recovered: string[] };
  /** Appends one batch as one line; after this returns the batch survives the death of the process. */
  append(changes: readonly Change[]): void;
  /** Writes a new snapshot of `tables` and empties the journal. */
  compact(tables: Tables): void;
  /**
   * Whether a compaction pays: at least so many bytes have been appended since the last one, and as many as the snapshot
   * has. So what compactions cost all together grows with what is written, not with its square.
   */
  due(least: number): boolean;
  close(): void;
};

const checksum = (text: string): string => createHash('sha1').update(text).digest('hex').slice(0, 8);

const encode = (value: unknown): string => {
  const text = JSON.stringify(value);
  return `${checksum(text)} ${text}\n`;
};

/** The value of one line, or undefined when the line is cut or damaged. */
const decode = (line: string): unknown => {
  const text = line.slice(9);
  if (line[8] !== ' ' || checksum(text) !== line.slice(0, 8)) return undefined;
  return JSON.parse(text) as unknown;
};

export const applyChanges = (tables: Tables, changes: readonly Change[]): void => {
  for (const { table, key, value } of changes) {
    let rows = tables.get(table);
    if (!rows) tables.set(table, (rows = new Map()));
    if (value === undefined) rows.delete(key);
    else rows.set(key, value);
  }
};

const readLines = (file: string): { batches: Change[][]; damaged: boolean } => {
  const batches: Change[][] = [];
  if (!fs.existsSync(file)) return { batches, damaged: false };
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const tail = lines.pop();
  let damaged = tail !== '' && tail !== undefined;
  for (const line of lines) {
    const batch = decode(line);
    if (batch === undefined) damaged = true;
    else batches.push(batch as Change[]);
  }
  return { batches, damaged };
};

/** `kept` is false where there was no room for a copy. */
const setAside = (file: string): { kept: boolean; text: string } => {
  const aside = `${file}.damaged-${process.pid}`;
  const damaged = `${path.basename(file)} was damaged, every whole record counts:`;
  try {
    fs.copyFileSync(file, aside);
    return { kept: true, text: `${damaged} kept as ${path.basename(aside)}` };
  } catch (error) {
    fs.rmSync(aside, { force: true });
    return { kept: false, text: `${damaged} left as it is, because it could not be copied (${messageOf(error)})` };
  }
};

const snapshotBatches = function* (tables: Tables): Generator<Change[]> {
  for (const [table, rows] of tables) {
    let batch: Change[] = [];
    for (const [key, value] of rows) {
      batch.push({ table, key, value });
      if (batch.length === 500) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  }
};

// A full disk takes a part of a write without an error, and only refuses the next one.
const writeWhole = (file: number, text: string): number => {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(file, bytes, at);
  return bytes.length;
};

const writeSnapshot = (name: string, tables: Tables): void => {
  const file = fs.openSync(name, 'w', 0o600);
  try {
    for (const batch of snapshotBatches(tables)) writeWhole(file, encode(batch));
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
};

// The new name must be on disk before the journal is emptied, or a power cut could leave neither.
const syncFolder = (name: string): void => {
  const folder = fs.openSync(name, 'r');
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
};

/** The two files, and what is known of them without looking. */
type Files = {
  snapshot: string;
  journal: string;
  /** Of the journal, from the first write on. */
  handle: number | undefined;
  journalBytes: number;
  snapshotBytes: number;
  /** Half a line at the end: what is appended next begins a line of its own, or it would be lost with that half. */
  torn: boolean;
};

const sizeOf = (file: string): number => (fs.existsSync(file) ? fs.statSync(file).size : 0);

const openHandle = (files: Files): number => (files.handle ??= fs.openSync(files.journal, 'a', 0o600));

const compact = (files: Files, tables: Tables): void => {
  const temporary = `${files.snapshot}.tmp`;
  try {
    writeSnapshot(temporary, tables);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  fs.renameSync(temporary, files.snapshot);
  syncFolder(path.dirname(files.snapshot));
  files.snapshotBytes = sizeOf(files.snapshot);
  // A death between the rename and this line replays changes that the snapshot holds already: harmless.
  fs.ftruncateSync(openHandle(files));
  files.journalBytes = 0;
  files.torn = false;
};

const load = (files: Files): ReturnType<Journal['load']> => {
  const tables: Tables = new Map();
  const recovered: ReturnType<typeof setAside>[] = [];
  for (const file of [files.snapshot, files.journal]) {
    const { batches, damaged } = readLines(file);
    for (const batch of batches) applyChanges(tables, batch);
    if (damaged) recovered.push(setAside(file));
  }
  files.torn = recovered.length > 0;
  if (files.torn && recovered.every(({ kept }) => kept)) compact(files, tables);
  files.journalBytes = sizeOf(files.journal);
  files.snapshotBytes = sizeOf(files.snapshot);
  return { tables, recovered: recovered.map(({ text }) => text) };
};

const append = (files: Files, changes: readonly Change[]): void => {
  const line = `${files.torn ? '\n' : ''}${encode(changes)}`;
  files.torn = true;
  files.journalBytes += writeWhole(openHandle(files), line);
  files.torn = false;
};

/** `base` is a path without ending: `<base>.snapshot` and `<base>.journal` are made beside each other. */
export const openJournal = (base: string): Journal => {
  fs.mkdirSync(path.dirname(base), { recursive: true });
  const files: Files = { snapshot: `${base}.snapshot`, journal: `${base}.journal`, handle: undefined, journalBytes: 0, snapshotBytes: 0, torn: false };
  return {
    load: () => load(files),
    append: (changes) => append(files, changes),
    compact: (tables) => compact(files, tables),
    due: (least) => files.journalBytes > Math.max(least, files.snapshotBytes),
    close: () => {
      if (files.handle !== undefined) fs.closeSync(files.handle);
      files.handle = undefined;
    },
  };
};
