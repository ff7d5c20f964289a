// `nlbox rehearse`: runs pages against the running nlbox, or against one that it starts for the purpose.
import fs from 'node:fs';
import path from 'node:path';
import { rehearseAll } from '../../scenarios/run.js';
import { runJson, runJunit, runText, type RunReport } from '../../scenarios/run-report.js';
import { initWorkshop } from '../../scenarios/manifests.js';
import { systemClock } from '../clock.js';
import { UserError } from '../errors.js';
import { fetchInfo } from './admin.js';
import { detach } from './detach.js';
import { down } from './down.js';
import { variablesOf } from './env.js';
import { findRun, requireRun, stateDirOf, type RunFile, type StateOptions } from './run-file.js';
import { workshopHome } from './workshop.js';

export type RehearseOptions = StateOptions & {
  lang: 'en' | 'ko';
  strict?: boolean;
  glob?: string;
  hookTimeout?: number;
  timeout?: number;
  bail?: boolean;
  verbose?: boolean;
  json?: boolean;
  junit?: string;
  timing?: string;
};

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A folder that is the user's own checkout of the workshop stays as it is: its manifests are the real ones. */
const provideManifests = async (): Promise<void> => {
  try {
    say((await initWorkshop({ target: workshopHome() })).message);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`${error.message} Using it as it is.`);
  }
};

// A page's `npx nlbox` shall be this one, and find this run.
const itself = (options: RehearseOptions): Record<string, string> => ({ NLBOX_COMMAND: path.resolve(process.argv[1] ?? ''), NLBOX_STATE_DIR: stateDirOf(options) });

const shellEnv = async (run: RunFile, options: RehearseOptions): Promise<Record<string, string>> => {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(inherited), ...variablesOf(await fetchInfo(run)), ...itself(options) };
};

/** Ctrl-C and SIGTERM end the running block instead of this process, so that what was started can be taken down. */
const untilInterrupted = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> => {
  const interruption = new AbortController();
  const interrupt = (name: NodeJS.Signals): void => {
    say(`nlbox: ${name}: ending the rehearsal`);
    process.exitCode = name === 'SIGINT' ? 130 : 143;
    interruption.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    return await work(interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    return undefined;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
};

const print = (report: RunReport, options: RehearseOptions): void => {
  if (options.junit !== undefined) fs.writeFileSync(path.resolve(options.junit), runJunit(report));
  process.stdout.write(`${options.json ? runJson(report) : runText(report)}\n`);
  process.exitCode = report.ok ? 0 : 1;
};

const run = async (paths: readonly string[], options: RehearseOptions, signal: AbortSignal): Promise<RunReport> => {
  signal.throwIfAborted();
  await provideManifests();
  return rehearseAll({
    paths,
    lang: options.lang,
    mode: options.strict ? 'upstream' : 'checked',
    env: await shellEnv(requireRun(options), options),
    cwd: process.cwd(),
    clock: systemClock,
    signal,
    onProgress: say,
    bail: options.bail ?? false,
    ...(options.verbose ? { onOutput: (text: string) => void process.stderr.write(text) } : {}),
    ...(options.glob === undefined ? {} : { glob: options.glob }),
    ...(options.timeout === undefined ? {} : { pageTimeout: options.timeout }),
    ...(options.hookTimeout === undefined ? {} : { hookTimeout: options.hookTimeout }),
  });
};

const startOne = async (options: RehearseOptions): Promise<void> => {
  say('nlbox is not running: starting one for this rehearsal');
  const timing = options.timing === undefined ? [] : ['--timing', options.timing];
  await detach(stateDirOf(options), { args: ['up', '--state-dir', stateDirOf(options), ...timing], leashed: true });
};

export const rehearsePages = (paths: readonly string[], options: RehearseOptions): Promise<void | undefined> =>
  untilInterrupted(async (signal) => {
    const own = findRun(stateDirOf(options)) === undefined;
    if (!own && options.timing !== undefined) throw new UserError('nlbox is running already, so --timing has no effect', { hint: 'Leave it out, or start nlbox with it: `npx nlbox up --timing …`.' });
    try {
      if (own) await startOne(options);
      print(await run(paths, options, signal), options);
    } finally {
      if (own) await down({ stateDir: stateDirOf(options) }, say);
    }
  });
