// `kubectl attach` and `kubectl run -i`: what a running container writes from now on, and its standard input where it has one.
import { PassThrough } from 'node:stream';
import { badRequest, StatusError } from '../status.js';
import type { Console } from '../images/types.js';
import type { AttachRequest, ExecEnd, ExecSession } from '../streams/types.js';
import type { ContainerJournal } from './journal.js';
import type { Part } from './part.js';

/** The part of a container that runs, for whoever joins it; otherwise refused. */
export const runningPart = (part: Part | undefined, { container }: AttachRequest, verb: string): Part => {
  if (!part) throw new StatusError(500, 'InternalError', `unable to upgrade connection: container not found ("${container}")`);
  if (!('running' in part.life.facts().state)) throw badRequest(`cannot ${verb} a container that is not running: "${container}"`);
  return part;
};

/** Stand-ins write lines and read nothing: their log is all there is to see. */
const consoleOf = (journal: ContainerJournal): Console => ({
  stdin: undefined,
  follow: (fn) => journal.follow((line) => void (line && fn(Buffer.from(`${line.text}\n`), 'stdout'))),
});

/** Joins the container until it ends or the client leaves, which does not disturb it. */
export const startAttach = (known: Part | undefined, request: AttachRequest): ExecSession => {
  const { container, journal, life } = runningPart(known, request, 'attach to');
  const console = life.running()?.console ?? consoleOf(journal);
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const input = request.stdin ? console.stdin : undefined;
  if (input) stdin.pipe(input, { end: container.stdinOnce === true });
  else stdin.resume();
  const leaves: (() => void)[] = [];
  let resolve = (_end: ExecEnd): void => {};
  const ended = new Promise<ExecEnd>((done) => {
    resolve = done;
  });
  const leave = (): void => {
    for (const fn of leaves.splice(0)) fn();
    stdin.unpipe();
    if (container.stdinOnce) input?.end();
    for (const output of [stdout, stderr]) output.end();
    resolve({ exitCode: 0 });
  };
  leaves.push(console.follow((chunk, stream) => void (stream === 'stderr' ? stderr : stdout).write(chunk)));
  // The end of a run shows in its journal, when the last of its output is out.
  leaves.push(journal.follow((line) => void (line ?? setImmediate(leave))));
  return { stdin, stdout, stderr, ended, kill: leave };
};
