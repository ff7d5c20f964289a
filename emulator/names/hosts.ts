// The hosts file on disk: one block of ours, written whole or not at all, gone when the run ends.
import fs from 'node:fs';
import { codeOf } from '../errors.js';
import { isAlive } from '../process-life.js';
import { blocksIn, withBlock, withoutBlocks, type HostsEntry, type Mark } from './block.js';

export type HostsBlock = {
  /** Replaces the block; does not touch the file when nothing changes. */
  set(entries: readonly HostsEntry[]): void;
  remove(): void;
};

/** Whether this user may change the file. */
export const writable = (file: string): boolean => {
  try {
    fs.accessSync(file, fs.constants.R_OK | fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

// In a container the hosts file is a mount of its own: it cannot be renamed over, nor may its folder take a second file.
const inPlaceOnly = new Set(['EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS']);

const writeWhole = (file: string, text: string, rename: typeof fs.renameSync): void => {
  const temporary = `${file}.nlbox-${process.pid}`;
  try {
    const { mode, uid, gid } = fs.statSync(file);
    fs.writeFileSync(temporary, text, { mode });
    fs.chmodSync(temporary, mode);
    if (uid !== process.getuid?.()) fs.chownSync(temporary, uid, gid);
    rename(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    if (!inPlaceOnly.has(codeOf(error) ?? '')) throw error;
    fs.writeFileSync(file, text);
  }
};

const change = (file: string, edit: (text: string) => string, rename = fs.renameSync): void => {
  // A link (/etc/hosts on some systems) stays a link.
  const real = fs.realpathSync(file);
  const before = fs.readFileSync(real, 'utf8');
  const after = edit(before);
  if (after !== before) writeWhole(real, after, rename);
};

/** Takes out the blocks of runs that have died. Answers with their ids. */
export const removeStale = (file: string, alive: (pid: number) => boolean = isAlive): string[] => {
  const stale: string[] = [];
  change(file, (text) => {
    stale.push(...blocksIn(text).filter(({ pid }) => !alive(pid)).map(({ id }) => id));
    return stale.length === 0 ? text : withoutBlocks(text, ({ pid }) => !alive(pid));
  });
  return stale;
};

/** The block of the run `id` in `file`. `rename` is the system's unless somebody hands in another. */
export const createHostsBlock = ({ file, id, rename }: { file: string; id: string; rename?: typeof fs.renameSync }): HostsBlock => {
  const mark: Mark = { id, pid: process.pid };
  return {
    set: (entries) => change(file, (text) => withBlock(text, mark, entries), rename),
    remove: () => change(file, (text) => withoutBlocks(text, (other) => other.id === id), rename),
  };
};
