// The kernel engine's own table: its name says whose it is, so that what a dead run left can be told from what lives.
import fs from 'node:fs';
import { isAlive, startOf } from '../../process-life.js';
import type { Table } from './changes.js';
import type { Commands } from './commands.js';
import { parseTables } from './read.js';

// A pid says nothing in another pid namespace, so that one is in the name too.
const pidNamespace = (): string => {
  try {
    return /\d+/.exec(fs.readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
};

/** `runId` is the same for each run of one state directory: 8 hexadecimal digits. */
export const tableOf = (runId: string): Table => ({
  name: ['nlbox', runId, pidNamespace(), process.pid, startOf(process.pid)].join('_'),
  owner: 1 + (Number.parseInt(runId, 16) % 255),
});

const isLeftover = (name: string, runId: string | undefined): boolean => {
  const [, run, namespace, pid, start] = /^nlbox_([0-9a-f]{8})_(\d+)_(\d+)_(\d*?)(?:_try)?$/.exec(name) ?? [];
  if (run === undefined) return false;
  // One state directory has one run at a time.
  return run === runId || (namespace === pidNamespace() && !isAlive(Number(pid), start));
};

/** Removes the tables of runs that are no more, and those of an earlier run of `runId`. Answers their names. */
export const removeLeftoverTables = async (commands: Commands, runId: string): Promise<string[]> => {
  const listed = await commands.batch([{ list: { tables: { family: 'ip' } } }]);
  const left = listed.ok ? parseTables(listed.stdout).filter((name) => isLeftover(name, runId)) : [];
  for (const name of left) await commands.batch([{ delete: { table: { family: 'ip', name } } }]);
  return left;
};
