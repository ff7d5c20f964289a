// Containers that are local processes (annotation `nlbox.dev/run: local`), and commands run beside them.
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { codeOf, messageOf } from '../../errors.js';
import type { Clock } from '../../clock.js';
import type { Console, ContainerContext, Image, RunningContainer } from './types.js';

// What a container finds of the machine: its programs, and the node that runs nlbox.
const searchPath = [path.dirname(process.execPath), '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', '/opt/homebrew/bin'].join(':');

const signals: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGPIPE: 13, SIGTERM: 15 };

/** Starts a command of a container in its directory, with its environment only, in a process group of its own. */
export const startCommand = (command: readonly string[], { env, surroundings, directory, pod, guard }: Pick<ContainerContext, 'env' | 'surroundings' | 'directory' | 'pod' | 'guard'>): ChildProcess => {
  const cwd = directory();
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd, env: { PATH: searchPath, HOME: cwd, TMPDIR: cwd, HOSTNAME: pod, ...surroundings(), ...env }, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  guard.watch(child);
  return child;
};

/** Signals a command and all that it started; one that is gone already is fine. */
export const signalCommand = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
};

const started = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });

/** The exit code as a shell says it: 128 and the signal's number for a command that a signal ended. */
export const exitOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? 128 + (signals[signal ?? ''] ?? 9)));
    child.on('error', (error) => resolve(codeOf(error) === 'ENOENT' ? 127 : 126));
  });

/** Why a command did not start, in runc's words. */
export const startProblem = (command: readonly string[], error: unknown): string =>
  codeOf(error) === 'ENOENT' ? `exec: "${command[0] ?? ''}": executable file not found in $PATH` : messageOf(error);

/** `script` gives a command a terminal where the machine has it; without one a shell still works, only without a prompt. */
export const withTerminal = (command: readonly string[]): readonly string[] =>
  process.platform === 'linux' ? ['script', '-qec', command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' '), '/dev/null'] : command;

/** What a client that attaches sees of the process, and may write to it. */
const consoleOf = (child: ChildProcess, { stdin }: ContainerContext): Console => ({
  stdin: stdin ? (child.stdin ?? undefined) : undefined,
  follow: (fn) => {
    const [out, err] = [(chunk: Buffer): void => fn(chunk, 'stdout'), (chunk: Buffer): void => fn(chunk, 'stderr')];
    child.stdout?.on('data', out);
    child.stderr?.on('data', err);
    return () => {
      child.stdout?.off('data', out);
      child.stderr?.off('data', err);
    };
  },
});

const startChild = (context: ContainerContext): ChildProcess => {
  const command = [...context.command, ...context.args];
  if (command.length === 0) throw new Error('a container that runs locally needs a command');
  const child = context.tty ? startCommand(withTerminal(command), { ...context, env: { TERM: 'xterm', ...context.env } }) : startCommand(command, context);
  child.stdin?.on('error', () => {});
  if (!context.stdin) child.stdin?.end();
  for (const output of [child.stdout, child.stderr]) if (output) createInterface({ input: output }).on('line', (line) => context.log(line.replace(/\r$/, '')));
  return child;
};

/** Runs the container's command as a process; its lines are the container's log. */
export const processImage: Image = {
  name: 'local process',
  start: async (context): Promise<RunningContainer> => {
    const child = startChild(context);
    const exited = exitOf(child);
    // With its first process a container ends, whatever else it has started.
    child.once('exit', () => signalCommand(child, 'SIGKILL'));
    await started(child).catch((error: unknown) => {
      throw new Error(startProblem([...context.command, ...context.args], error));
    });
    return {
      exited,
      console: consoleOf(child, context),
      stop: async () => {
        signalCommand(child, 'SIGTERM');
        await exited;
      },
      kill: () => signalCommand(child, 'SIGKILL'),
    };
  },
};

/** Runs a command to its end, at most `ms`: exec probes and preStop hooks. Never rejects. */
export const runCommand = async (clock: Clock, command: readonly string[], context: ContainerContext, ms: number): Promise<{ exitCode: number; output: string }> => {
  const child = startCommand(command, context);
  const timer = clock.after(ms, () => signalCommand(child, 'SIGKILL'));
  let output = '';
  child.stdin?.on('error', () => {}).end();
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => { output = (output + chunk.toString()).slice(0, 10_240); });
  const exitCode = await exitOf(child);
  timer.cancel();
  return { exitCode, output };
};
