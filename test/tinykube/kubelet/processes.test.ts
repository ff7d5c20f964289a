// Containers that are processes of this machine: what they find, how they are probed, restarted and ended, and that none outlives nlbox.
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { systemClock, type Clock, type Timer } from '../../../emulator/clock.js';
import type { Pod } from '../../../emulator/tinykube/controllers/kinds.js';
import type { Api, NewObject } from '../../../emulator/tinykube/types.js';
import { eventually, events, execIn, fetchText, projected, readyPods, service, startCluster, until } from '../cluster.js';

const local = (name: string, container: object, spec: object = {}): NewObject => ({
  apiVersion: 'v1', kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: name }, annotations: { 'nlbox.dev/run': 'local' } },
  spec: { containers: [{ name: 'main', image: 'anything', ...container }], ...spec },
});

const podOf = (api: Api, name: string): Pod | undefined => api.get('pods', 'default', name) as Pod | undefined;

const statusOf = (api: Api, name: string) => podOf(api, name)?.status?.containerStatuses?.[0];

const open = (t: ExecutionContext, clock?: Clock) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-processes-'));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  return startCluster(t, { directory, ...(clock && { clock }) });
};

const server = "require('http').createServer((q, r) => r.end(process.env.GREETING + ' ' + process.cwd())).listen(8080, process.env.POD_IP_LOCAL)";

test('a process has its own environment, directory and address; probes, exec and logs are its own', async (t) => {
  const cluster = await open(t);
  const { api } = cluster;
  api.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' }, data: { GREETING: 'hello' } });
  api.create('pods', local('web', {
    command: ['sh', '-c', `env | sort | cut -d= -f1; exec node -e "${server}"`], envFrom: [{ configMapRef: { name: 'settings' } }], ports: [{ containerPort: 8080 }],
    readinessProbe: { exec: { command: ['sh', '-c', 'test "$GREETING" = hello && echo probed >> probes && exec 3<>probes'] }, periodSeconds: 1 }, livenessProbe: { tcpSocket: { port: 8080 }, initialDelaySeconds: 5 },
  }));
  const [pod] = await readyPods(api, 'web', 1);
  const page = async (): Promise<string> => (await fetchText(projected(cluster.loopback, pod?.status?.podIP ?? ''), 8080)).body;
  const answer = await eventually(page, 100_000);
  const [greeting, directory = ''] = answer.split(' ');
  t.is(greeting, 'hello');
  t.is(fs.readFileSync(path.join(directory, 'probes'), 'utf8').split('\n')[0], 'probed');
  t.deepEqual(await execIn(cluster, 'web', 'sh', '-c', 'echo $GREETING from $(hostname 2>/dev/null >/dev/null; echo $HOSTNAME); pwd; exit 4'), { code: 4, out: `hello from web\n${directory}\n` });
  const lines = (cluster.nodes.logs('default', 'web', 'main') ?? '').trim().split('\n');
  t.deepEqual(lines.filter((name) => !['_', 'OLDPWD', 'SHLVL', 'PWD'].includes(name) && !name.startsWith('KUBERNETES_')), ['GREETING', 'HOME', 'HOSTNAME', 'HTTPS_PROXY', 'HTTP_PROXY', 'PATH', 'POD_IP_LOCAL', 'TMPDIR', 'http_proxy', 'https_proxy']);
  api.delete('pods', 'default', 'web', { gracePeriodSeconds: 0 });
  await until(api, ['pods'], () => !podOf(api, 'web'));
  await eventually(async () => {
    if (fs.existsSync(directory)) throw new Error('the directory is still there');
  }, 1000);
});

// A gRPC server of the health service alone: it serves what is called `web`.
const grpcServer = `
const server = require('http2').createServer();
server.on('stream', (stream) => {
  const asked = [];
  stream.on('data', (chunk) => asked.push(chunk)).on('end', () => {
    const service = Buffer.concat(asked).subarray(7).toString();
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': service === 'gone' ? '5' : '0', 'grpc-message': 'unknown%20service' }));
    stream.end(service === 'gone' ? undefined : Buffer.from([0, 0, 0, 0, 2, 8, service === 'web' ? 1 : 2]));
  });
});
server.listen(9090, process.env.POD_IP_LOCAL);`;

