// A disk that is full, really: what was acknowledged is there after a new start, which the full disk does not prevent.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { fileURLToPath } from 'node:url';

type Told = { acknowledged: number; refused: number; lost: string[]; recovered: string[] };

const child = fileURLToPath(new URL('full-disk.js', import.meta.url));

// A small disk of its own, in a mount namespace that ends with the command.
const onSmallDisk = (folder: string, command: string): [string, string[]] =>
  ['unshare', ['--map-root-user', '--mount', 'sh', '-c', `mount -t tmpfs -o size=64k none ${folder} && ${command}`]];

const obstacle = spawnSync(...onSmallDisk('/mnt', 'true')).status === 0 ? '' : ' (NOT RUN: no disk of its own can be made here)';

(obstacle ? test.skip : test)(`a full disk loses nothing that was acknowledged, refuses the rest, and lets a new start happen${obstacle}`, async (t: ExecutionContext) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-full-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  const { stdout } = await execa(...onSmallDisk(folder, `exec ${process.execPath} ${child} ${folder}`));
  const told = JSON.parse(stdout) as Told;
  t.true(told.refused > 0 && told.acknowledged > 50, stdout);
  t.deepEqual(told.lost, []);
});
