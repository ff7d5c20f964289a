// The command line as its users meet it: help, mistakes, states without a run, and the small commands against one that runs.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { awsArguments } from '../../emulator/cli/pass-through.js';
import { progress } from '../../emulator/cli/wait.js';
import type { Info } from '../../emulator/main.js';
import { missingTool, startNlbox } from '../support/nlbox.js';

const folderOf = (t: ExecutionContext): string => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-cli-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const nlbox = (args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, ['emulator/nlbox.mjs', ...args], { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env } });

test.serial('every command explains itself, with examples', (t) => {
  const help = nlbox(['--help']);
  t.is(help.status, 0);
  const commands = [...help.stdout.matchAll(/^ {2}([a-z]+) ?.*? {2}/gm)].map((match) => match[1] ?? '').filter((name) => !['help', 'explain', 'fault', 'workshop'].includes(name));
  t.true(commands.length >= 10, help.stdout);
  for (const command of commands) {
    const { status, stdout } = nlbox([command, '--help']);
    t.is(status, 0, command);
    t.regex(stdout, /Examples:\n {2}\$ .*npx nlbox/, command);
  }
});

test.serial('mistakes of usage are status 2, and say so on standard error', (t) => {
  for (const args of [['upp'], ['up', '--no-such'], ['up', '--port', 'many'], ['up', '--timing', 'slow'], ['wait', '--for', 'rain'], ['up', '--quota', 'five']]) {
    const { status, stderr } = nlbox(args);
    t.is(status, 2, `${args.join(' ')}: ${stderr}`);
    t.regex(stderr, /^error: /, args.join(' '));
  }
  t.regex(nlbox(['upp']).stderr, /Did you mean up\?/);
});

test.serial('without a run each command says what to do, with status 1', (t) => {
  const dir = path.join(folderOf(t), 'none');
  for (const args of [['status'], ['env'], ['aws', 'elbv2', 'describe-load-balancers']]) {
    const { status, stdout, stderr } = nlbox(args, { NLBOX_STATE_DIR: dir });
    t.is(status, 1, args[0]);
    t.is(stdout, '');
    t.is(stderr, 'nlbox: nlbox is not running\n  Start it with `npx nlbox up` (or `npm run up` in a clone).\n');
  }
  t.regex(nlbox(['logs'], { NLBOX_STATE_DIR: dir }).stderr, /there is no log at .*none/);
  const waited = nlbox(['wait', '--timeout', '0'], { NLBOX_STATE_DIR: dir });
  t.is(waited.status, 1);
  t.regex(waited.stderr, /not ready after 0 s: nlbox is not ready/);
  const down = nlbox(['down'], { NLBOX_STATE_DIR: dir });
  t.is(down.status, 0);
  t.regex(down.stdout, /not running/);
});

test.serial('a folder with somebody\'s files is neither used nor removed', (t) => {
  const dir = folderOf(t);
  fs.writeFileSync(path.join(dir, 'thesis.txt'), 'x');
  for (const command of ['up', 'down']) {
    const { status, stderr } = nlbox([command, '--state-dir', dir]);
    t.is(status, 1);
    t.regex(stderr, /has files that are not nlbox's|is no state directory of nlbox/);
  }
  t.deepEqual(fs.readdirSync(dir), ['thesis.txt']);
});

test.serial('a taken port is named with its holder', async (t) => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  // Not spawnSync: the holder's event loop must run.
  const child = spawn(process.execPath, ['emulator/nlbox.mjs', 'up', '--cluster', 'none', '--loopback', '248', '--port', String(port), '--state-dir', path.join(folderOf(t), 's')], { env: { PATH: process.env['PATH'], HOME: '/nonexistent', NLBOX_HOSTS_FILE: '/nonexistent' }, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const status = await new Promise((resolve) => child.once('exit', resolve));
  t.is(status, 1);
  t.regex(stderr, new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken by`));
});

test.serial('the small commands against one that runs', async (t) => {
  t.timeout(60_000);
  const run = await startNlbox(t, '--cluster', 'none');
  const own = (args: string[]) => nlbox([...args, '--state-dir', run.stateDir]);
  t.is(nlbox(['--state-dir', run.stateDir, 'wait', '--timeout', '5']).status, 0);
  const second = own(['up', '--cluster', 'none']);
  t.is(second.status, 1);
  t.regex(second.stderr, new RegExp(`nlbox is already running \\(pid ${run.pid}\\)`));
  t.regex(own(['wait', '--for', 'active', '--timeout', '0']).stderr, /there is no load balancer/);
  t.is(own(['logs', '-n', '1', '--json']).status, 0);
  if (!missingTool('aws')) {
    // A shell that is set to something else is no obstacle.
    const aws = (...args: string[]) => nlbox(['--state-dir', run.stateDir, 'aws', ...args], { ...run.env, AWS_PROFILE: 'nobody', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true', AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: 'http://127.0.0.1:9' });
    const listed = aws('elbv2', 'describe-load-balancers', '--query', 'length(LoadBalancers)');
    t.is(listed.stdout.trim(), '0', listed.stderr);
    t.true([254, 255].includes(aws('elbv2', 'describe-load-balancers', '--names', 'none').status ?? 0), 'the status of aws is passed on');
  }
  const file = path.join(run.home, 'b.tar.gz');
  t.is(own(['bundle', file]).stdout.trim(), file);
  const packed = spawnSync('tar', ['-tzf', file], { encoding: 'utf8' }).stdout;
  for (const name of ['status.json', 'status.txt', 'doctor.json', 'history.json', 'events.txt', 'timeline.txt', 'nlbox.log']) t.true(packed.includes(`nlbox-bundle/${name}\n`), packed);
  t.false(/kubeconfig|run\.json|identity|kube\.journal/.test(packed));
});

test('aws keeps its arguments, options included', (t) => {
  t.deepEqual(awsArguments(['aws', '--version']), { args: ['--version'] });
  t.deepEqual(awsArguments(['--state-dir', '/s', 'aws', 'elbv2', '--help']), { args: ['elbv2', '--help'], stateDir: '/s' });
  for (const ours of [['aws'], ['aws', '--help'], ['status'], ['--state-dir', '/s', 'up']]) t.is(awsArguments(ours), undefined);
});

test('what `wait` waits for', (t) => {
  const target = { Id: 'i-1', Port: 80, State: 'healthy' };
  const info = (State: string, targets: object[]): Info => ({ loadBalancers: [{ LoadBalancerName: 'k8s-ui-uinlb-0123456789', DNSName: 'x', State, targets }] }) as unknown as Info;
  t.deepEqual(progress(undefined, 'ready'), { done: false, why: 'nlbox is not ready' });
  t.deepEqual(progress(info('provisioning', []), 'ready'), { done: true });
  t.deepEqual(progress(info('provisioning', []), 'active'), { done: false, why: 'k8s-ui-uinlb-0123456789 is provisioning' });
  t.deepEqual(progress(info('active', []), 'active', 'k8s-ui-uinlb'), { done: true });
  t.deepEqual(progress(info('active', []), 'active', 'other'), { done: false, why: "there is no load balancer 'other'" });
  t.deepEqual(progress(info('active', []), 'healthy'), { done: false, why: 'k8s-ui-uinlb-0123456789 has no targets' });
  t.deepEqual(progress(info('active', [target, { ...target, State: 'draining' }]), 'healthy'), { done: true });
  t.deepEqual(progress(info('active', [{ ...target, State: 'unhealthy', lastProbe: 'refused' }]), 'healthy'), { done: false, why: 'target i-1:80 of k8s-ui-uinlb-0123456789 is unhealthy (last probe: refused)' });
});
