// `nlbox logs`: the log of the run, as lines to read or as they were written, once or as it grows.
import fs from 'node:fs';
import path from 'node:path';
import pretty from 'pino-pretty';
import { UserError } from '../errors.js';
import { stateDirOf, type StateOptions } from './run-file.js';

export type LogsOptions = StateOptions & { follow?: boolean; json?: boolean; lines?: number };

const printer = (json: boolean): ((line: string) => string) => {
  if (json) return (line) => `${line}\n`;
  const colorize = process.stdout.isTTY && !process.env['NO_COLOR'];
  return pretty.prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss.l' });
};

/** Prints what was added since the last call, whole lines only. */
const reader = (file: string, print: (line: string) => void): (() => void) => {
  let at = fs.statSync(file).size;
  let rest = '';
  return () => {
    const { size } = fs.statSync(file);
    if (size < at) at = 0;
    if (size === at) return;
    const buffer = Buffer.alloc(size - at);
    const handle = fs.openSync(file, 'r');
    at += fs.readSync(handle, buffer, 0, buffer.length, at);
    fs.closeSync(handle);
    const lines = (rest + buffer.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(print);
  };
};

export const logs = async (options: LogsOptions): Promise<void> => {
  const file = path.join(stateDirOf(options), 'nlbox.log');
  if (!fs.existsSync(file)) throw new UserError(`there is no log at ${file}`, { hint: 'nlbox writes it while it runs, and `nlbox down` removes it. Start it with `npx nlbox up`.' });
  const show = printer(options.json ?? false);
  const print = (line: string): void => void process.stdout.write(show(line));
  const more = reader(file, print);
  const all = fs.readFileSync(file, 'utf8').split('\n').filter((line) => line !== '');
  all.slice(-(options.lines ?? all.length)).forEach(print);
  if (!options.follow) return;
  // The end of the run takes the file away, and with it the reason to wait.
  await new Promise<void>((resolve) => {
    const watcher = fs.watch(file, () => {
      if (fs.existsSync(file)) return more();
      watcher.close();
      resolve();
    });
  });
};
