// `kubectl exec`: a command of this machine, in the pod's directory and with the container's environment.
import { PassThrough, type Readable } from 'node:stream';
import { badRequest, StatusError } from '../status.js';
import { exitOf, signalCommand, startCommand, startProblem } from '../images/process.js';
import type { ExecEnd, ExecRequest, ExecSession } from '../streams/types.js';
import type { Part } from './part.js';

// `script` gives a command a terminal where the machine has it; without one a shell still works, only without a prompt.
const withTerminal = (command: readonly string[]): string[] => ['script', '-qec', command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' '), '/dev/null'];

const running = (part: Part | undefined, { container }: ExecRequest): Part => {
  if (!part) throw new StatusError(500, 'InternalError', `unable to upgrade connection: container not found ("${container}")`);
  if (!('running' in part.life.facts().state)) throw badRequest(`cannot exec into a container that is not running: "${container}"`);
  return part;
};

// Node throws away what a command wrote when it ends before anyone reads: the client's streams may come later than that.
const kept = (output: Readable | null): Readable => output?.pipe(new PassThrough()) ?? new PassThrough().end();

/** Starts the command; a program that does not exist ends the session with a problem. */
export const startExec = (known: Part | undefined, request: ExecRequest): ExecSession => {
  const { context } = running(known, request);
  const terminal = request.tty && process.platform === 'linux';
  const command = terminal ? withTerminal(request.command) : request.command;
  const child = startCommand(command, { ...context, env: { TERM: 'xterm', ...context.env } });
  const ended = new Promise<ExecEnd>((resolve) => {
    child.once('error', (error) => resolve({ problem: `error executing command in container: failed to exec in container: ${startProblem(request.command, error)}` }));
    void exitOf(child).then((exitCode) => resolve({ exitCode }));
  });
  return {
    stdin: child.stdin ?? new PassThrough(),
    stdout: kept(child.stdout),
    stderr: kept(child.stderr),
    ended,
    kill: () => signalCommand(child, 'SIGKILL'),
  };
};
