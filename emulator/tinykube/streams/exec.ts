// exec: joins a command in a container to the client's channels, whichever protocol carries them.
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Status } from '../status.js';
import type { ExecEnd, ExecSession } from './types.js';

/** One client. A channel that it did not ask for is undefined. */
export type Channels = {
  stdin?: Readable | undefined;
  stdout?: Writable | undefined;
  stderr?: Writable | undefined;
  /** Takes the final Status, then the connection may close. */
  finish(status: Status): void;
  /** Resolves when the client is gone. */
  gone: Promise<void>;
};

/** The Status that tells kubectl how the command ended; it exits with the same code. */
export const statusOf = (end: ExecEnd): Status => {
  const base = { kind: 'Status', apiVersion: 'v1', metadata: {} } as const;
  if ('problem' in end) return { ...base, status: 'Failure', reason: 'InternalError', code: 500, message: `Internal error occurred: ${end.problem}` };
  if (end.exitCode === 0) return { ...base, status: 'Success' };
  const details = { causes: [{ reason: 'ExitCode', message: String(end.exitCode) }] };
  return { ...base, status: 'Failure', reason: 'NonZeroExitCode', message: `command terminated with non-zero exit code: exit status ${end.exitCode}`, details };
};

const copy = (from: Readable, to: Writable | undefined): Promise<void> => {
  if (!to) {
    from.resume();
    return Promise.resolve();
  }
  from.pipe(to, { end: false });
  return finished(from).catch(() => {});
};

/** Runs until the command ends or the client is gone. */
export const joinExec = async (session: ExecSession, channels: Channels): Promise<void> => {
  session.stdin.on('error', () => {});
  if (channels.stdin) channels.stdin.on('error', () => {}).pipe(session.stdin);
  else session.stdin.end();
  const outputs = Promise.all([copy(session.stdout, channels.stdout), copy(session.stderr, channels.stderr)]);
  void channels.gone.then(() => session.kill());
  const end = await session.ended;
  await Promise.race([outputs, channels.gone]);
  channels.finish(statusOf(end));
};
