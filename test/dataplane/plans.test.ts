// Plans carried out live: spread, zones, drain, cuts and ports, while connections go on.
import { once } from 'node:events';
import net from 'node:net';
import test from 'ava';
import { manualClock } from '../../emulator/clock.js';
import { allHealthy, ask, connect, deadPort, eventually, healthCheck, healthHolds, listener, named, outcome, planOf, pool, portOf, serve, start, statusOf, target } from './support.js';

const echo = (t: Parameters<typeof serve>[0]) => serve(t, (socket) => void socket.pipe(socket));

const talk = async (client: net.Socket): Promise<void> => {
  client.write('x');
  await once(client, 'data');
};

const trio = async (t: Parameters<typeof serve>[0]) => {
  const servers = await Promise.all(['one', 'two', 'three'].map(async (name) => target(name, (await named(t, name)).port)));
  const dataplane = start(t);
  return { targets: servers, dataplane };
};

test('300 connections reach all three targets', async (t) => {
  const { targets, dataplane } = await trio(t);
  await dataplane.apply(planOf(targets));
  await allHealthy(dataplane, ['one', 'two', 'three']);
  const counts = new Map<string, number>();
  for (let i = 0; i < 300; i += 1) {
    const name = await ask(dataplane);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  t.deepEqual([...counts.keys()].sort(), ['one', 'three', 'two']);
  t.true(Math.min(...counts.values()) > 50, JSON.stringify([...counts]));
  await eventually(() => dataplane.counters().listeners['listener']?.activeFlows === 0);
  t.is(dataplane.counters().listeners['listener']?.newFlows, 300);
});

test('with stickiness one client address stays with one target', async (t) => {
  const { targets, dataplane } = await trio(t);
  await dataplane.apply(planOf(targets, { pool: { stickiness: 'source_ip' } }));
  await allHealthy(dataplane, ['one', 'two', 'three']);
  const names = new Set<string>();
  for (let i = 0; i < 20; i += 1) names.add(await ask(dataplane, { from: '127.77.0.9' }));
  t.is(names.size, 1);
});

test('a target sees the client address or the load balancer node, as the pool says', async (t) => {
  const server = await serve(t, (socket) => socket.end(socket.remoteAddress ?? ''));
  const dataplane = start(t);
  const targets = [target('one', server.port)];
  const at = { listener: { addresses: [{ zone: 'a', address: '127.88.0.1' }] } };
  await dataplane.apply(planOf(targets, { ...at, pool: { preserveClientAddress: true } }));
  t.is(await ask(dataplane, { from: '127.77.0.9' }), '127.77.0.9');
  await dataplane.apply(planOf(targets, at));
  t.is(await ask(dataplane, { from: '127.77.0.9' }), '127.88.0.1');
});

test('only healthy targets get flows; when none is healthy all do', async (t) => {
  const { targets, dataplane } = await trio(t);
  const failing = (one: (typeof targets)[number]) => ({ ...one, healthCheck: healthCheck(deadPort, { unhealthyThreshold: 1 }) });
  const [one, two, three] = targets.map(failing);
  if (!one || !two || !three || !targets[2]) return t.fail();
  await dataplane.apply(planOf([one, two, targets[2]]));
  await healthHolds(dataplane, () => statusOf(dataplane, 'one') === 'unhealthy' && statusOf(dataplane, 'three') === 'healthy');
  const healthyOnly = new Set<string>();
  for (let i = 0; i < 20; i += 1) healthyOnly.add(await ask(dataplane));
  t.deepEqual([...healthyOnly], ['three']);
  await dataplane.apply(planOf([one, two, three]));
  await healthHolds(dataplane, () => ['one', 'two', 'three'].every((id) => statusOf(dataplane, id) === 'unhealthy'));
  const open = new Set<string>();
  for (let i = 0; i < 60; i += 1) open.add(await ask(dataplane));
  t.is(open.size, 3);
});

test('cross-zone off keeps to the zone, on does not', async (t) => {
  const inA = target('in-a', (await named(t, 'in-a')).port, { zone: 'a' });
  const addresses = [{ zone: 'a', address: '127.88.1.1' }, { zone: 'b', address: '127.88.1.2' }];
  const dataplane = start(t);
  await dataplane.apply(planOf([{ ...inA, probeFrom: Infinity }], { listener: { addresses } }));
  t.is(await ask(dataplane, { zone: 'b' }), 'in-a', 'fail-open, as nothing is known of its health');
  await dataplane.apply(planOf([inA], { listener: { addresses } }));
  await allHealthy(dataplane, ['in-a']);
  t.is(await ask(dataplane, { zone: 'a' }), 'in-a');
  t.is(await ask(dataplane, { zone: 'b' }), 'ECONNRESET');
  await dataplane.apply(planOf([inA], { listener: { addresses, crossZone: true } }));
  t.is(await ask(dataplane, { zone: 'b' }), 'in-a');
});

test('a draining target keeps its flows, takes none, and loses them at the end if told so', async (t) => {
  const clock = manualClock();
  const server = await echo(t);
  const other = await named(t, 'other');
  const dataplane = start(t, { clock });
  const one = target('one', server.port, { probeFrom: Infinity });
  const two = target('two', other.port, { probeFrom: Infinity });
  await dataplane.apply(planOf([one]));
  const client = connect(dataplane);
  await talk(client);
  const drainEnd = clock.now() + 5000;
  await dataplane.apply(planOf([{ ...one, admission: 'draining', drainEnd, cutAtDrainEnd: true }, two]));
  t.is(await ask(dataplane), 'other');
  await talk(client);
  const ended = outcome(client);
  await clock.advance(4999);
  t.false(client.destroyed);
  await clock.advance(1);
  t.is((await ended).how, 'ECONNRESET');
});

test('a target that leaves with a delay of 0 loses its flows at once if told so', async (t) => {
  const server = await echo(t);
  const dataplane = start(t);
  await dataplane.apply(planOf([target('one', server.port, { cutAtDrainEnd: true })]));
  const client = connect(dataplane);
  await talk(client);
  const ended = outcome(client);
  await dataplane.apply(planOf([]));
  t.is((await ended).how, 'ECONNRESET');
});

test('a target, a pool or a listener that is removed leaves its flows alone', async (t) => {
  const server = await echo(t);
  const dataplane = start(t);
  await dataplane.apply(planOf([target('one', server.port)]));
  const client = connect(dataplane);
  await talk(client);
  const { port } = client.address() as net.AddressInfo;
  for (const plan of [planOf([]), { pools: [], listeners: [listener({ pools: [] })] }, { pools: [], listeners: [] }]) {
    await dataplane.apply(plan);
    await talk(client);
  }
  t.truthy(port);
  t.deepEqual(dataplane.bound(), []);
  t.is(dataplane.counters().listeners['listener']?.activeFlows, 1);
  client.end();
  await eventually(() => dataplane.counters().listeners['listener']?.activeFlows === 0);
});

for (const cutUnhealthy of [true, false]) {
  test(`a target that turns unhealthy ${cutUnhealthy ? 'loses' : 'keeps'} its flows with cutUnhealthy ${cutUnhealthy}`, async (t) => {
    const server = await echo(t);
    const checked = await named(t, 'health');
    const dataplane = start(t);
    await dataplane.apply(planOf([target('one', server.port, { healthCheck: healthCheck(checked.port) })], { pool: { cutUnhealthy } }));
    await allHealthy(dataplane, ['one']);
    const client = connect(dataplane);
    await talk(client);
    checked.close();
    await healthHolds(dataplane, () => statusOf(dataplane, 'one') === 'unhealthy');
    if (cutUnhealthy) t.is((await outcome(client)).how, 'ECONNRESET');
    else await t.notThrowsAsync(talk(client));
  });
}

test('flows of an unhealthy target go on for its draining interval, unless it becomes healthy', async (t) => {
  const server = await echo(t);
  const checked = await named(t, 'health');
  const clock = manualClock();
  const dataplane = start(t, { clock });
  const check = healthCheck(checked.port, { interval: 50, unhealthyThreshold: 1 });
  await dataplane.apply(planOf([target('one', server.port, { healthCheck: check })], { pool: { cutUnhealthy: false, unhealthyDrain: 10_000 } }));
  await clock.advance(50);
  await eventually(() => statusOf(dataplane, 'one') === 'healthy');
  const client = connect(dataplane);
  await talk(client);
  checked.close();
  await clock.advance(50);
  await eventually(() => statusOf(dataplane, 'one') === 'unhealthy');
  await clock.advance(9000);
  await t.notThrowsAsync(talk(client));
  const ended = outcome(client);
  await clock.advance(1000);
  t.is((await ended).how, 'ECONNRESET');
  t.is(dataplane.trace().at(-1)?.ended?.how, 'the target was unhealthy for its draining interval');
});

test('a port that is taken is replaced by a free one on the same address, and said', async (t) => {
  const taken = await serve(t, () => {}, '127.88.2.1');
  const server = await named(t, 'one');
  const dataplane = start(t);
  await dataplane.apply(planOf([target('one', server.port)], { listener: { port: taken.port, addresses: [{ zone: 'a', address: '127.88.2.1' }] } }));
  const [bound] = dataplane.bound();
  t.like(bound, { address: '127.88.2.1', wanted: taken.port });
  t.not(bound?.port, taken.port);
  t.is(bound?.problem, `127.88.2.1:${taken.port} is taken by another process`);
  t.is(await ask(dataplane), 'one');
});

test('an address that the machine does not have falls back to plain loopback', async (t) => {
  const server = await named(t, 'one');
  const dataplane = start(t);
  await dataplane.apply(planOf([target('one', server.port, { probeFrom: Infinity })], { listener: { port: 8080, addresses: [{ zone: 'a', address: '203.0.113.7' }] } }));
  t.like(dataplane.bound()[0], { address: '127.0.0.1', problem: '203.0.113.7:8080 cannot be had: this machine has no such address' });
  t.is(await ask(dataplane), 'one');
});

test('a listener that moves to another port opens there, and another may take its old port', async (t) => {
  const server = await named(t, 'one');
  const free = await serve(t, () => {}, '127.88.3.1');
  const { port } = free;
  free.close();
  const dataplane = start(t);
  const addresses = [{ zone: 'a', address: '127.88.3.1' }];
  const pools = [pool([target('one', server.port)])];
  await dataplane.apply({ pools, listeners: [listener({ id: 'first', port, addresses })] });
  t.is(portOf(dataplane), port);
  await dataplane.apply({ pools, listeners: [listener({ id: 'first', port: 0, addresses }), listener({ id: 'second', port, addresses })] });
  t.is(dataplane.bound().find((each) => each.listenerId === 'second')?.port, port);
  t.is(dataplane.bound().length, 2);
});

test('plans may change under load: every connection is answered, and the port stays', async (t) => {
  const { targets, dataplane } = await trio(t);
  const [one, two, three] = targets;
  if (!one || !two || !three) return t.fail();
  await dataplane.apply(planOf(targets));
  await allHealthy(dataplane, ['one', 'two', 'three']);
  const port = portOf(dataplane);
  const answers: string[] = [];
  let running = true;
  const client = async (): Promise<void> => {
    while (running) answers.push(await ask(dataplane));
  };
  const clients = [client(), client(), client(), client()];
  for (let round = 0; round < 30; round += 1) {
    void dataplane.apply(planOf([one, two]));
    await dataplane.apply(planOf([one, { ...three, probeFrom: round }], { pool: { stickiness: round % 2 ? 'none' : 'source_ip' } }));
    await ask(dataplane);
    t.is(portOf(dataplane), port);
  }
  running = false;
  await Promise.all(clients);
  t.deepEqual(answers.filter((answer) => !['one', 'two', 'three'].includes(answer)), []);
  t.true(answers.length > 60);
});

test('plans applied without waiting end in the last one', async (t) => {
  const server = await named(t, 'one');
  const dataplane = start(t);
  const at = (address: string) => planOf([target('one', server.port)], { listener: { addresses: [{ zone: 'a', address }] } });
  await Promise.all([dataplane.apply(at('127.88.4.1')), dataplane.apply(at('127.88.4.2')), dataplane.apply(at('127.88.4.3'))]);
  t.deepEqual(dataplane.bound().map(({ address }) => address), ['127.88.4.3']);
});

test('a port that was taken is taken back when it is free; what listens meanwhile goes only then', async (t) => {
  const clock = manualClock();
  const taken = await serve(t, () => {}, '127.88.4.1');
  const server = await named(t, 'one');
  const dataplane = start(t, { clock });
  await dataplane.apply(planOf([target('one', server.port, { probeFrom: Infinity })], { listener: { port: taken.port, addresses: [{ zone: 'a', address: '127.88.4.1' }] } }));
  await clock.advance(5000);
  await eventually(() => clock.pending() === 2);
  t.is(await ask(dataplane), 'one');
  taken.close();
  await clock.advance(5000);
  await eventually(() => dataplane.bound()[0]?.port === taken.port);
  t.is(dataplane.bound()[0]?.problem, undefined);
  t.is(await ask(dataplane), 'one');
});
