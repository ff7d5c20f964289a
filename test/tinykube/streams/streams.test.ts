// exec, attach, logs and port-forward over the wire: websocket channels and SPDY frames, against a cluster with a front door.
import net from 'node:net';
import type { Duplex } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { WebSocket } from 'ws';
import { systemClock } from '../../../emulator/clock.js';
import { silentLog } from '../../../emulator/log.js';
import { createCertificates } from '../../../emulator/tinykube/api/certificates.js';
import { createApiServer } from '../../../emulator/tinykube/api/server.js';
import type { Hooks } from '../../../emulator/tinykube/api/services.js';
import { headerCodec } from '../../../emulator/tinykube/streams/spdy-headers.js';
import { serveSpdy, type SpdyStream } from '../../../emulator/tinykube/streams/spdy.js';
import type { NewObject } from '../../../emulator/tinykube/types.js';
import { readyPods, startCluster, ui } from '../cluster.js';

const token = 'a-token-of-the-test';

const pod: NewObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one', namespace: 'default', labels: { app: 'one' } }, spec: { containers: [{ name: 'main', image: ui, env: [{ name: 'GREETING', value: 'hello' }] }] } };

const open = async (t: ExecutionContext, more: readonly NewObject[] = []) => {
  const hooks: Hooks = {};
  const { cert, key } = createCertificates(systemClock.now());
  const server = createApiServer({ clock: systemClock, log: silentLog, version: 'v1.33.5', serviceCidr: '10.100.0.0/16', tls: { cert, key }, token, hooks });
  const { nodes, api } = await startCluster(t, { api: server.api });
  Object.assign(hooks, { exec: nodes.exec, attach: nodes.attach, dial: nodes.dial, logs: nodes.readLog } satisfies Hooks);
  const { port } = await server.listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  for (const one of [pod, ...more]) api.create('pods', one);
  for (const { metadata } of [pod, ...more]) await readyPods(api, metadata.name ?? '', 1);
  return (path: string, protocols: string[], name = 'one') => new WebSocket(`wss://127.0.0.1:${port}/api/v1/namespaces/default/pods/${name}/${path}`, protocols, { headers: { authorization: `Bearer ${token}` }, rejectUnauthorized: false });
};

const exec = (...command: string[]): string => `exec?container=main&stdin=true&stdout=true&stderr=true&${command.map((word) => `command=${encodeURIComponent(word)}`).join('&')}`;

/** What came on each channel until the server closed. */
const channels = (client: WebSocket): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const seen: string[] = [];
    client.on('message', (data: Buffer) => { seen[data[0] ?? 0] = (seen[data[0] ?? 0] ?? '') + data.subarray(1).toString(); });
    client.once('close', () => resolve(seen));
    client.once('error', reject);
  });

test('exec runs in the environment of the container and reports output and exit code', async (t) => {
  const connect = await open(t);
  const [, out, err, status] = await channels(connect(exec('sh', '-c', 'echo $GREETING; echo oh >&2; exit 3'), ['v5.channel.k8s.io']));
  t.is(out, 'hello\n');
  t.is(err, 'oh\n');
  t.like(JSON.parse(status ?? ''), { status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '3' }] } });
});

test('stdin reaches the command and its end too', async (t) => {
  const client = (await open(t))(exec('cat'), ['v5.channel.k8s.io']);
  const seen = channels(client);
  await new Promise((resolve) => client.once('open', resolve));
  client.send(Buffer.from('\0some text'));
  client.send(Buffer.from([255, 0]));
  const [, out, , status] = await seen;
  t.is(out, 'some text');
  t.is((JSON.parse(status ?? '') as { status: string }).status, 'Success');
});

test('a program that does not exist is said so; a wrong container is refused before the handshake', async (t) => {
  const connect = await open(t);
  const [, , , status] = await channels(connect(exec('no-such-program'), ['v5.channel.k8s.io']));
  t.regex(status ?? '', /executable file not found in \$PATH/);
  await t.throwsAsync(channels(connect('exec?container=other&command=true', ['v5.channel.k8s.io'])), { message: /400/ });
});

const talker = (name: string, container: object, annotations: Record<string, string> = {}): NewObject => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels: { app: name }, annotations },
  spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox', ...container }] },
});

const attach = 'attach?stdin=true&stdout=true&stderr=true';

