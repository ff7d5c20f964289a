// How a rehearsal ends before its time: whatever ends it, the nlbox that it started goes with it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { isAlive } from '../../emulator/process-life.js';
import { eventually, missingTool } from '../support/nlbox.js';
import { rehearsalHome } from '../support/rehearsal.js';

const missing = missingTool('kubectl', 'jq');
const ending = missing ? test.skip : test;
const why = missing ? ` (skipped: ${missing} is not installed)` : '';

// The shell of the block writes down its number; `exec` makes it the sleep itself.
const page = '---\ntitle: Long\n---\n\n```bash timeout=600\n$ echo $$ > $HOME/block.pid\n$ exec sleep 600\n```\n';

const rehearsing = async (t: ExecutionContext): Promise<{ child: ChildProcess; said(): string; stateDir: string; nlbox: number; block: number }> => {
  const { home, stateDir, env, args } = await rehearsalHome(t);
  fs.writeFileSync(path.join(home, 'long.md'), page);
  // What was left behind is not asked of a rehearsal that is broken off: the question before it need not start Python three times.
  fs.mkdirSync(path.join(home, 'bin'));
  fs.writeFileSync(path.join(home, 'bin', 'aws'), '#!/bin/sh\necho []\n', { mode: 0o755 });
  const child = spawn(process.execPath, [...args, 'rehearse', path.join(home, 'long.md'), '--timing', 'instant'], { env: { ...env, PATH: `${home}/bin:${env['PATH'] ?? ''}` }, stdio: ['ignore', 'ignore', 'pipe'] });
  t.teardown(() => void child.kill('SIGKILL'));
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const file = path.join(home, 'block.pid');
  await eventually(async () => fs.existsSync(file) && fs.readFileSync(file, 'utf8').trim() !== '', (there) => there || child.exitCode !== null);
  t.is(child.exitCode, null, text);
  const { pid } = JSON.parse(fs.readFileSync(path.join(stateDir, 'run.json'), 'utf8')) as { pid: number };
  return { child, said: () => text, stateDir, nlbox: pid, block: Number(fs.readFileSync(file, 'utf8')) };
};

ending(`Ctrl-C ends the block and the nlbox, and leaves nothing${why}`, async (t) => {
  t.timeout(120_000);
  const { child, said, stateDir, nlbox, block } = await rehearsing(t);
  child.kill('SIGINT');
  t.deepEqual(await once(child, 'exit'), [130, null]);
  t.regex(said(), /SIGINT: ending the rehearsal/);
  t.deepEqual([fs.existsSync(stateDir), isAlive(nlbox), isAlive(block)], [false, false, false]);
});

ending(`killed, it takes the nlbox with it all the same${why}`, async (t) => {
  t.timeout(120_000);
  const { child, stateDir, nlbox, block } = await rehearsing(t);
  t.teardown(() => isAlive(block) && process.kill(block, 'SIGKILL'));
  t.true(fs.readdirSync(stateDir).some((name) => name.startsWith('nlbox-standins-')), 'what the stand-ins note goes with the state');
  child.kill('SIGKILL');
  await eventually(async () => [fs.existsSync(stateDir), isAlive(nlbox)], ([folder, process]) => !folder && !process);
  t.pass();
});
