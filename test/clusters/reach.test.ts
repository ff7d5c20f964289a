// The ways to nodes and pods: which one is taken, and what a connection on each means.
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { PassThrough } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { manualClock, systemClock } from '../../emulator/clock.js';
import { carryDatagrams, framed, unframer } from '../../emulator/clusters/datagrams.js';
import { dialThrough, dialUdpThrough, projectOf, publishedPort } from '../../emulator/clusters/container.js';
import { portIn, refusalIn } from '../../emulator/clusters/forward-lines.js';
import { decideReach, dialUdpBy, wantsContainer, withoutDatagrams, wantsRoutes, type Probes } from '../../emulator/clusters/reach.js';
import { patienceOf, scout, type Forward } from '../../emulator/clusters/scout.js';
import { goalOf, startRelay } from '../../emulator/main/relay.js';

const probes = (node?: number, pod?: number): Probes => ({ node: { address: '172.18.0.3', ms: node }, pod: { address: '10.42.1.2', ms: pod } });

const decisions: [title: string, direct: Probes, container: Probes | undefined, ways: [string, string], wants: [routes: boolean, container: boolean]][] = [
  ['Linux, root', probes(0.4, 0.6), undefined, ['direct', 'direct'], [false, false]],
  ['Linux, no routes to pods', probes(0.4), undefined, ['direct', 'forward'], [true, false]],
  ['macOS and Windows', probes(), undefined, ['forward', 'forward'], [false, true]],
  ['macOS and Windows, with the container', probes(), probes(3), ['container', 'forward'], [false, false]],
  ['a container that reaches pods, too', probes(), probes(3, 4), ['container', 'container'], [false, false]],
  ['a cluster without nodes', { node: undefined, pod: undefined }, undefined, ['forward', 'forward'], [false, true]],
];

for (const [title, direct, container, ways, wants] of decisions) {
  test(`the first way that answers is taken: ${title}`, (t) => {
    const reach = decideReach({ direct, container }, false);
    t.deepEqual([reach.nodes, reach.pods], ways);
    t.deepEqual([wantsRoutes(reach), wantsContainer(reach)], wants);
  });
}

test('the way and its speed are said', (t) => {
  t.deepEqual(decideReach({ direct: probes(0.4, 2.6) }, true).lines, ['nodes: straight to their addresses (<1 ms to connect)', 'pods: straight to their addresses, by routes through the nodes (3 ms to connect)']);
  t.deepEqual(decideReach({ direct: probes(), container: probes(12) }, false).lines, [
    'nodes: through the container of docker-compose.yml, which is in the kind network (12 ms to connect)',
    "pods: through the API server's port-forward, one process per target (slower, no half-closed connections, no UDP)",
  ]);
});

test('names of compose projects, and what docker prints of ports', (t) => {
  t.is(projectOf('my.cluster'), 'nlbox-my-cluster');
  t.is(publishedPort('127.0.0.1:49153\n'), 49_153);
  t.is(publishedPort('0.0.0.0:49153\n[::]:49153\n'), undefined);
});

test('the relay goes to private networks only', (t) => {
  t.deepEqual(goalOf('172.18.0.3:30080'), { host: '172.18.0.3', port: 30_080 });
  t.deepEqual(goalOf('10.42.1.7:8080'), { host: '10.42.1.7', port: 8080 });
  for (const no of ['127.0.0.1:22', '169.254.169.254:80', '8.8.8.8:53', 'example.com:80', '10.0.0.1', '10.0.0.1:http', '[::1]:80', '']) t.is(goalOf(no), undefined, no);
});

const listen = async (t: ExecutionContext, server: net.Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return (server.address() as net.AddressInfo).port;
};

const relayOn = async (t: ExecutionContext): Promise<number> => {
  const allowed = new net.BlockList();
  allowed.addSubnet('127.0.0.0', 8);
  const relay = await startRelay({ host: '127.0.0.1', port: 0, allowed });
  t.teardown(() => relay.close());
  return relay.port;
};

const relayOnLoopback = async (t: ExecutionContext) => dialThrough(await relayOn(t));

