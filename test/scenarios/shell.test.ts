// One shell for a page: real bash, exported variables carried over, time limits that really end things.
import test from 'ava';
import { once } from 'node:events';
import net from 'node:net';
import os from 'node:os';
import { manualClock, systemClock } from '../../emulator/clock.js';
import { codeOf } from '../../emulator/errors.js';
import { createShell, type ShellOptions } from '../../scenarios/shell.js';

const env = { PATH: process.env['PATH'] ?? '', HOME: os.tmpdir(), KEPT: 'yes' };
const shell = (options: Partial<ShellOptions> = {}) =>
  createShell({ cwd: os.tmpdir(), env, mode: 'checked', clock: systemClock, ...options });

test('only exported variables reach the next block', async (t) => {
  const bash = shell();
  await bash.run({ script: 'LOCAL=1\nexport SHARED="two\nlines"', timeout: 60 });
  const { stdout, exitCode } = await bash.run({ script: 'echo "${LOCAL-none} $SHARED $KEPT"', timeout: 60 });
  t.is(stdout, 'none two\nlines yes\n');
  t.is(exitCode, 0);
});

test('the environment is the one handed in, not the process\'s', async (t) => {
  const { stdout } = await createShell({ cwd: '/', env: { PATH: env.PATH }, mode: 'checked', clock: systemClock }).run({
    script: 'pwd; echo "${KEPT-unset}"',
    timeout: 60,
  });
  t.is(stdout, '/\nunset\n');
});

test('the first failing command ends the block, and its variables are not kept', async (t) => {
  const bash = shell();
  const { stdout, exitCode } = await bash.run({ script: 'export LOST=1\necho a\n(exit 3)\necho b', timeout: 60 });
  t.is(stdout, 'a\n');
  t.is(exitCode, 3);
  t.is(bash.env()['LOST'], undefined);
});

test('a failure inside a pipe is seen when checked, and missed as upstream', async (t) => {
  t.not((await shell().run({ script: 'false | true', timeout: 60 })).exitCode, 0);
  t.is((await shell({ mode: 'upstream' }).run({ script: 'false | true', timeout: 60 })).exitCode, 0);
});

test('as upstream, what a block ends with may swallow its bookkeeping: a here-document, a comment', async (t) => {
  const upstream = shell({ mode: 'upstream' });
  const { stdout } = await upstream.run({ script: 'export LOST=1\ncat <<EOF\ntext\nEOF', timeout: 60 });
  t.is(stdout, 'text\nEOF && env -0 >&3\n');
  await upstream.run({ script: 'export ALSO=1 # why', timeout: 60 });
  t.is((await upstream.run({ script: 'echo "${LOST-unset} ${ALSO-unset}"', timeout: 60 })).stdout, 'unset unset\n');
  const checked = shell();
  t.is((await checked.run({ script: 'export KEEP=1\ncat <<EOF\ntext\nEOF', timeout: 60 })).stdout, 'text\n');
  t.is(checked.env()['KEEP'], '1');
});

test('carry=false keeps nothing, and env is for that block only', async (t) => {
  const bash = shell();
  const { stdout } = await bash.run({ script: 'export X=1; echo $EXTRA', timeout: 60, env: { EXTRA: 'e' }, carry: false });
  t.is(stdout, 'e\n');
  t.is(bash.env()['X'], undefined);
  t.is(bash.env()['EXTRA'], undefined);
});

test('a time-out kills the whole group, also what the block started', async (t) => {
  const clock = manualClock();
  let output = '';
  let heard = (): void => {};
  const started = new Promise<void>((resolve) => (heard = resolve));
  const onOutput = (text: string): void => {
    output += text;
    if (output.includes('\n')) heard();
  };
  const running = shell({ clock, onOutput }).run({ script: 'sleep 600 & echo $!; wait', timeout: 7 });
  await started;
  await clock.advance(6_999);
  t.is(clock.pending(), 1);
  await clock.advance(1);
  const result = await running;
  t.true(result.timedOut);
  t.is(result.exitCode, undefined);
  // The stream ends only when nobody holds it any more, so the child is gone or about to be reaped.
  const gone = (pid: number): string | undefined => {
    try {
      process.kill(pid, 0);
      return 'zombie';
    } catch (error) {
      return codeOf(error);
    }
  };
  t.true(['ESRCH', 'zombie'].includes(gone(Number(output)) ?? ''));
});

test('a block that is done leaves no timer', async (t) => {
  const clock = manualClock();
  await shell({ clock }).run({ script: 'true', timeout: 5 });
  t.is(clock.pending(), 0);
});

test('this process can answer the block that it runs', async (t) => {
  const server = net.createServer((socket) => socket.end('from the same process\n')).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const { stdout } = await shell().run({ script: `exec 4<>/dev/tcp/127.0.0.1/${port}; cat <&4`, timeout: 60 });
  t.is(stdout, 'from the same process\n');
});

test('a shell that cannot start says why', async (t) => {
  const { exitCode, stderr } = await shell({ cwd: '/no/such/folder' }).run({ script: 'true', timeout: 60 });
  t.is(exitCode, undefined);
  t.regex(stderr, /no\/such\/folder/);
});

test('an abort ends the block and is thrown', async (t) => {
  const control = new AbortController();
  const onOutput = (): void => control.abort(new Error('enough'));
  await t.throwsAsync(shell({ signal: control.signal, onOutput }).run({ script: 'echo a; sleep 600', timeout: 60 }), {
    message: 'enough',
  });
});
