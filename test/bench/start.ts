// The CPU that the command has used by the moment it says that it is ready.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cleanEnv, freeBlock } from '../support/nlbox.js';
import { median } from './elb.js';
import { cpuOf } from './process.js';

const saysReady = async (output: AsyncIterable<Buffer>): Promise<void> => {
  let text = '';
  for await (const chunk of output) {
    text += chunk.toString();
    if (text.includes('is ready')) return;
  }
  throw new Error(`it never became ready:\n${text}`);
};

const oneStart = async (flags: readonly string[]): Promise<number> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-start-'));
  const where = ['--state-dir', path.join(folder, 'state'), 'up', '--port', '0', '--kube-port', '0', '--loopback', String(await freeBlock()), '--names', 'proxy'];
  const child = spawn(process.execPath, ['emulator/nlbox.mjs', ...where, ...flags], { env: cleanEnv(folder), stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = once(child, 'exit');
  await saysReady(child.stdout);
  const used = cpuOf(child.pid ?? 0);
  child.kill('SIGTERM');
  await gone;
  fs.rmSync(folder, { recursive: true, force: true });
  return used;
};

/** Milliseconds, the median of five starts. */
export const cpuOfStart = async (...flags: string[]): Promise<number> => {
  const used: number[] = [];
  for (let n = 0; n < 5; n++) used.push(await oneStart(flags));
  return median(used);
};
