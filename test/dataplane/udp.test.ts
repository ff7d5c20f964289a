// UDP through real sockets: flows stick, answers come from the listener, and nothing outlives its time.
import dgram from 'node:dgram';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { manualClock } from '../../emulator/clock.js';
import type { Dataplane } from '../../emulator/dataplane/types.js';
import { ask, eventually, named, planOf, start, target } from './support.js';

type Heard = { text: string; from: string };

const udpSocket = async (t: ExecutionContext, address = '127.0.0.1'): Promise<dgram.Socket> => {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  return socket;
};

/** Says its name and what it heard. */
const namedUdp = async (t: ExecutionContext, name: string) => {
  const socket = await udpSocket(t);
  const heard: Heard[] = [];
  socket.on('message', (message, from) => {
    heard.push({ text: message.toString(), from: from.address });
    socket.send(`${name}:${message.toString()}`, from.port, from.address);
  });
  return { port: socket.address().port, heard };
};

const portOf = (dataplane: Dataplane, transport = 'udp'): number => dataplane.bound().find((one) => one.transport === transport)?.port ?? 0;

const say = async (client: dgram.Socket, dataplane: Dataplane, text: string): Promise<string> => {
  client.send(text, portOf(dataplane), '127.0.0.1');
  const [message, from] = (await once(client, 'message')) as [Buffer, dgram.RemoteInfo];
  return from.port === portOf(dataplane) ? message.toString() : `from a stranger: ${from.port}`;
};

const udpPlan = (ports: Record<string, number>, overrides: Parameters<typeof planOf>[1] = {}) =>
  planOf(Object.entries(ports).map(([id, port]) => target(id, port, { probeFrom: Infinity })), { pool: overrides.pool ?? {}, listener: { protocol: 'udp', ...overrides.listener } });

test('a client stays on its target, other clients spread, answers come from the listener', async (t) => {
  const [a, b] = [await namedUdp(t, 'a'), await namedUdp(t, 'b')];
  const dataplane = start(t);
  await dataplane.apply(udpPlan({ a: a.port, b: b.port }));
  const first = new Set<string>();
  for (let i = 0; i < 24; i += 1) {
    const client = await udpSocket(t);
    const answers = [await say(client, dataplane, '1'), await say(client, dataplane, '2')].map((text) => text.split(':')[0]);
    t.is(answers[0], answers[1]);
    first.add(answers[0] ?? '');
  }
  t.deepEqual([...first].sort(), ['a', 'b']);
  t.like(dataplane.counters().listeners['listener'], { newFlows: 24, activeFlows: 24, bytesIn: 48, bytesOut: 24 * 6 });
});

test('an idle flow is forgotten after 120 s, a busy one is not', async (t) => {
  const clock = manualClock();
  const a = await namedUdp(t, 'a');
  const dataplane = start(t, { clock });
  await dataplane.apply(udpPlan({ a: a.port }));
  const [idle, busy] = [await udpSocket(t), await udpSocket(t)];
  await say(idle, dataplane, 'x');
  for (let i = 0; i < 13; i += 1) {
    await say(busy, dataplane, 'x');
    await clock.advance(10_000);
  }
  t.is(dataplane.counters().listeners['listener']?.activeFlows, 1);
  t.is(dataplane.trace().find(({ ended }) => ended)?.ended?.how, 'idle');
  t.is(await say(idle, dataplane, 'again'), 'a:again');
});

test('flows leave a target that turns away from the plan, and stay on one that drains', async (t) => {
  const [a, b] = [await namedUdp(t, 'a'), await namedUdp(t, 'b')];
  const clock = manualClock(1_000_000);
  const dataplane = start(t, { clock });
  const one = target('a', a.port, { probeFrom: Infinity, cutAtDrainEnd: true });
  const two = target('b', b.port, { probeFrom: Infinity });
  await dataplane.apply(planOf([one], { listener: { protocol: 'udp' } }));
  const client = await udpSocket(t);
  t.is(await say(client, dataplane, '1'), 'a:1');
  await dataplane.apply(planOf([{ ...one, admission: 'draining', drainEnd: 1_060_000 }, two], { listener: { protocol: 'udp' } }));
  t.is(await say(client, dataplane, '2'), 'a:2');
  await clock.advance(60_000);
  t.is(await say(client, dataplane, '3'), 'b:3');
});

test('a client address is preserved where the group says so', async (t) => {
  const a = await namedUdp(t, 'a');
  const dataplane = start(t);
  await dataplane.apply(udpPlan({ a: a.port }, { pool: { preserveClientAddress: true } }));
  await say(await udpSocket(t, '127.0.0.77'), dataplane, 'x');
  t.is(a.heard[0]?.from, '127.0.0.77');
});

test('a target that is not there leaves the flow alive, and no target leaves no flow', async (t) => {
  const dataplane = start(t);
  await dataplane.apply(udpPlan({ gone: 1 }));
  const client = await udpSocket(t);
  client.send('x', portOf(dataplane), '127.0.0.1');
  await eventually(() => dataplane.counters().targets['pool|gone']?.refused === 1);
  t.is(dataplane.counters().listeners['listener']?.activeFlows, 1);
  await dataplane.apply(planOf([], { listener: { protocol: 'udp' } }));
  (await udpSocket(t)).send('x', portOf(dataplane), '127.0.0.1');
  await eventually(() => dataplane.counters().listeners['listener']?.refused === 2);
});

test('TCP_UDP answers on both, and a listener that goes takes its datagrams with it', async (t) => {
  const [tcp, udp] = [await named(t, 'tcp'), await namedUdp(t, 'udp')];
  const dataplane = start(t);
  const both = (port: number) => planOf([target('one', port, { probeFrom: Infinity })], { listener: { protocol: 'tcp_udp' } });
  await dataplane.apply(both(tcp.port));
  t.is(await ask(dataplane), 'tcp');
  await dataplane.apply(both(udp.port));
  t.is(await say(await udpSocket(t), dataplane, 'x'), 'udp:x');
  await dataplane.apply({ pools: [], listeners: [] });
  await eventually(() => (dataplane.counters().listeners['listener']?.activeFlows ?? 0) === 0);
  t.deepEqual(dataplane.bound(), []);
});
