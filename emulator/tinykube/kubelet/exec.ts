// `kubectl exec`: a command of this machine, in the pod's directory and with the container's environment.
import fs from 'node:fs';
import path from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { exitOf, signalCommand, startCommand, startProblem, withTerminal } from '../images/process.js';
import type { ExecEnd, ExecRequest, ExecSession } from '../streams/types.js';
import { runningPart } from './attach.js';
import type { Part } from './part.js';

// Node throws away what a command wrote when it ends before anyone reads: the client's streams may come later than that.
const kept = (output: Readable | null): Readable => output?.pipe(new PassThrough()) ?? new PassThrough().end();

/**
 * `kubectl cp` unpacks and packs with tar at absolute paths. In a container these are the container's own files: here they are those of
 * the pod's directory, lest a copy write all over the machine. What is only on the machine can be read all the same.
 */
const inDirectory = (command: readonly string[], directory: string): readonly string[] => {
  if (command[0] !== 'tar') return command;
  return command.map((word, index) => {
    if (!word.startsWith('/')) return word;
    const own = path.join(directory, word);
    if (command[index - 1] === '-C') fs.mkdirSync(own, { recursive: true });
    return fs.existsSync(own) ? path.relative(directory, own) || '.' : word;
  });
};

/** Starts the command; a program that does not exist ends the session with a problem. */
export const startExec = (known: Part | undefined, request: ExecRequest): ExecSession => {
  const { context } = runningPart(known, request, 'exec into');
  const command = inDirectory(request.command, context.directory());
  const child = startCommand(request.tty ? withTerminal(command) : command, { ...context, env: { TERM: 'xterm', ...context.env } });
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
