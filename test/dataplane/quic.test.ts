// QUIC: a datagram's connection id names its target, so that a connection outlives its client's address.
import dgram from 'node:dgram';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { namedTarget, serverIdIn } from '../../emulator/dataplane/quic.js';
import { eventually, planOf, pool, start, target } from './support.js';

const id = (byte: number): string => Buffer.alloc(8, byte).toString('hex');
const connectionId = (server: string, rest = 'aabbccddeeff'): Buffer => Buffer.from(`48${server}${rest}`, 'hex');
/** As a client sends it once the handshake is over. */
const short = (server: string): Buffer => Buffer.concat([Buffer.from([0x41]), connectionId(server), Buffer.from('data')]);
const long = (server: string, version = 1): Buffer => {
  const destination = connectionId(server);
  return Buffer.concat([Buffer.from([0xc3, 0, 0, 0, version, destination.length]), destination, Buffer.from([0])]);
};

test('the server id is read from short and long headers of version 1, and from nothing else', (t) => {
  t.is(serverIdIn(short(id(7))), id(7));
  t.is(serverIdIn(long(id(7))), id(7));
  t.is(serverIdIn(long(id(7), 2)), undefined);
  t.is(serverIdIn(Buffer.from([0xc3, 0, 0, 0, 1, 4, 1, 2, 3, 4])), undefined);
  t.is(serverIdIn(Buffer.from([0x01, 1, 2, 3])), undefined);
  t.is(serverIdIn(Buffer.from([0x41, 1, 2, 3])), undefined);
  t.is(serverIdIn(Buffer.alloc(0)), undefined);
});

test('a datagram names the target that has the id, draining or not; others name nobody', (t) => {
  const pools = [pool([target('one', 1, { serverId: id(1) }), target('two', 1, { serverId: id(2), admission: 'draining' })])];
  t.like(namedTarget(pools, short(id(2))), { target: { id: 'two' } });
  t.is(namedTarget(pools, long(id(3))), undefined);
  t.is(namedTarget(pools, short(id(3))), 'strange');
  t.is(namedTarget([pool([target('one', 1)])], short(id(1))), undefined);
});

const named = async (t: ExecutionContext, name: string): Promise<number> => {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (_, from) => socket.send(name, from.port, from.address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => void socket.close());
  return socket.address().port;
};

const ask = async (at: { address: string; port: number }, datagram: Buffer): Promise<string> => {
  const socket = dgram.createSocket('udp4');
  socket.send(datagram, at.port, at.address);
  const [answer] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return answer.toString();
};

test('whatever address a connection comes from, it reaches the target whose id it has', async (t) => {
  const names = ['one', 'two', 'three'];
  const ports = await Promise.all(names.map((name) => named(t, name)));
  const dataplane = start(t);
  const targets = names.map((name, at) => target(name, ports[at] ?? 0, { probeFrom: Infinity, serverId: id(at + 1) }));
  await dataplane.apply(planOf(targets, { listener: { protocol: 'udp' } }));
  const [bound] = dataplane.bound();
  for (const [at, name] of names.entries()) {
    // Each from a socket, that is a client port, of its own.
    for (let n = 0; n < 5; n += 1) t.is(await ask({ address: bound?.address ?? '', port: bound?.port ?? 0 }, short(id(at + 1))), name);
  }
  t.is(dataplane.trace().at(-1)?.why, 'its QUIC server id names it; target in zone a');
  t.true(names.includes(await ask({ address: bound?.address ?? '', port: bound?.port ?? 0 }, Buffer.from('? no QUIC'))));
  const lost = dgram.createSocket('udp4');
  lost.send(short(id(9)), bound?.port ?? 0, bound?.address);
  await eventually(() => dataplane.counters().listeners['listener']?.strangeIds === 1);
  lost.close();
  t.is(dataplane.trace().at(-1)?.why, 'its QUIC server id names no target');
});