test('a gRPC probe asks the health service, by name', async (t) => {
  const { api } = await open(t);
  for (const service of ['web', 'db', 'gone']) {
    api.create('pods', local(service, { command: ['node', '-e', grpcServer], readinessProbe: { grpc: { port: 9090, service }, periodSeconds: 1, timeoutSeconds: 5 } }));
  }
  await readyPods(api, 'web', 1);
  const said = (name: string, words: string) => until(api, ['events'], () => events(api, name).some((text) => text.startsWith('Warning Unhealthy') && text.includes(words)));
  await said('db', 'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")');
  await said('gone', 'error: health rpc probe failed: rpc error: code = 5 desc = unknown service');
  t.deepEqual(['db', 'gone'].map((name) => statusOf(api, name)?.ready), [false, false]);
});

/** A clock whose waits for more than a second take none; it says how long they would have been. */
const hurried = (): Clock & { waits: number[] } => {
  const waits: number[] = [];
  const after = (ms: number, fn: () => void): Timer => {
    if (ms >= 1000) waits.push(ms);
    return systemClock.after(ms >= 5000 && ms <= 300_000 ? 1 : ms, fn);
  };
  return { ...systemClock, after, waits };
};

test('a process that ends is started again, at once and then with growing delays', async (t) => {
  const clock = hurried();
  const { api } = await open(t, clock);
  api.create('pods', local('crash', { command: ['sh', '-c', 'exit 7'] }));
  const status = await until(api, ['pods'], () => (statusOf(api, 'crash')?.restartCount ?? 0) >= 4 && statusOf(api, 'crash'));
  t.is(status.lastState?.terminated?.exitCode, 7);
  t.deepEqual([...new Set(clock.waits)].filter((ms) => [10_000, 20_000, 40_000].includes(ms)), [10_000, 20_000, 40_000]);
  t.true(events(api, 'crash').some((text) => text.startsWith('Warning BackOff: Back-off restarting failed container main in pod crash_default')));
});

test('a postStart command is over before the container runs; one that fails ends it, and that is told', async (t) => {
  const cluster = await open(t, hurried());
  const { api } = cluster;
  const hook = (...words: string[]) => ({ lifecycle: { postStart: { exec: { command: ['sh', '-c', ...words] } } } });
  api.create('pods', local('good', { command: ['sh', '-c', 'while true; do sleep 0.1; done'], ...hook('echo hooked > hooked') }));
  await readyPods(api, 'good', 1);
  t.deepEqual(await execIn(cluster, 'good', 'cat', 'hooked'), { code: 0, out: 'hooked\n' });
  api.create('pods', local('bad', { command: ['sh', '-c', 'while true; do sleep 0.1; done'], ...hook('echo no; exit 5') }));
  const status = await until(api, ['pods'], () => (statusOf(api, 'bad')?.lastState?.terminated ? statusOf(api, 'bad') : undefined));
  t.is(status.lastState?.terminated?.exitCode, 137);
  t.false(status.ready);
  const told = events(api, 'bad');
  t.true(told.some((text) => text.startsWith('Warning FailedPostStartHook: PostStartHook failed: command ["sh","-c","echo no; exit 5"] exited with 5: no')), told.join('; '));
  t.true(told.includes('Normal Killing: FailedPostStartHook'));
});

test('a process finds the Services of its namespace in its environment and reaches them over plain sockets', async (t) => {
  const cluster = await open(t);
  const { api } = cluster;
  api.create('services', service('my-ui', 'my-ui'));
  api.create('pods', { ...local('my-ui', { command: ['node', '-e', "require('net').createServer((s) => s.end('raw bytes')).listen(8080, process.env.POD_IP_LOCAL)"], ports: [{ name: 'http', containerPort: 8080 }], readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 } }) });
  api.create('pods', local('asker', { command: ['sleep', '1000'] }));
  await readyPods(api, 'my-ui', 1);
  await readyPods(api, 'asker', 1);
  const ask = "require('net').connect(process.env.MY_UI_SERVICE_PORT, process.env.MY_UI_SERVICE_HOST).on('error', () => process.exit(1)).pipe(process.stdout)";
  const out = await eventually(async () => {
    const said = await execIn(cluster, 'asker', 'node', '-e', ask);
    if (said.code !== 0 || said.out === '') throw new Error(`${said.code} ${said.out}`);
    return said.out;
  });
  t.is(out, 'raw bytes');
  const { out: names } = await execIn(cluster, 'asker', 'sh', '-c', 'env | cut -d= -f1 | grep MY_UI | sort');
  t.deepEqual(names.trim().split('\n'), ['MY_UI_PORT', 'MY_UI_PORT_80_TCP', 'MY_UI_PORT_80_TCP_ADDR', 'MY_UI_PORT_80_TCP_PORT', 'MY_UI_PORT_80_TCP_PROTO', 'MY_UI_SERVICE_HOST', 'MY_UI_SERVICE_PORT', 'MY_UI_SERVICE_PORT_HTTP']);
});

