// `up --detach`: the same command again as a process of its own, which reports over IPC until it is ready.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.js';
import { openStateDir } from '../main/state-dir.js';

type Message = { progress?: string; ready?: string; failed?: string; hint?: string };

/** In a detached run: sends a message to the command that waits for it. */
export const parent = (): ((message: Message) => void) | undefined => {
  if (process.env['NLBOX_DETACHED'] === undefined) return undefined;
  return (message) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  };
};

/** In a run that shall not outlive the command that started it: calls `cut` when that one is gone, however it ended. */
export const whenLeashIsCut = (cut: () => void): void => {
  if (process.env['NLBOX_DETACHED'] !== 'leashed') return;
  if (process.connected) process.once('disconnect', cut);
  else cut();
};

const logTail = (file: string): string => fs.readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n  ');

const sameWithoutDetach = (): string[] => process.argv.slice(2).filter((arg) => arg !== '--detach' && arg !== '-d');

/** Starts `args` (default: this very command line without --detach) as a process of its own; resolves when it is ready. With `leashed` it ends with this one. */
export const detach = async (stateDir: string, { args = sameWithoutDetach(), leashed = false }: { args?: string[]; leashed?: boolean } = {}): Promise<void> => {
  openStateDir(stateDir);
  const file = path.join(stateDir, 'up.log');
  const out = fs.openSync(file, 'w', 0o600);
  const child = fork(process.argv[1] ?? '', args, { detached: true, stdio: ['ignore', out, out, 'ipc'], env: { ...process.env, NLBOX_DETACHED: leashed ? 'leashed' : '1' } });
  fs.closeSync(out);
  const text = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: Message) => {
      if (message.progress) process.stderr.write(`  ${message.progress}\n`);
      if (message.ready) resolve(message.ready);
      if (message.failed) reject(new UserError(message.failed, message.hint === undefined ? {} : { hint: message.hint }));
    });
    child.on('exit', (code) => reject(new UserError(`nlbox ended with status ${code} before it was ready`, { hint: `Its last words:\n  ${logTail(file)}` })));
  });
  // What happens to it from now on is no longer this command's business.
  child.removeAllListeners();
  if (leashed) child.channel?.unref();
  else child.disconnect();
  child.unref();
  process.stderr.write(text);
};
