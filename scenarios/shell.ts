// Runs one block of a page in bash and carries its exported variables on. The only file here that starts a program.
import { execa } from 'execa';
import type { Clock } from '../emulator/clock.js';
import { codeOf } from '../emulator/errors.js';
import type { Mode } from './steps.js';

export type Env = Readonly<Record<string, string>>;

export type ShellBlock = {
  script: string;
  /** Seconds until the whole process group is killed. */
  timeout: number;
  /** Added for this block only. */
  env?: Env;
  /** Whether exported variables are kept for later blocks. Default true. */
  carry?: boolean;
};

export type ShellResult = {
  stdout: string;
  stderr: string;
  /** Undefined when a signal ended it. */
  exitCode: number | undefined;
  timedOut: boolean;
};

export type Shell = {
  run(block: ShellBlock): Promise<ShellResult>;
  /** What the next block will see. */
  env(): Env;
};

export type ShellOptions = {
  cwd: string;
  /** The whole environment, PATH and HOME included: nothing is inherited. */
  env: Env;
  mode: Mode;
  clock: Clock;
  /** Gets output while it comes. */
  onOutput?: (text: string) => void;
  /** Ends the running block. */
  signal?: AbortSignal;
};

// Exported variables leave by a descriptor of their own, zero-separated, so that neither output nor values of
// several lines can be mistaken for them. As upstream, a block that fails changes nothing.
const carryOn = 'env -0 >&3';

// Upstream hangs its own commands on the last line of the block: a here-document or a comment that ends there swallows them.
const wrap = (script: string, mode: Mode): string =>
  mode === 'upstream' ? `set -e && ${script} && ${carryOn}` : ['set -e', 'set -o pipefail', script, carryOn].join('\n');

// What bash makes for itself in every process.
const own = new Set(['_', 'SHLVL', 'PWD', 'OLDPWD']);

const readEnv = (text: string): Env =>
  Object.fromEntries(
    text
      .split('\0')
      .filter((entry) => entry.includes('='))
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const)
      .filter(([name]) => !own.has(name)),
  );

// As upstream: variables are only ever added, exported functions stay as they were, further lines of a value are lost.
const readUpstream = (text: string, before: Env): Env => {
  const lines = Object.entries(readEnv(text)).filter(([name]) => !name.startsWith('BASH_FUNC_'));
  return { ...before, ...Object.fromEntries(lines.map(([name, value]) => [name, value.split('\n')[0] ?? ''])) };
};

// Node's default for the call that upstream makes; it takes the overflow for a time-out.
const upstreamOutput = 1024 * 1024;

const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
};

const start = (options: ShellOptions, block: ShellBlock, env: Env) => {
  const subprocess = execa('bash', ['-c', wrap(block.script, options.mode)], {
    cwd: options.cwd,
    env: { ...env, ...block.env },
    extendEnv: false,
    // A group of its own, so that a time-out also ends what the block started.
    detached: true,
    cleanup: true,
    reject: false,
    stripFinalNewline: false,
    // Upstream's blocks can ask whoever started them; ours have nobody to ask.
    stdio: [options.mode === 'upstream' ? 'inherit' : 'ignore', 'pipe', 'pipe', 'pipe'],
    ...(options.mode === 'upstream' ? { maxBuffer: { stdout: upstreamOutput } } : {}),
  });
  const { onOutput } = options;
  if (onOutput) {
    subprocess.stdout.on('data', (chunk: Buffer) => onOutput(chunk.toString()));
    subprocess.stderr.on('data', (chunk: Buffer) => onOutput(chunk.toString()));
  }
  return subprocess;
};

type Ending = { exitCode?: number | undefined; signal?: string | undefined; shortMessage?: string | undefined };

// bash itself could not be started (no such folder, no such program, too long an environment): say why.
const notStarted = ({ exitCode, signal, shortMessage }: Ending): string =>
  exitCode === undefined && signal === undefined ? (shortMessage ?? '') : '';

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A bash that forgets everything between blocks except exported variables. */
export const createShell = (options: ShellOptions): Shell => {
  let env = options.env;
  return {
    env: () => env,
    run: async (block) => {
      options.signal?.throwIfAborted();
      const subprocess = start(options, block, env);
      let timedOut = false;
      const timer = options.clock.after(block.timeout * 1000, () => {
        timedOut = true;
        killGroup(subprocess.pid);
      });
      const abort = (): void => killGroup(subprocess.pid);
      options.signal?.addEventListener('abort', abort, { once: true });
      const result = await subprocess;
      timer.cancel();
      options.signal?.removeEventListener('abort', abort);
      options.signal?.throwIfAborted();
      const after = textOf(result.stdio[3]);
      if (block.carry !== false && after !== '') env = options.mode === 'upstream' ? readUpstream(after, env) : readEnv(after);
      const stderr = textOf(result.stderr) || notStarted(result);
      return { stdout: textOf(result.stdout), stderr, exitCode: result.exitCode, timedOut: timedOut || result.isMaxBuffer === true };
    },
  };
};
