// `nlbox down`: ends the run and removes what it made, also after a crash.
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.js';
import { removeLeftovers } from '../main.js';
import { isOurs } from '../main/state-dir.js';
import { requestStop } from './admin.js';
import { alive, ended, readRunFile, stateDirOf, type StateOptions } from './run-file.js';

// A kind cluster takes its time to go.
const patienceFor = (stateDir: string): number => (fs.existsSync(path.join(stateDir, 'kind.json')) ? 75_000 : 15_000);

/** `say` is where the outcome goes: other commands keep their standard output for themselves. */
export const down = async (options: StateOptions & { keep?: boolean }, say: (line: string) => void = (line) => void process.stdout.write(`${line}\n`)): Promise<void> => {
  const stateDir = stateDirOf(options);
  if (!isOurs(stateDir)) throw new UserError(`${stateDir} is no state directory of nlbox; nothing was removed`);
  const run = readRunFile(stateDir);
  const keep = options.keep ?? false;
  if (run && alive(run)) {
    await requestStop(run, keep);
    if (!(await ended(run, patienceFor(stateDir)))) throw new UserError(`pid ${run.pid} is still running`, { hint: `End it with \`kill ${run.pid}\`.` });
  } else if (!fs.existsSync(stateDir)) {
    say('nlbox is not running, and nothing is left of it');
    return;
  }
  await removeLeftovers(stateDir, { keep, ...(run ? { hostsFile: run.hostsFile } : {}) });
  say(keep ? `nlbox is down; its state is kept in ${stateDir}` : 'nlbox is down; nothing is left of it');
};
