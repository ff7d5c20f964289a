// The page about the SDK is a program: each of its blocks runs as it stands and prints what the page says.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import test from 'ava';
import { createLoadBalancer, createWorld } from '../api/elbv2/fixture.js';
import { openAws } from '../support/aws.js';
import { cleanEnv } from '../support/nlbox.js';

const run = promisify(execFile);
const blocks = [...fs.readFileSync('emulator/docs/sdk.md', 'utf8').matchAll(/```js run=(\S+)\n([^]*?)```\n\n```text\n([^]*?)```/g)];

test('there are three ways', (t) => t.deepEqual(blocks.map(([, name]) => name), ['register', 'config', 'in-process']));

for (const [, name = '', program = '', printed = ''] of blocks) {
  test(`the block "${name}" prints what the page says`, async (t) => {
    const world = await createWorld({ timing: 'instant' });
    await createLoadBalancer(world, 'web');
    const url = await openAws(t, world.dispatch);
    const preload = name === 'register' ? ['--import', 'nlbox/register'] : [];
    const env = { ...cleanEnv('/nonexistent'), NLBOX_PORT: new URL(url).port, NODE_NO_WARNINGS: '1' };
    const { stdout } = await run(process.execPath, [...preload, '--input-type=module', '-e', program], { env });
    t.is(stdout, printed);
  });
}
