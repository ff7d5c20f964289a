// The whole endpoint as a process, over HTTP: killed in a storm of calls, started twice at once, and on a directory that it may not write to.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { bodyOf, call, headersFor, pick } from '../bench/elb.js';
import { cleanEnv, freeBlock, startNlbox, type Run } from '../support/nlbox.js';

const alone = ['--cluster', 'none', '--controller', 'none', '--quota', 'target-groups=20000'];
const kills = Number(process.env['NLBOX_KILLS'] ?? 4);

const endpointOf = (run: Run): string => run.env['AWS_ENDPOINT_URL'] ?? '';

/** What was answered of one group: nothing yet says how a call ended that got no answer. */
type Told = { there?: boolean; target?: boolean; tag?: number };
type Ledger = Map<string, Told>;

/** Groups come with a target and tags, and every other one goes again, until the endpoint is gone. */
const lane = async (endpoint: string, vpc: string, name: string, ledger: Ledger): Promise<void> => {
  for (let n = 0; ; n++) {
    const group = `${name}-${n}`;
    const told: Told = {};
    ledger.set(group, told);
    const TargetGroupArn = pick(await call(endpoint, 'CreateTargetGroup', { Name: group, Protocol: 'TCP', Port: '80', TargetType: 'ip', VpcId: vpc }), 'TargetGroupArn');
    told.there = true;
    await call(endpoint, 'RegisterTargets', { TargetGroupArn, 'Targets.member.1.Id': '10.42.0.10' });
    told.target = true;
    for (let tag = 0; tag < 3; tag++) {
      await call(endpoint, 'AddTags', { 'ResourceArns.member.1': TargetGroupArn, 'Tags.member.1.Key': 'n', 'Tags.member.1.Value': String(tag) });
      told.tag = tag;
    }
    if (n % 2 === 0) continue;
    delete told.there;
    await call(endpoint, 'DeleteTargetGroup', { TargetGroupArn });
    told.there = false;
  }
};

const all = async (endpoint: string): Promise<Map<string, string>> => {
  const found = new Map<string, string>();
  for (let Marker = ''; ; ) {
    const xml = await call(endpoint, 'DescribeTargetGroups', Marker === '' ? {} : { Marker });
    for (const [, arn = ''] of xml.matchAll(/<TargetGroupArn>([^<]*)</g)) found.set(arn.split('/')[1] ?? '', arn);
    Marker = pick(xml, 'NextMarker');
    if (Marker === '') return found;
  }
};

const compare = async (t: ExecutionContext, endpoint: string, ledger: Ledger): Promise<void> => {
  const found = await all(endpoint);
  const wrong = [...ledger].filter(([name, { there }]) => there !== undefined && there !== found.has(name)).map(([name, { there }]) => `${name} ${there ? 'is lost' : 'is back'}`);
  t.deepEqual(wrong, []);
  for (const name of found.keys()) t.true(ledger.has(name), `nobody asked for ${name}`);
  // The last ones are those that the kill may have cut.
  for (const [name, { there, target, tag = -1 }] of [...ledger].slice(-12)) {
    const arn = found.get(name);
    if (!there || arn === undefined) continue;
    const health = await call(endpoint, 'DescribeTargetHealth', { TargetGroupArn: arn });
    if (target) t.true(health.includes('<Id>10.42.0.10</Id>'), `${name} has lost its target`);
    const tags = await call(endpoint, 'DescribeTags', { 'ResourceArns.member.1': arn });
    t.true(Number(pick(tags, 'Value') || -1) >= tag, `${name} has lost tag ${tag}`);
  }
};

test(`kill -9 of the endpoint in a storm of calls, ${kills} times: what was answered is stored`, async (t) => {
  t.timeout(120_000 + kills * 10_000);
  let run = await startNlbox(t, ...alone);
  t.teardown(() => run.kill('SIGKILL'));
  const vpc = pick(await call(endpointOf(run), 'DescribeVpcs', {}, '2016-11-15'), 'vpcId');
  const ledger: Ledger = new Map();
  for (let round = 0; round < kills; round++) {
    const endpoint = endpointOf(run);
    const storm = [0, 1, 2, 3].map((number) => lane(endpoint, vpc, `r${round}-${number}`, ledger).catch((error: unknown) => error));
    const answers = Math.floor(Math.random() * 100);
    while ([...ledger.keys()].filter((name) => name.startsWith(`r${round}-`)).length < 4 + answers / 4) await new Promise((resolve) => setImmediate(resolve));
    await run.kill('SIGKILL');
    for (const end of await Promise.all(storm)) t.regex(String(end), /fetch failed|terminated/);
    run = await run.again();
    await compare(t, endpointOf(run), ledger);
  }
  t.true([...ledger.values()].some(({ there }) => there === false), 'some were deleted');
});