const udpServer = async (t: ExecutionContext, answer: (message: Buffer, from: dgram.RemoteInfo, server: dgram.Socket) => void): Promise<number> => {
  const server = dgram.createSocket('udp4').on('message', (message, from) => answer(message, from, server));
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  return server.address().port;
};

test('datagrams are whole again, however the connection cut them, the empty one too', (t) => {
  const told: string[] = [];
  const take = unframer((message) => void told.push(String(message)));
  const sent = Buffer.concat(['one', '', 'x'.repeat(60_000)].map((text) => framed(Buffer.from(text))));
  for (let at = 0; at < sent.length; at += 7) take(sent.subarray(at, at + 7));
  t.deepEqual(told.map(({ length }) => length), [3, 0, 60_000]);
  t.is(told[0], 'one');
});

test('through the relay datagrams travel both ways, each as it was, and a flow keeps its address', async (t) => {
  const seen = new Set<number>();
  const port = await udpServer(t, (message, from, server) => {
    seen.add(from.port);
    server.send(`you said ${message}`, from.port, from.address);
  });
  const socket = dialUdpThrough(await relayOn(t))({ host: '127.0.0.1', port }, {});
  t.teardown(() => void socket.close());
  await once(socket, 'connect');
  for (const text of ['a', 'b', '']) {
    socket.send(text);
    t.is(String((await once(socket, 'message'))[0]), `you said ${text}`);
  }
  t.is(seen.size, 1);
});

test('a connection that ends while its socket is being connected takes the socket with it', async (t) => {
  const socket = dgram.createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const line = new PassThrough();
  const ended = once(line, 'close');
  line.destroy();
  await ended;
  const closed = once(socket, 'close');
  carryDatagrams(socket, line);
  await t.notThrowsAsync(closed);
});

test('a flow that is closed before it is open opens nothing; one that may not be is told why', async (t) => {
  const relay = await relayOn(t);
  const early = dialUdpThrough(relay)({ host: '127.0.0.1', port: 9 }, {});
  early.once('connect', () => t.fail('it connected'));
  const closed = once(early, 'close');
  early.close();
  await closed;
  const forbidden = dialUdpThrough(relay)({ host: '8.8.8.8', port: 53 }, {});
  t.is(((await once(forbidden, 'error'))[0] as NodeJS.ErrnoException).code, 'EACCES');
  forbidden.close();
});

test('a port-forward says that it carries no datagrams', async (t) => {
  const reach = decideReach({ direct: probes(), container: probes(12) }, false);
  t.deepEqual(withoutDatagrams(reach), ['pods']);
  t.deepEqual(withoutDatagrams(decideReach({ direct: probes(1, 1) }, false)), []);
  const socket = dialUdpBy(reach, () => false, undefined)({ host: '10.42.1.7', port: 53 }, {});
  t.is(((await once(socket, 'error'))[0] as Error).message, 'a port-forward carries no datagrams');
  socket.close();
});

test('through the relay bytes travel both ways, and a half-closed connection still answers', async (t) => {
  const dial = await relayOnLoopback(t);
  const port = await listen(t, net.createServer({ allowHalfOpen: true }, (socket) => {
    let heard = '';
    socket.on('data', (data) => void (heard += String(data))).on('end', () => socket.end(`you said ${heard}`)).on('error', () => {});
  }));
  const socket = dial({ host: '127.0.0.1', port });
  // Written before it is connected, as the first bytes of a client are.
  socket.end('hello');
  let answer = '';
  socket.on('data', (data) => void (answer += String(data)));
  await once(socket, 'end');
  t.is(answer, 'you said hello');
});

test('a target that refuses is a refusal at this end, before any connect', async (t) => {
  const dial = await relayOnLoopback(t);
  const gone = net.createServer();
  const port = await listen(t, gone);
  await new Promise((resolve) => gone.close(resolve));
  const socket = dial({ host: '127.0.0.1', port });
  socket.once('connect', () => t.fail('it connected'));
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  t.deepEqual([error.code, error.syscall], ['ECONNREFUSED', 'connect']);
  const [forbidden] = (await once(dial({ host: '8.8.8.8', port: 53 }), 'error')) as [NodeJS.ErrnoException];
  t.is(forbidden.code, 'EACCES');
});

