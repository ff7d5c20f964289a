// The forward proxy with real curl and raw sockets: names, tunnels, WebSockets, failures, and no socket left behind.
import { EventEmitter } from 'node:events';
import net from 'node:net';
import vm from 'node:vm';
import test from 'ava';
import { WebSocket, WebSocketServer } from 'ws';
import { manualClock } from '../../emulator/clock.js';
import { authorityOf } from '../../emulator/web/forward.js';
import { failure, limitConnect } from '../../emulator/web/http-proxy.js';
import { balancer, curl, openDoor, openTarget, raw } from './doorway.js';

const nowhere = { address: '127.0.0.1', port: 1 };
const hello: Parameters<typeof openTarget>[1] = (request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ url: request.url, method: request.method, headers: request.headers }));
};

test('curl reaches a load balancer by its name, and the target sees what curl sent', async (t) => {
  const target = await openTarget(t, hello);
  const asked: [string, number][] = [];
  const { url } = await openDoor(t, { resolve: (host, port) => (asked.push([host, port]), host === balancer ? target : undefined) });
  const { stdout } = await curl('-x', url, '-A', 'agent/1', '--path-as-is', `http://${balancer.toUpperCase()}/home//../x?a=%20b//c?d`);
  const got = JSON.parse(stdout) as { url: string; headers: Record<string, string> };
  t.is(got.url, '/home//../x?a=%20b//c?d');
  t.deepEqual(got.headers, { host: balancer.toUpperCase(), 'user-agent': 'agent/1', accept: '*/*', connection: 'keep-alive' });
  t.deepEqual(asked, [[balancer, 80]]);
});

test('bodies pass both ways, with Expect as well', async (t) => {
  const target = await openTarget(t, (request, response) => void request.pipe(response));
  const { url } = await openDoor(t, { resolve: () => target });
  const body = 'x'.repeat(300_000);
  for (const headers of [[], ['-H', 'Expect: 100-continue'], ['-H', 'Transfer-Encoding: chunked']]) {
    const { stdout } = await curl('-x', url, ...headers, '-H', 'Content-Type: text/plain', '--data', body.slice(0, 100_000), `http://${balancer}/`);
    t.is(stdout.length, 100_000);
  }
});

test('each connection of a client is one connection to the target', async (t) => {
  const target = await openTarget(t, hello);
  const { url } = await openDoor(t, { resolve: () => target });
  await curl('-x', url, `http://${balancer}/1`, `http://${balancer}/2`, `http://${balancer}/3`);
  t.is(target.total(), 1);
  await curl('-x', url, `http://${balancer}/4`);
  t.is(target.total(), 2);
  await target.quiet();
  t.is(target.sockets.size, 0);
});

test('a name that is no load balancer is refused with a next step, and nothing is dialled', async (t) => {
  const bystander = await openTarget(t, hello);
  const { url, port } = await openDoor(t);
  for (const name of ['example.com', `127.0.0.1:${bystander.port}`]) {
    const { stdout } = await curl('-x', url, '-w', '%{http_code}', `http://${name}/`);
    t.regex(stdout, /is not a load balancer of this emulator[^]*describe-load-balancers[^]*502$/);
  }
  t.regex(await raw(port, `CONNECT 127.0.0.1:${bystander.port} HTTP/1.1\r\nHost: x\r\n\r\n`), /^HTTP\/1\.1 502 .*not a load balancer/s);
  t.regex(await raw(port, 'CONNECT nonsense:99999 HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 400 /);
  t.regex(await raw(port, 'GET http://a@b/ HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400 /);
  t.is(bystander.total(), 0);
});

test('the endpoint itself is reached through itself as a proxy', async (t) => {
  const { url, port, seen } = await openDoor(t);
  t.regex((await curl('-x', url, `${url}/_nlb/health`)).stdout, /"elbv2":"running"/);
  t.is((await curl('-x', url, '-d', 'Action=A', `http://localhost:${port}/`)).stdout, '<Answer/>');
  t.is(seen[0]?.body, 'Action=A');
});

test('a target that refuses is 502 with the reason and the next step', async (t) => {
  const clock = manualClock();
  const { url } = await openDoor(t, { resolve: () => nowhere, clock });
  const { stdout } = await curl('-x', url, '-w', '%{http_code}', `http://${balancer}/`);
  t.regex(stdout, /has no listener on this port \(connect ECONNREFUSED [^]*describe-listeners[^]*502$/);
  const tunnelled = await curl('-x', url, '-p', '-w', '%{http_connect}', `http://${balancer}/`);
  t.is(tunnelled.code, 56);
  t.regex(tunnelled.stdout, /502$/);
  t.is(clock.pending(), 0);
});

test('a dial that hangs is given up after ten seconds and is a 504', async (t) => {
  const clock = manualClock();
  const given: Error[] = [];
  const hanging = Object.assign(new EventEmitter(), { connecting: true });
  limitConnect(hanging, clock, (error) => given.push(error));
  await clock.advance(9_999);
  t.is(given.length, 0);
  await clock.advance(1);
  t.is(failure(given[0], balancer).status, 504);
  t.regex(failure(given[0], balancer).text, /did not take the connection within 10 seconds/);
  const connected = Object.assign(new EventEmitter(), { connecting: true });
  limitConnect(connected, clock, (error) => given.push(error));
  connected.emit('connect');
  t.is(clock.pending(), 0);
});

test('a load balancer that resets is 502 with the next step', async (t) => {
  const rude = net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
  await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
  t.teardown(() => rude.close());
  const { url } = await openDoor(t, { resolve: () => ({ address: '127.0.0.1', port: (rude.address() as net.AddressInfo).port }) });
  const { stdout } = await curl('-x', url, '-w', '%{http_code}', `http://${balancer}/`);
  t.regex(stdout, /reset the connection before it answered[^]*describe-target-health[^]*502$/);
});

test('an answer that breaks off breaks off for the client too', async (t) => {
  const target = await openTarget(t, (_request, response) => {
    response.writeHead(200, { 'Content-Length': 1000 }).write('half');
    response.socket?.end();
  });
  const { url } = await openDoor(t, { resolve: () => target });
  const { code } = await curl('-x', url, `http://${balancer}/`);
  t.is(code, 18);
});

test('clients that abort leave no connection to the target open', async (t) => {
  const target = await openTarget(t, (_request, response) => void response.writeHead(200).write('and so on'));
  const { port } = await openDoor(t, { resolve: () => target });
  const abort = (request: string): Promise<void> => new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('data', (chunk) => chunk.includes('and so on') && socket.resetAndDestroy()).on('close', () => resolve()).on('error', () => {});
  });
  await Promise.all(Array.from({ length: 50 }, () => abort(`GET http://${balancer}/ HTTP/1.1\r\nHost: ${balancer}\r\n\r\n`)));
  t.is(target.total(), 50);
  await target.quiet();
  t.is(target.sockets.size, 0);
});

test('a tunnel carries bytes both ways and ends with either side', async (t) => {
  const target = await openTarget(t, hello);
  const { url } = await openDoor(t, { resolve: () => target });
  const { stdout } = await curl('-x', url, '-p', `http://${balancer}/through`);
  t.is((JSON.parse(stdout) as { url: string }).url, '/through');
  await target.quiet();
  t.is(target.sockets.size, 0);
});

test('a tunnel keeps an answer that comes after the client has ended its side', async (t) => {
  const late = net.createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => {}).resume().on('end', () => socket.end('y'.repeat(2_000_000))));
  await new Promise<void>((resolve) => late.listen(0, '127.0.0.1', resolve));
  t.teardown(() => late.close());
  const { port } = await openDoor(t, { resolve: () => ({ address: '127.0.0.1', port: (late.address() as net.AddressInfo).port }) });
  const length = await new Promise<number>((resolve, reject) => {
    let size = 0;
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.end(`CONNECT ${balancer}:80 HTTP/1.1\r\nHost: ${balancer}\r\n\r\n`));
    socket.on('data', (chunk) => (size += chunk.length)).on('end', () => resolve(size)).on('error', reject);
  });
  t.true(length > 2_000_000);
});

