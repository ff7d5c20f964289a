// The image of a stand-in: all that it needs is in it, shown by running it where there is nothing else.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { run } from '../../emulator/clusters/run.js';
import { cannotBuild, dockerfile, librariesIn, writeContext } from '../../emulator/clusters/stand-in-image.js';
import { freeBlock } from '../support/nlbox.js';

const allowed = process.platform === 'linux' && spawnSync('unshare', ['-Ur', 'true']).status === 0;

(allowed ? test : test.skip)(`it answers with no other file of this machine in reach${allowed ? '' : ' (skipped: namespaces of one\'s own are not allowed)'}`, async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-context-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  await writeContext(folder, run);
  const text = fs.readFileSync(path.join(folder, 'Dockerfile'), 'utf8');
  const [program = '', main = ''] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(text)?.[1] ?? '[]') as string[];
  const listen = `127.${await freeBlock()}.0.7`;
  const env = { LD_LIBRARY_PATH: /^ENV LD_LIBRARY_PATH=(.*)$/m.exec(text)?.[1] ?? '', NLBOX_STAND_IN: 'retail-store-sample-ui', NLBOX_STAND_IN_LISTEN: listen, METADATA_KUBERNETES_POD_NAME: 'ui-1', PATH: process.env['PATH'] ?? '' };
  const child = spawn('unshare', ['-Ur', 'chroot', path.join(folder, 'root'), program, main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => void child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    void ended.then((code) => reject(new Error(`it ended with ${code}`)));
  });
  t.is(((await (await fetch(`http://${listen}:8080/whoami`)).json()) as { pod: string }).pod, 'ui-1');
  child.kill('SIGTERM');
  t.is(await ended, 0);
});

test('what ldd says is read, and the Dockerfile fetches nothing', (t) => {
  const libraries = librariesIn('\tlinux-vdso.so.1 (0x00007ffd)\n\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f1)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f2)\n');
  t.deepEqual(libraries, ['/lib/x86_64-linux-gnu/libm.so.6', '/lib64/ld-linux-x86-64.so.2']);
  const text = dockerfile('/usr/bin/node', libraries);
  t.regex(text, /^FROM scratch\n/);
  t.regex(text, /\nENV LD_LIBRARY_PATH=\/lib\/x86_64-linux-gnu:\/lib64\n/);
  t.notRegex(text, /^RUN /m);
  t.is(cannotBuild('linux'), undefined);
  t.regex(cannotBuild('darwin') ?? '', /Linux only, not on darwin/);
});
