// One process per state directory: a lock file that names its holder, taken over when the holder is dead.
import fs from 'node:fs';
import path from 'node:path';
import { codeOf, UserError } from '../errors.js';
import { isAlive, startOf } from '../process-life.js';

const readHolder = (file: string): { text: string; pid: number; start: string } | undefined => {
  try {
    const text = fs.readFileSync(file, 'utf8');
    const [pid = '', start = ''] = text.trim().split(' ');
    return { text, pid: Number(pid), start };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

// A link appears with its content at once, so nobody ever reads an empty lock.
const tryTake = (file: string, mine: string): boolean => {
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, mine, { mode: 0o600 });
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
};

const removeStale = (file: string, stale: string): void => {
  const aside = `${file}.stale-${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  // Somebody else may have taken the lock over between the look and the rename: then it is theirs.
  if (readHolder(aside)?.text !== stale) fs.renameSync(aside, file);
  else fs.rmSync(aside, { force: true });
};

/** Takes the lock of a directory, or throws a UserError that names the process which has it. The answer lets it go. */
export const takeLock = (directory: string): (() => void) => {
  fs.mkdirSync(directory, { recursive: true });
  const file = path.join(directory, 'lock');
  const mine = `${process.pid} ${startOf(process.pid)}\n`;
  while (!tryTake(file, mine)) {
    const holder = readHolder(file);
    if (!holder) continue;
    if (holder.pid > 0 && isAlive(holder.pid, holder.start)) {
      throw new UserError(`The state in ${directory} is in use by process ${holder.pid}.`, {
        hint: 'Stop that one first (nlbox down), or choose another directory with NLBOX_STATE_DIR.',
      });
    }
    removeStale(file, holder.text);
  }
  return () => {
    if (readHolder(file)?.text === mine) fs.rmSync(file, { force: true });
  };
};
