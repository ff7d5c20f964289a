// `kubectl exec`: a command of this machine, in the pod's directory and with the container's environment.
import { PassThrough, type Readable } from 'node:stream';
import { exitOf, signalCommand, startCommand, startProblem, withTerminal } from '../images/process.js';
import type { ExecEnd, ExecRequest, ExecSession } from '../streams/types.js';
import { runningPart } from './attach.js';
import type { Part } from './part.js';

// Node throws away what a command wrote when it ends before anyone reads: the client's streams may come later than that.
const kept = (output: Readable | null): Readable => output?.pipe(new PassThrough()) ?? new PassThrough().end();

/** Starts the command; a program that does not exist ends the session with a problem. */
export const startExec = (known: Part | undefined, request: ExecRequest): ExecSession => {
  const { context } = runningPart(known, request, 'exec into');
  const child = startCommand(request.tty ? withTerminal(request.command) : request.command, { ...context, env: { TERM: 'xterm', ...context.env } });
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
