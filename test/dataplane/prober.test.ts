// Probing: what each protocol sees, when probes are made, and that thousands neither burst nor overlap.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { generate } from 'selfsigned';
import { manualClock, systemClock } from '../../emulator/clock.js';
import { dialTcp } from '../../emulator/dataplane/dial.js';
import { createHealthBoard } from '../../emulator/dataplane/health.js';
import { startProbe, type ProbeOutcome } from '../../emulator/dataplane/probe.js';
import { indexPlan } from '../../emulator/dataplane/apply.js';
import { createProber, type Prober } from '../../emulator/dataplane/prober.js';
import { createSchedule } from '../../emulator/dataplane/schedule.js';
import type { DataplanePlan, Dial, HealthCheck, Target } from '../../emulator/dataplane/types.js';
import { allHealthy, ask, eventually, healthCheck, named, planOf, serve, start, target } from './support.js';

const probe = (check: HealthCheck, dial: Dial = dialTcp): Promise<ProbeOutcome> =>
  new Promise((resolve) => {
    startProbe({ dial, clock: systemClock }, { host: '127.0.0.1', check, source: { address: '127.88.9.1', port: 80 }, from: '127.88.9.1' }, resolve);
  });

const listening = async (t: ExecutionContext, server: http.Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
};

test('TCP: connected, refused', async (t) => {
  const server = await named(t, 'x');
  t.deepEqual(await probe(healthCheck(server.port)), { ok: true, saw: 'connected' });
  server.close();
  t.deepEqual(await probe(healthCheck(server.port)), { ok: false, saw: 'connect ECONNREFUSED' });
});

test('HTTP: asks as AWS does, from the node, and judges the status by the matcher', async (t) => {
  const asked: object[] = [];
  const port = await listening(t, http.createServer((request, response) => {
    asked.push({ url: request.url, host: request.headers.host, agent: request.headers['user-agent'], from: request.socket.remoteAddress });
    response.writeHead(request.url === '/sick' ? 503 : 302).end('body');
  }));
  t.deepEqual(await probe(healthCheck(port, { protocol: 'http', path: '/well' })), { ok: true, saw: 'HTTP 302' });
  t.deepEqual(await probe(healthCheck(port, { protocol: 'http', path: '/well', matcher: '200' })), { ok: false, saw: 'HTTP 302' });
  t.deepEqual(await probe(healthCheck(port, { protocol: 'http', path: '/sick' })), { ok: false, saw: 'HTTP 503' });
  t.deepEqual(asked[0], { url: '/well', host: '127.88.9.1:80', agent: 'ELB-HealthChecker/2.0', from: '127.88.9.1' });
});

test('HTTP: an answer without end is judged by its status when time is up', async (t) => {
  const port = await listening(t, http.createServer((_, response) => response.writeHead(200).write('event')));
  const clock = manualClock();
  const sockets: net.Socket[] = [];
  const dial: Dial = (to, options) => {
    const socket = dialTcp(to, options);
    sockets.push(socket);
    return socket;
  };
  const outcomes: ProbeOutcome[] = [];
  startProbe({ dial, clock }, { host: '127.0.0.1', check: healthCheck(port, { protocol: 'http' }) }, (outcome) => outcomes.push(outcome));
  await eventually(() => (sockets[0]?.bytesRead ?? 0) > 0);
  await clock.advance(1999);
  t.deepEqual(outcomes, []);
  await clock.advance(1);
  t.deepEqual(outcomes, [{ ok: true, saw: 'HTTP 200' }]);
  t.true(sockets[0]?.destroyed);
});

test('HTTPS: the certificate is not validated', async (t) => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'nobody.example' }], { keySize: 2048 });
  const port = await listening(t, https.createServer({ key, cert }, (_, response) => void response.end('ok')));
  t.deepEqual(await probe(healthCheck(port, { protocol: 'https' })), { ok: true, saw: 'HTTP 200' });
});

test('HTTP from something that hangs up, or speaks no HTTP', async (t) => {
  const rude = await serve(t, (socket) => void socket.once('data', () => socket.resetAndDestroy()));
  t.deepEqual(await probe(healthCheck(rude.port, { protocol: 'http' })), { ok: false, saw: 'read ECONNRESET' });
  const odd = await serve(t, (socket) => socket.end('SSH-2.0-hello\r\n'));
  t.false((await probe(healthCheck(odd.port, { protocol: 'http' }))).ok);
});

test('an answer that does not come in time is a failure, and the socket is closed', async (t) => {
  const silent = await serve(t, (socket) => void socket.resume().on('end', () => socket.end()));
  t.deepEqual(await probe(healthCheck(silent.port, { protocol: 'http', timeout: 30 })), { ok: false, saw: 'timed out after 30 ms' });
  await eventually(() => silent.sockets.size === 0);
});

test('a dialler that throws is a failure with its reason', async (t) => {
  t.deepEqual(await probe(healthCheck(1), () => { throw new Error('no route'); }), { ok: false, saw: 'no route' });
});

const proberOn = (dial: Dial) => {
  const clock = manualClock();
  const board = createHealthBoard();
  return { clock, board, prober: createProber({ dial, clock, board, random: () => 1 }) };
};

/** Sockets that never connect: a probe of one lasts until its time-out. */
const update = (prober: Prober, plan: DataplanePlan): void => prober.update(indexPlan(plan), plan.pools.map(({ id }) => id));

const nowhere = (dialled: number[], clock: { now(): number }): Dial => () => {
  dialled.push(clock.now());
  return new net.Socket();
};

