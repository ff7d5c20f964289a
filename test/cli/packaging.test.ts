// The container and CI files say what the product has: commands, flags, files and ports that exist.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import test from 'ava';
import { parse } from 'yaml';

const read = (file: string): string => fs.readFileSync(file, 'utf8');

type Action = { runs: { using: string; steps: { run?: string; shell?: string; uses?: string }[] } };
type Workflow = { jobs: Record<string, { steps: { run?: string; uses?: string }[] }> };
type Compose = { services: Record<string, { cap_add?: string[]; privileged?: boolean; volumes: string[]; networks?: string[]; network_mode?: string }>; networks: Record<string, { external: boolean }>; volumes: Record<string, null> };

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
});

test('compose asks for no privileges, keeps state in volumes, and joins the kind network by choice', (t) => {
  const { services, networks, volumes } = parse(read('docker-compose.yml')) as Compose;
  for (const [name, { cap_add, privileged, volumes: used }] of Object.entries(services)) {
    t.deepEqual([cap_add, privileged], [undefined, undefined], name);
    t.true(used.some((one) => (one.split(':')[0] ?? '') in volumes), name);
  }
  t.is(services['nlbox']?.network_mode, 'host');
  t.deepEqual(services['nlbox-kind']?.networks, ['kind']);
  t.true(networks['kind']?.external);
});
