// The container and CI files say what the product has: commands, flags, files and ports that exist.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { execa } from 'execa';
import { parse } from 'yaml';

const read = (file: string): string => fs.readFileSync(file, 'utf8');

type Action = { runs: { using: string; steps: { run?: string; shell?: string; uses?: string }[] } };
type Workflow = { jobs: Record<string, { steps: { run?: string; uses?: string }[] }> };
type Service = { build?: { target?: string }; cap_add?: string[]; privileged?: boolean; user?: string; ports?: string[]; volumes: (string | object)[]; networks?: string[]; healthcheck?: { test: string[] } };
type Compose = { services: Record<string, Service>; networks: Record<string, { external: boolean }>; volumes: Record<string, null> };

const actions = ['setup-nlbox', 'bundle-nlbox'].map((name) => `.github/actions/${name}/action.yml`);
const workflow = parse(read('.github/workflows/ci.yml')) as Workflow;
const scripts = [...actions.flatMap((file) => (parse(read(file)) as Action).runs.steps), ...Object.values(workflow.jobs).flatMap(({ steps }) => steps)].flatMap(({ run }) => run ?? []);

test('each nlbox command and flag of CI is one that there is', (t) => {
  const used = scripts.flatMap((script) => [...script.matchAll(/(?:^|[\s(])nlbox ([a-z]+)([^\n|)]*)/gm)].map((match) => ({ command: match[1] ?? '', flags: [...(match[2] ?? '').matchAll(/ (--[a-z-]+)/g)].map((flag) => flag[1] ?? '') })));
  t.true(used.length > 10);
  for (const command of new Set(used.map((one) => one.command))) {
    const help = spawnSync(process.execPath, ['emulator/nlbox.mjs', command, '--help'], { encoding: 'utf8' });
    t.is(help.status, 0, command);
    for (const flag of new Set(used.filter((one) => one.command === command).flatMap(({ flags }) => flags))) t.true(help.stdout.includes(flag), `${command} ${flag}`);
  }
});

test('every script step of a composite action names its shell, and parses', (t) => {
  for (const file of actions) {
    const { runs } = parse(read(file)) as Action;
    t.is(runs.using, 'composite');
    for (const step of runs.steps) if (step.run !== undefined) t.is(step.shell, 'bash', file);
  }
  for (const script of scripts) t.is(spawnSync('bash', ['-n'], { input: script.replace(/\$\{\{.*?\}\}/g, 'x') }).status, 0, script);
});

test('actions that are used are there', (t) => {
  const local = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => (uses?.startsWith('./') ? [uses] : [])));
  t.true(local.length > 0);
  for (const uses of local) t.true(fs.existsSync(`${uses}/action.yml`), uses);
});

test('the image copies what is there, has what the command needs, and is nobody\'s root', (t) => {
  const dockerfile = read('Dockerfile');
  for (const [, sources = ''] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) for (const source of sources.split(' ')) t.true(fs.existsSync(source), source);
  t.regex(dockerfile, /^USER node$/m);
  t.regex(dockerfile, /^HEALTHCHECK /m);
  t.true(fs.existsSync('emulator/nlbox.mjs') && fs.existsSync('emulator/bootstrap.mjs'));
  for (const [, needed = ''] of read('emulator/nlbox.mjs').matchAll(/'\.\/(\w+\.mjs)'/g)) t.true(dockerfile.includes(`/nlbox/emulator/${needed} `), needed);
});

test('compose has one service: a health check, state in a volume, the kind network, and no privileges but for the kernel engine', (t) => {
  const { services, networks, volumes } = parse(read('docker-compose.yml')) as Compose;
  t.deepEqual(Object.keys(services), ['nlbox']);
  const service = services['nlbox'];
  t.deepEqual([service?.cap_add, service?.privileged, service?.user], [undefined, undefined, undefined]);
  t.true(service?.volumes.some((one) => typeof one === 'string' && (one.split(':')[0] ?? '') in volumes));
  t.deepEqual([service?.networks, networks['kind']?.external], [['kind'], true]);
  t.deepEqual(service?.healthcheck?.test.slice(0, 2), ['CMD', 'node']);
  t.true(fs.existsSync((service?.healthcheck?.test[2] ?? '').replace('/nlbox/', '')));
  const kernel = (parse(read('docker-compose.kernel.yml')) as Compose).services['nlbox'];
  t.deepEqual([kernel?.cap_add, kernel?.user, kernel?.build?.target], [['NET_ADMIN'], 'root', 'kernel']);
  const stages = [...read('Dockerfile').matchAll(/^FROM \S+ AS (\S+)$/gm)].map((match) => match[1] ?? '');
  for (const target of [service?.build?.target, kernel?.build?.target]) t.true(stages.includes(target ?? ''), target);
  // Nobody outside of this machine is let in by what is published.
  for (const port of service?.ports ?? []) t.true(port.startsWith('127.0.0.1:'), port);
});

test('the health check of the image asks whether everything has started', async (t) => {
  let state = 'starting';
  const server = http.createServer((_request, response) => void response.end(JSON.stringify({ services: { ec2: 'running', kubernetes: state } })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const check = async (at: number): Promise<number | undefined> => (await execa(process.execPath, ['emulator/health.mjs'], { env: { NLBOX_PORT: String(at) }, reject: false })).exitCode;
  t.is(await check(port), 1);
  state = 'running';
  t.is(await check(port), 0);
  await new Promise((resolve) => server.close(resolve));
  t.is(await check(port), 1);
});