test('a target that resets resets this end', async (t) => {
  const dial = await relayOnLoopback(t);
  const port = await listen(t, net.createServer((socket) => void socket.once('data', () => socket.resetAndDestroy())));
  const socket = dial({ host: '127.0.0.1', port });
  socket.write('hello');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  t.is(error.code, 'ECONNRESET');
});

// As kubectl 1.33 printed them on a kind cluster's pod; 1.27 has no `"Unhandled Error" err=` before the words.
const recorded: [line: string, code: string | undefined][] = [
  [String.raw`E1125 17:05:12.123456   12345 portforward.go:424] "Unhandled Error" err="an error occurred forwarding 43211 -> 8089: error forwarding port 8089 to pod 0a1b, uid : failed to execute portforward in network namespace \"/var/run/netns/cni-1\": failed to connect to localhost:8089 inside namespace \"0a1b\", IPv4: dial tcp4 127.0.0.1:8089: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found "`, 'ECONNREFUSED'],
  ['E0101 10:00:00.000000   12345 portforward.go:406] an error occurred forwarding 43211 -> 8089: error forwarding port 8089 to pod 0a1b, uid : exit status 1: 2024/01/01 10:00:00 socat[7] E connect(5, AF=2 127.0.0.1:8089, 16): Connection timed out', 'ETIMEDOUT'],
  ['E1125 17:05:12.123456   12345 portforward.go:391] "Unhandled Error" err="error creating error stream for port 43211 -> 8080: Timeout occurred"', 'ETIMEDOUT'],
  ['error: lost connection to pod', undefined],
];

test('what kubectl prints of a forward: its port, and each connection that did not get through', (t) => {
  t.is(portIn('Forwarding from 127.0.0.1:43211 -> 8080'), 43_211);
  t.is(refusalIn('Handling connection for 43211'), undefined);
  for (const [line, code] of recorded) {
    const error = refusalIn(line) as NodeJS.ErrnoException | undefined;
    t.truthy(error, line);
    t.is(error?.code, code, line);
  }
  t.is(refusalIn('error: lost connection to pod')?.message, 'the port-forward says: lost connection to pod');
});

/** A forward whose process is a server of ours: it takes every connection, as kubectl does. */
const forwardOn = async (t: ExecutionContext, serve: (socket: net.Socket) => void) => {
  const listeners = new Set<(error: Error) => void>();
  const port = await listen(t, net.createServer((socket) => serve(socket.on('error', () => {}))));
  const forward: Forward = { port, took: 0, onRefusal: (fn) => (listeners.add(fn), () => void listeners.delete(fn)) };
  return { forward, refuse: (error: Error) => listeners.forEach((fn) => fn(error)), listening: () => listeners.size };
};

test('silence counts once a refusal would have come, never before', async (t) => {
  const clock = manualClock();
  let taken = (): void => {};
  const connected = new Promise<void>((resolve) => (taken = resolve));
  const { forward, listening } = await forwardOn(t, () => taken());
  let passed = false;
  const scouting = scout(forward, clock).then(() => (passed = true));
  await connected;
  await clock.advance(patienceOf(0) - 1);
  t.false(passed);
  await clock.advance(1);
  await scouting;
  t.is(listening(), 0, 'nobody listens any more');
  t.deepEqual([patienceOf(50), patienceOf(300), patienceOf(5000)], [150, 300, 400]);
});

test('a refusal on the error stream fails it, also where the forward has ended the connection already', async (t) => {
  const { forward, refuse } = await forwardOn(t, (socket) => {
    socket.end();
    setImmediate(() => refuse(Object.assign(new Error('no'), { code: 'ECONNREFUSED' })));
  });
  const error = await t.throwsAsync<NodeJS.ErrnoException>(scout(forward, manualClock()));
  t.is(error?.code, 'ECONNREFUSED');
});

test('a target that speaks first counts at once; a forward that is gone fails', async (t) => {
  const { forward } = await forwardOn(t, (socket) => void socket.write('220 ready\r\n'));
  await t.notThrowsAsync(scout(forward, manualClock()));
  const gone = net.createServer();
  const port = await listen(t, gone);
  await new Promise((resolve) => gone.close(resolve));
  await t.throwsAsync(scout({ ...forward, port }, systemClock), { code: 'ECONNREFUSED' });
});