test('WebSockets pass, and a client that vanishes takes the target connection with it', async (t) => {
  const target = await openTarget(t, hello, (server) =>
    new WebSocketServer({ server }).on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${String(data)}`)).on('error', () => {})));
  const { port } = await openDoor(t, { resolve: () => target });
  const open = () => new WebSocket(`ws://${balancer}/chat`, { createConnection: () => net.connect(port, '127.0.0.1') });
  const socket = open();
  const said = await new Promise((resolve, reject) => socket.on('open', () => socket.send('hi')).on('message', (data) => resolve(String(data))).on('error', reject));
  t.is(said, 'echo hi');
  const more = Array.from({ length: 10 }, open);
  await Promise.all(more.map((one) => new Promise((resolve) => one.on('open', resolve))));
  for (const one of [socket, ...more]) one.on('error', () => {}).terminate();
  await target.quiet();
  t.is(target.sockets.size, 0);
});

test('an upgrade that is no WebSocket is answered as a plain request', async (t) => {
  const target = await openTarget(t, hello);
  const { url } = await openDoor(t, { resolve: () => target });
  t.regex((await curl('--http2', '-x', url, `http://${balancer}/plain`)).stdout, /"url":"\/plain"/);
  t.regex((await curl('--http2', `${url}/_nlb/health`)).stdout, /running/);
});

test('a browser that reads /proxy.pac asks the proxy for load balancers, and nobody else for them', async (t) => {
  const target = await openTarget(t, hello);
  const { url, port } = await openDoor(t, { resolve: (host) => (host === balancer ? target : undefined) });
  const { stdout } = await curl('-w', '\n%{content_type}', `http://localhost:${port}/proxy.pac`);
  t.true(stdout.endsWith('\napplication/x-ns-proxy-autoconfig'));
  const find = vm.runInNewContext(`${stdout.slice(0, stdout.lastIndexOf('\n'))}; FindProxyForURL`) as (url: string, host: string) => string;
  t.is(find(`http://${balancer}/`, balancer), `PROXY localhost:${port}; DIRECT`);
  t.is(find('http://x/', `us-west-2a.${balancer.toUpperCase()}`), `PROXY localhost:${port}; DIRECT`);
  for (const host of ['elb.us-west-2.amazonaws.com.example.org', 'example.com', 'sts.us-west-2.amazonaws.com', 'localhost']) t.is(find(`http://${host}/`, host), 'DIRECT', host);
  const [, proxy = ''] = /^PROXY ([^;]+)/.exec(find(`http://${balancer}/`, balancer)) ?? [];
  t.is((JSON.parse((await curl('-x', proxy, `http://${balancer}/home`)).stdout) as { url: string }).url, '/home');
  t.is((await curl('-H', 'Host: evil.example', '-o', '/dev/null', '-w', '%{http_code}', `${url}/proxy.pac`)).stdout, '403');
});

test('authorities in one spelling', (t) => {
  t.deepEqual(authorityOf('A.b.:81', 80), { host: 'a.b', port: 81 });
  t.deepEqual(authorityOf('[::1]', 443), { host: '::1', port: 443 });
  for (const bad of ['', ':80', 'a:0', 'a:70000', 'a b', 'u@h', 'a:b']) t.is(authorityOf(bad, 80), undefined, bad);
});
