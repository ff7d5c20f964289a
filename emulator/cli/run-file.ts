// What a running nlbox leaves for the other commands: run.json in the state directory.
import fs from 'node:fs';
import path from 'node:path';
import { systemClock } from '../clock.js';
import { defaultConfig } from '../config.js';
import { UserError } from '../errors.js';
import { isAlive } from '../process-life.js';

/** `start` tells the process from a later one with its pid. */
export type RunFile = { pid: number; start: string; endpoint: string; token: string; hostsFile: string; keep: boolean };

export type StateOptions = { stateDir?: string };

export const stateDirOf = (options: StateOptions): string => path.resolve(options.stateDir ?? defaultConfig().stateDir);

const fileOf = (stateDir: string): string => path.join(stateDir, 'run.json');

export const writeRunFile = (stateDir: string, run: RunFile): void =>
  fs.writeFileSync(fileOf(stateDir), JSON.stringify(run), { mode: 0o600 });

export const removeRunFile = (stateDir: string): void => fs.rmSync(fileOf(stateDir), { force: true });

export const alive = ({ pid, start }: Pick<RunFile, 'pid' | 'start'>): boolean => isAlive(pid, start);

/** The run file as it is, whether its process lives or not. */
export const readRunFile = (stateDir: string): RunFile | undefined => {
  try {
    return JSON.parse(fs.readFileSync(fileOf(stateDir), 'utf8')) as RunFile;
  } catch {
    return undefined;
  }
};

/** The run that lives in `stateDir`, if any. */
export const findRun = (stateDir: string): RunFile | undefined => {
  const run = readRunFile(stateDir);
  // In a container the run that died had the pid that this one has now.
  return run && run.pid !== process.pid && alive(run) ? run : undefined;
};

export const requireRun = (options: StateOptions): RunFile => {
  const run = findRun(stateDirOf(options));
  if (!run) throw new UserError('nlbox is not running', { hint: 'Start it with `npx nlbox up` (or `npm run up` in a clone).' });
  return run;
};

/** Waits until the process has ended; false when it does not within `patience` ms. */
export const ended = async (run: RunFile, patience = 15_000): Promise<boolean> => {
  const until = systemClock.now() + patience;
  while (alive(run)) {
    if (systemClock.now() > until) return false;
    await systemClock.sleep(20);
  }
  return true;
};
