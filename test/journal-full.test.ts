// A disk that is full, really: what was acknowledged is there after a new start, which the full disk does not prevent.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { fileURLToPath } from 'node:url';

type Told = { acknowledged: number; refused: number; lost: string[]; recovered: string[] };

const child = fileURLToPath(new URL('full-disk.js', import.meta.url));

test('a full disk loses nothing that was acknowledged, refuses the rest, and lets a new start happen', async (t: ExecutionContext) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-full-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  // A small disk of its own, in a mount namespace that ends with the command.
  const script = `mount -t tmpfs -o size=64k none ${folder} && exec ${process.execPath} ${child} ${folder}`;
  const { stdout, stderr, exitCode } = await execa('unshare', ['--map-root-user', '--mount', 'sh', '-c', script], { reject: false });
  if (exitCode !== 0 && /unshare|mount|ENOENT/i.test(stderr)) {
    t.log(`NOT RUN: no disk of its own can be made here (${stderr.trim()})`);
    t.pass();
    return;
  }
  const told = JSON.parse(stdout) as Told;
  t.true(told.refused > 0 && told.acknowledged > 50, stdout);
  t.deepEqual(told.lost, []);
});