test('what kubectl cp unpacks at an absolute path stays in the pod\'s directory, and is found there again', async (t) => {
  const cluster = await open(t);
  cluster.api.create('pods', local('box', { command: ['sleep', '1000'] }));
  await readyPods(cluster.api, 'box', 1);
  const place = `/nlbox-test-${process.pid}`;
  const copy = `echo kept > file && tar cf - file`;
  await execIn(cluster, 'box', 'sh', '-c', `mkdir out && cd out && ${copy} > ../packed.tar`);
  t.deepEqual(await execIn(cluster, 'box', 'tar', '-xmf', 'packed.tar', '-C', place), { code: 0, out: '' });
  t.false(fs.existsSync(place));
  t.deepEqual(await execIn(cluster, 'box', 'cat', `.${place}/file`), { code: 0, out: 'kept\n' });
  t.regex((await execIn(cluster, 'box', 'tar', 'cf', '-', `${place}/file`)).out, /kept/);
});

test('an end is told by preStop, then SIGTERM; a process that does not listen is cut when its grace is over', async (t) => {
  const { api, nodes } = await open(t);
  const deaf = `trap 'echo told > told' TERM; echo up; while true; do sleep 0.1; done`;
  api.create('pods', local('deaf', { command: ['sh', '-c', deaf], lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo before >> order'] } } } }, { terminationGracePeriodSeconds: 2 }));
  api.create('pods', local('polite', { command: ['sh', '-c', `trap 'echo bye; exit 0' TERM; echo up; while true; do sleep 0.1; done`] }, { terminationGracePeriodSeconds: 100 }));
  await until(api, ['pods'], () => ['deaf', 'polite'].every((name) => podOf(api, name)?.status?.phase === 'Running'));
  const directory = (await execIn({ nodes } as Parameters<typeof execIn>[0], 'deaf', 'pwd')).out.trim();
  const seen: string[] = [];
  const watcher = fs.watch(directory, (_event, name) => void seen.push(String(name)));
  t.teardown(() => watcher.close());
  const began = systemClock.now();
  for (const name of ['deaf', 'polite']) api.delete('pods', 'default', name);
  await until(api, ['pods'], () => !podOf(api, 'polite'));
  await until(api, ['pods'], () => !podOf(api, 'deaf'));
  t.true(systemClock.now() - began >= 1900);
  t.true(seen.indexOf('order') >= 0 && seen.indexOf('told') > seen.indexOf('order'), seen.join(' '));
});

test('kill -9 of the process that runs them leaves none of them, nor what they have started', async (t) => {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  t.teardown(() => void listener.close());
  const connect = `require('net').connect(${port}, '127.0.0.1').on('connect', function () { this.write('x') }).resume()`;
  const script = `
    import { createGuard } from '${path.resolve('out/emulator/tinykube/images/guard.js')}';
    import { startCommand } from '${path.resolve('out/emulator/tinykube/images/process.js')}';
    const context = { env: {}, surroundings: () => ({}), pod: 'p', directory: () => '/', guard: createGuard() };
    startCommand(['true'], context);
    startCommand(['sh', '-c', ${JSON.stringify(`node -e "${connect}" & exec node -e "${connect}"`)}], context);
    setInterval(() => {}, 1e6);`;
  const two = new Promise<net.Socket[]>((resolve) => {
    const sockets: net.Socket[] = [];
    listener.on('connection', (socket) => {
      socket.on('error', () => {}).resume();
      sockets.push(socket);
      if (sockets.length === 2) resolve(sockets);
    });
  });
  const host = execa('node', ['--input-type=module', '-e', script], { reject: false });
  const sockets = await two;
  const gone = Promise.all(sockets.map((socket) => once(socket, 'close')));
  host.kill('SIGKILL');
  await host;
  await gone;
  t.pass();
});
