// `npm run up` as a newcomer types it, and what Ctrl-C leaves: nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { cleanEnv, freeBlock, startNlbox } from '../support/nlbox.js';

test('npm run up starts everything and says what to type next; Ctrl-C leaves nothing', async (t) => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-up-'));
  t.teardown(() => fs.rmSync(home, { recursive: true, force: true }));
  const hosts = path.join(home, 'hosts');
  fs.writeFileSync(hosts, '127.0.0.1 localhost\n');
  const stateDir = path.join(home, 'state');
  const env = { ...cleanEnv(home), NLBOX_STATE_DIR: stateDir, NLBOX_PORT: '0', NLBOX_KUBE_PORT: '0', NLBOX_LOOPBACK: String(await freeBlock()), NLBOX_HOSTS_FILE: hosts };
  const child = spawn('npm', ['run', 'up'], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const ready = new Promise<void>((resolve) => child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes('Ctrl-C')) resolve();
  }));
  await ready;
  t.regex(text, /AWS endpoint +http:\/\/127\.0\.0\.1:\d+/);
  t.regex(text, /eval "\$\(npx nlbox env\)"/);
  const { pid } = JSON.parse(fs.readFileSync(path.join(stateDir, 'run.json'), 'utf8')) as { pid: number };
  const gone = once(child, 'close');
  process.kill(-(child.pid ?? 0), 'SIGINT');
  await gone;
  t.false(fs.existsSync(stateDir));
  t.is(fs.readFileSync(hosts, 'utf8'), '127.0.0.1 localhost\n');
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('a second up says that one is running, and a run without a cluster answers the API alone', async (t) => {
  const run = await startNlbox(t, '--cluster', 'none');
  const { stderr, exitCode } = await run.try(`node emulator/nlbox.mjs --state-dir ${run.stateDir} up`);
  t.is(exitCode, 1);
  t.regex(stderr, /nlbox is already running \(pid \d+\) at http:\/\/127\.0\.0\.1:\d+\n.*npx nlbox down/);
  const response = await fetch(run.env['AWS_ENDPOINT_URL'] ?? '', { method: 'POST', body: 'Action=DescribeLoadBalancers&Version=2015-12-01' });
  t.is(response.status, 200);
});