test('the first probe waits for probeFrom, the next for the interval, and none overlaps', async (t) => {
  const dialled: number[] = [];
  const clock = manualClock(0);
  const prober = createProber({ dial: nowhere(dialled, clock), clock, board: createHealthBoard(), random: () => 1 });
  const check = healthCheck(80, { interval: 1000, timeout: 1500 });
  update(prober, planOf([target('one', 80, { probeFrom: 5000, healthCheck: check })]));
  await clock.advance(4999);
  t.deepEqual(dialled, []);
  await clock.advance(5001);
  t.deepEqual(dialled, [5000, 6500, 8000, 9500]);
  prober.stop();
  t.is(clock.pending(), 0);
});

test('no targets, no timer', async (t) => {
  const { clock, prober } = proberOn(dialTcp);
  update(prober, planOf([]));
  t.is(clock.pending(), 0);
  update(prober, planOf([target('one', 80, { probeFrom: Infinity })]));
  t.is(clock.pending(), 1);
  update(prober, planOf([]));
  t.is(clock.pending(), 0);
});

test('draining targets are not probed and keep their health; a new registration starts again', async (t) => {
  const server = await named(t, 'x');
  let dials = 0;
  const { clock, board, prober } = proberOn((to, options) => { dials += 1; return dialTcp(to, options); });
  const one: Target = target('one', server.port, { probeFrom: 1 });
  update(prober, planOf([one]));
  await eventually(() => board.view.of('pool', 'one')?.status === 'healthy');
  update(prober, planOf([{ ...one, admission: 'draining', drainEnd: Infinity }]));
  await clock.advance(10_000);
  t.is(dials, 1);
  t.is(board.view.of('pool', 'one')?.status, 'healthy');
  update(prober, planOf([{ ...one, probeFrom: 2 }]));
  t.like(board.view.of('pool', 'one'), { status: 'unknown', history: [], probeFrom: 2 });
  await eventually(() => board.view.of('pool', 'one')?.status === 'healthy');
  update(prober, planOf([]));
  t.is(board.view.of('pool', 'one'), undefined);
  prober.stop();
});

test('new health check settings keep the state, and a shorter interval counts at once', async (t) => {
  const server = await named(t, 'x');
  const { clock, board, prober } = proberOn(dialTcp);
  const every = (interval: number, port = server.port) => planOf([target('one', 9, { healthCheck: healthCheck(port, { interval, unhealthyThreshold: 1 }) })]);
  update(prober, every(30_000));
  await eventually(() => board.view.of('pool', 'one')?.status === 'healthy');
  server.close();
  update(prober, every(100));
  t.is(board.view.of('pool', 'one')?.status, 'healthy');
  await clock.advance(100);
  await eventually(() => board.view.of('pool', 'one')?.status === 'unhealthy');
  t.is(board.view.of('pool', 'one')?.history.at(-1)?.saw, 'connect ECONNREFUSED');
  prober.stop();
});

test('a thousand new targets are probed in small groups', async (t) => {
  const dialled: number[] = [];
  const clock = manualClock(0);
  const prober = createProber({ dial: nowhere(dialled, clock), clock, board: createHealthBoard(), random: () => 1 });
  update(prober, planOf(Array.from({ length: 1000 }, (_, i) => target(`t${i}`, 80))));
  t.is(dialled.length, 64);
  await clock.advance(40);
  t.is(dialled.length, 1000);
  const atOnce = new Map<number, number>();
  for (const at of dialled) atOnce.set(at, (atOnce.get(at) ?? 0) + 1);
  t.is(Math.max(...atOnce.values()), 64);
  prober.stop();
  t.is(clock.pending(), 0);
});

test('a schedule fires everything in order of time', async (t) => {
  await fc.assert(fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 60 }), async (times) => {
    const clock = manualClock(0);
    const fired: number[] = [];
    const schedule = createSchedule<number>({ clock, burst: 1000, gap: 1, fire: (at) => fired.push(at) });
    for (const at of times) schedule.add(at, at);
    await clock.advance(100);
    return JSON.stringify(fired) === JSON.stringify([...times].sort((a, b) => a - b)) && clock.pending() === 0;
  }), { numRuns: 20 });
  t.pass();
});

test('a probe never shares an address object with traffic: what a dialler does to the one does not change the other', async (t) => {
  const [traffic, health] = [await named(t, 'traffic'), await named(t, 'health')];
  const given: { to: object; port: number }[] = [];
  const dial: Dial = (to, options) => {
    given.push({ to, port: to.port });
    const socket = dialTcp({ ...to }, options);
    // As a careless dialler would: https://github.com/mholt/caddy-l4/pull/458 sent traffic to the health check's port.
    if (to.port === health.port) Object.assign(to, { host: '127.0.0.9', port: 1 });
    return socket;
  };
  const dataplane = start(t, { dial });
  await dataplane.apply(planOf([target('one', traffic.port, { healthCheck: healthCheck(health.port, { interval: 20 }) })]));
  await allHealthy(dataplane, ['one']);
  for (let at = 0; at < 5; at += 1) t.is(await ask(dataplane), 'traffic');
  const probes = given.filter(({ port }) => port === health.port).map(({ to }) => to);
  const flows = given.filter(({ port }) => port === traffic.port).map(({ to }) => to);
  t.is(flows.length, 5);
  t.deepEqual(probes.filter((to) => flows.includes(to)), []);
  t.is(new Set(probes).size, probes.length);
});