const folderFor = (t: ExecutionContext): string => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-killed-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** `up` of the endpoint alone in the foreground: its first word, `ready` or its exit code with what it said. */
const up = async (t: ExecutionContext, folder: string): Promise<{ ready: boolean; code: number | null; text: string }> => {
  const where = ['--state-dir', path.join(folder, 'state'), 'up', '--port', '0', '--loopback', String(await freeBlock()), '--names', 'proxy', '--cluster', 'none', '--controller', 'none'];
  const child = spawn(process.execPath, ['emulator/nlbox.mjs', ...where], { env: cleanEnv(folder), stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => void child.kill('SIGKILL'));
  let text = '';
  const ready = new Promise<boolean>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.includes('is ready')) resolve(true);
      });
    }
    child.once('close', () => resolve(false));
  });
  const isReady = await ready;
  return { ready: isReady, code: child.exitCode, text };
};

test('of two that start at once over one state directory, one stands and the other says who has it', async (t) => {
  const folder = folderFor(t);
  const both = await Promise.all([up(t, folder), up(t, folder)]);
  t.is(both.filter(({ ready }) => ready).length, 1, both.map(({ text }) => text).join('\n--\n'));
  const refused = both.find(({ ready }) => !ready);
  t.is(refused?.code, 1);
  t.regex(refused?.text ?? '', /(in use by process|already running \(pid) ?\d+/);
  t.notRegex(refused?.text ?? '', /\n {4}at /, 'a sentence, no stack');
});

test('a state directory that cannot be written to is a sentence that names it', async (t) => {
  const folder = folderFor(t);
  // A file where the directory should be: the same for root, whom no mode stops.
  fs.writeFileSync(path.join(folder, 'state'), '');
  const { ready, code, text } = await up(t, folder);
  t.deepEqual([ready, code], [false, 1]);
  t.true(text.includes(path.join(folder, 'state')), text);
  t.notRegex(text, /\n {4}at /, 'a sentence, no stack');
});

// A file system of its own, in a mount namespace that ends with the command.
const onDisk = (folder: string, options: string, line: string): [string, string[]] =>
  ['unshare', ['--map-root-user', '--mount', 'sh', '-c', `mount -t tmpfs -o ${options} none ${folder} && ${line}`]];
const obstacle = spawnSync(...onDisk('/mnt', 'size=64k', 'true')).status === 0 ? '' : ' (NOT RUN: no file system of its own can be made here)';

const commandOn = async (disk: string): Promise<string> =>
  `exec ${process.execPath} emulator/nlbox.mjs --state-dir ${disk}/state up --port 0 --loopback ${await freeBlock()} --names proxy --cluster none --controller none`;

const untilReady = async (output: Readable): Promise<string> => {
  let text = '';
  for await (const chunk of output.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.includes('is ready')) break;
  }
  return text;
};

(obstacle ? test.skip : test)(`a read-only file system is a sentence, too${obstacle}`, async (t) => {
  const folder = folderFor(t);
  const { status, stderr } = spawnSync(...onDisk(folder, 'ro', await commandOn(folder)), { env: cleanEnv(folder), encoding: 'utf8' });
  t.is(status, 1);
  t.regex(stderr, /read-only file system/i);
  t.notRegex(stderr, /\n {4}at /, 'a sentence, no stack');
});

type Answer = { status: number; text: string };

const post = async (endpoint: string, action: string, parameters: Record<string, string>): Promise<Answer> => {
  const response = await fetch(endpoint, { method: 'POST', headers: headersFor('2015-12-01'), body: bodyOf(action, parameters) });
  return { status: response.status, text: await response.text() };
};

/** Writes until nothing more fits. */
const fillUp = (file: string): void => {
  const handle = fs.openSync(file, 'w');
  try {
    for (;;) fs.writeSync(handle, Buffer.alloc(4096));
  } catch {
    fs.closeSync(handle);
  }
};

(obstacle ? test.skip : test)(`what cannot be written is a fault and changes nothing; when there is room again, all goes on${obstacle}`, async (t) => {
  const folder = folderFor(t);
  const child = spawn(...onDisk(folder, 'size=2m', await commandOn(folder)), { env: cleanEnv(folder), stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => void child.kill('SIGKILL'));
  const endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(await untilReady(child.stdout))?.[0] ?? '';
  const vpc = pick(await call(endpoint, 'DescribeVpcs', {}, '2016-11-15'), 'vpcId');
  const create = (name: string) => post(endpoint, 'CreateTargetGroup', { Name: name, Protocol: 'TCP', Port: '80', TargetType: 'ip', VpcId: vpc });
  const names = async (): Promise<string[]> => [...(await all(endpoint)).keys()];
  t.is((await create('before')).status, 200);
  // The same file system, seen from outside of its namespace.
  const ballast = `/proc/${child.pid}/root${folder}/ballast`;
  fillUp(ballast);
  const answered: string[] = [];
  let refused: Answer | undefined;
  // The page that the journal has begun takes some more.
  for (let n = 0; n < 100 && !refused; n++) {
    const answer = await create(`group-${n}`);
    if (answer.status === 200) answered.push(`group-${n}`);
    else refused = answer;
  }
  t.is(refused?.status, 500);
  t.true(refused?.text.includes('<Code>InternalFailure</Code>'), refused?.text);
  t.deepEqual((await names()).sort(), ['before', ...answered].sort(), 'nothing half made');
  fs.rmSync(ballast);
  t.is((await create('after')).status, 200);
  t.deepEqual((await names()).sort(), ['after', 'before', ...answered].sort());
});
