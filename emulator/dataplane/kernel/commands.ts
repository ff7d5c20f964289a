// Runs nft and conntrack: the kernel engine's only way to the kernel, and its only use of processes.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';

/** `found` is false when the program is not installed. */
export type Ran = { ok: boolean; found: boolean; stdout: string; stderr: string };

export type Commands = {
  /** One transaction in nft's own language. */
  text(input: string): Promise<Ran>;
  /** One transaction of libnftables' JSON commands: all of it, or nothing. */
  batch(commands: readonly object[], options?: { check?: boolean }): Promise<Ran>;
  conntrack(args: readonly string[]): Promise<Ran>;
};

// By their places, not by PATH: under npx that begins with node_modules/.bin, where an unrelated package has an `nft` too.
const folders = ['/usr/sbin', '/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin', '/run/current-system/sw/bin'];

const find = (command: string): string =>
  folders.map((folder) => path.join(folder, command)).find((file) => fs.existsSync(file)) ?? path.join('/usr/sbin', command);

const run = async (command: string, args: readonly string[], stdin: 'ignore' | Readable): Promise<Ran> => {
  const result = await execa(find(command), args, { reject: false, stripFinalNewline: false, maxBuffer: 2 ** 30, stdin });
  return { ok: result.exitCode === 0, found: result.code !== 'ENOENT', stdout: String(result.stdout ?? ''), stderr: String(result.stderr ?? '').trim() };
};

// nft opens /dev/stdin by its name, which cannot be done to the socket that a child of Node has there.
const runWith = async (input: string, args: readonly string[]): Promise<Ran> => {
  const name = path.join(os.tmpdir(), `nlbox-${randomUUID()}.nft`);
  fs.writeFileSync(name, input, { mode: 0o600, flag: 'wx' });
  const fd = fs.openSync(name, 'r');
  fs.unlinkSync(name);
  try {
    return await run('nft', args, fs.createReadStream('', { fd, autoClose: false }));
  } finally {
    fs.closeSync(fd);
  }
};

export const systemCommands: Commands = {
  text: (input) => runWith(input, ['-f', '-']),
  batch: (commands, { check = false } = {}) => runWith(JSON.stringify({ nftables: commands }), [...(check ? ['-c'] : []), '-j', '-f', '-']),
  conntrack: (args) => run('conntrack', args, 'ignore'),
};