test('attach talks to a process, whose standard input ends with the first client; the session ends with the process', async (t) => {
  const script = 'while read line; do echo "got $line"; echo "oh $line" >&2; done; echo end; exit 3';
  const connect = await open(t, [talker('talk', { command: ['sh', '-c', script], stdin: true, stdinOnce: true }, { 'nlbox.dev/run': 'local' })]);
  const client = connect(attach, ['v5.channel.k8s.io'], 'talk');
  const seen = channels(client);
  await new Promise((resolve) => client.once('open', resolve));
  client.send(Buffer.from('\0hello\n'));
  client.send(Buffer.from([255, 0]));
  const [, out, err, status] = await seen;
  t.is(out, 'got hello\nend\n');
  t.is(err, 'oh hello\n');
  t.is((JSON.parse(status ?? '') as { status: string }).status, 'Success');
  await t.throwsAsync(channels(connect(attach, ['v5.channel.k8s.io'], 'talk')), { message: /400/ });
});

test('a stand-in of a shell that somebody talks to is a shell; others show their lines, and a client that leaves disturbs nobody', async (t) => {
  const connect = await open(t, [talker('shell', { stdin: true, stdinOnce: true }), talker('ticks', { command: ['sh', '-c', 'while true; do echo tick; sleep 1; done'] })]);
  const shell = connect(attach, ['v5.channel.k8s.io'], 'shell');
  const said = channels(shell);
  await new Promise((resolve) => shell.once('open', resolve));
  shell.send(Buffer.from('\0echo $((6 * 7)); exit\n'));
  t.is((await said)[1], '42\n');
  for (const _client of [1, 2]) {
    const client = connect('attach?stdout=true', ['v4.channel.k8s.io'], 'ticks');
    t.is(await new Promise((resolve) => client.on('message', (data: Buffer) => void (data[0] === 1 && resolve(data.subarray(1).toString())))), 'tick\n');
    client.close();
  }
});

test('a forwarded port carries bytes both ways (client-node form)', async (t) => {
  const client = (await open(t))('portforward?ports=8080', ['v4.channel.k8s.io']);
  const answer = new Promise<string>((resolve) => {
    client.on('message', (data: Buffer) => {
      if (data[0] === 0 && data.length > 3) resolve(data.subarray(1).toString());
    });
  });
  await new Promise((resolve) => client.once('open', resolve));
  client.send(Buffer.from('\0GET /actuator/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'));
  t.regex(await answer, /^HTTP\/1.1 200 OK/);
  client.close();
});

test('the header dictionary is the one of SPDY/3', async (t) => {
  // zlib writes the dictionary's checksum behind the two bytes of its header.
  const codec = headerCodec();
  t.teardown(codec.close);
  t.is((await codec.empty()).subarray(2, 6).toString('hex'), 'e3c6a7c2');
});

test('SPDY: a stream is answered, echoes, and ends with the connection', async (t) => {
  const [near, far] = await pair();
  const codec = headerCodec();
  t.teardown(codec.close);
  const opened: SpdyStream[] = [];
  const served = serveSpdy(far, (stream) => {
    opened.push(stream);
    stream.duplex.pipe(stream.duplex);
  });
  const received: Buffer[] = [];
  const ping = Buffer.from([0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 9]);
  const echo = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 2]), Buffer.from('hi')]);
  const all = new Promise<void>((resolve) => {
    near.on('data', (chunk: Buffer) => {
      received.push(chunk);
      const so = Buffer.concat(received);
      if (so.includes(ping) && so.includes(echo)) resolve();
    });
  });
  const block = await codec.empty();
  near.write(Buffer.concat([Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 10 + block.length, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), block]));
  near.write(ping);
  near.write(Buffer.concat([Buffer.from([0, 0, 0, 1, 1, 0, 0, 2]), Buffer.from('hi')]));
  await all;
  near.end();
  await served;
  const bytes = Buffer.concat(received);
  t.is(opened.length, 1);
  t.is(bytes.readUInt16BE(2), 2, 'SYN_REPLY first');
  t.true(opened[0]?.duplex.destroyed);
});

/** Two ends of one connection. */
const pair = async (): Promise<[Duplex, Duplex]> => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const far = new Promise<Duplex>((resolve) => server.once('connection', resolve));
  const near = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const both: [Duplex, Duplex] = [near, await far];
  server.close();
  return both;
};

test('a closed port is told on the error channel', async (t) => {
  const client = (await open(t))('portforward?ports=9', ['v4.channel.k8s.io']);
  const seen = await channels(client);
  t.regex(seen[1] ?? '', /error forwarding port 9/);
});
