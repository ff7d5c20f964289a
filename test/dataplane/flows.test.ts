// Flows through a real listener: bytes, half-closes and resets travel; nothing is left behind.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import test from 'ava';
import { manualClock } from '../../emulator/clock.js';
import { ask, connect, deadPort, eventually, named, outcome, planOf, serve, start, target } from './support.js';

const through = async (t: Parameters<typeof serve>[0], handle: Parameters<typeof serve>[1]) => {
  const server = await serve(t, handle);
  const dataplane = start(t);
  // Never probed: the only connections that the target sees are flows (let through by fail-open).
  await dataplane.apply(planOf([target('one', server.port, { probeFrom: Infinity })]));
  return { server, dataplane };
};

// stream/consumers would destroy the socket at its end, and with it the answer.
const everything = (socket: Socket): Promise<Buffer> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
  });

const active = (dataplane: ReturnType<typeof start>): number | undefined => dataplane.counters().listeners['listener']?.activeFlows;

test('an answer that comes after the client has half-closed arrives', async (t) => {
  const { dataplane } = await through(t, (socket) => {
    void everything(socket).then((asked) => setImmediate(() => socket.end(`you said ${asked.toString()}`)));
  });
  const client = connect(dataplane);
  client.end('hello');
  t.like(await outcome(client), { text: 'you said hello', how: 'end' });
  await eventually(() => active(dataplane) === 0);
});

test('a server that half-closes first still gets what the client sends', async (t) => {
  const received: Promise<Buffer>[] = [];
  const { dataplane } = await through(t, (socket) => {
    socket.end('done talking');
    received.push(everything(socket));
  });
  const client = connect(dataplane);
  client.resume();
  await once(client, 'end');
  client.end(Buffer.alloc(3_000_000, 1));
  await once(client, 'close');
  t.is((await received.at(-1))?.length, 3_000_000);
  await eventually(() => active(dataplane) === 0);
});

test('bytes under way to a slow target survive the client being done in both directions', async (t) => {
  const targets: Socket[] = [];
  const { dataplane } = await through(t, (socket) => targets.push(socket.end('done talking')));
  const client = connect(dataplane);
  client.resume();
  await once(client, 'end');
  client.end(Buffer.alloc(400_000, 1));
  await once(client, 'close');
  const [slow] = targets;
  t.is(slow && (await everything(slow)).length, 400_000);
  await eventually(() => active(dataplane) === 0);
});

test('a reset by the target reaches the client as a reset', async (t) => {
  const { dataplane } = await through(t, (socket) => void socket.once('data', () => socket.resetAndDestroy()));
  const client = connect(dataplane);
  client.write('x');
  t.is((await outcome(client)).how, 'ECONNRESET');
  await eventually(() => active(dataplane) === 0);
  t.is(dataplane.counters().listeners['listener']?.targetResets, 1);
});

test('a reset by the client reaches the target as a reset', async (t) => {
  const seen: string[] = [];
  const { dataplane } = await through(t, (socket) => {
    socket.on('error', (error: NodeJS.ErrnoException) => seen.push(error.code ?? ''));
    socket.once('data', () => socket.write('got it'));
  });
  const client = connect(dataplane);
  client.write('x');
  await once(client, 'data');
  client.resetAndDestroy();
  await eventually(() => seen.includes('ECONNRESET') && active(dataplane) === 0);
  t.is(dataplane.counters().listeners['listener']?.clientResets, 1);
});

test('a target that refuses resets the client and is counted; the listener goes on', async (t) => {
  const good = await named(t, 'good');
  const dataplane = start(t);
  await dataplane.apply(planOf([target('gone', deadPort, { probeFrom: Infinity })]));
  t.is(await ask(dataplane), 'ECONNRESET');
  t.like(dataplane.counters().targets['pool|gone'], { newFlows: 1, refused: 1 });
  await dataplane.apply(planOf([target('good', good.port, { probeFrom: Infinity })]));
  t.is(await ask(dataplane), 'good');
});

test('without a registered target the client is reset', async (t) => {
  const dataplane = start(t);
  await dataplane.apply(planOf([]));
  t.is(await ask(dataplane), 'ECONNRESET');
  t.like(dataplane.counters().listeners['listener'], { newFlows: 0, refused: 1 });
});

test('a dialler that throws resets the client', async (t) => {
  const dataplane = start(t, { dial: () => { throw new Error('no way there'); } });
  await dataplane.apply(planOf([target('one', 1)]));
  t.is(await ask(dataplane), 'ECONNRESET');
  t.is(dataplane.counters().listeners['listener']?.activeFlows, 0);
});

test('a server that speaks first delivers 5 MB, and bytes are counted', async (t) => {
  const { dataplane } = await through(t, (socket) => socket.end(Buffer.alloc(5_000_000, 7)));
  t.like(await outcome(connect(dataplane)), { bytes: 5_000_000, how: 'end' });
  await eventually(() => active(dataplane) === 0);
  t.is(dataplane.counters().targets['pool|one']?.bytesOut, 5_000_000);
});

test('a client that never reads stops the target from sending: memory stays bounded', async (t) => {
  let taken = 0;
  const chunk = Buffer.alloc(60_000);
  const { dataplane, server } = await through(t, (socket) => {
    const push = (): void => { while (!socket.destroyed && taken < 400_000_000 && socket.write(chunk)) taken += chunk.length; };
    socket.on('drain', () => { taken += chunk.length; push(); });
    socket.once('data', push);
  });
  const client = connect(dataplane);
  client.write('go');
  client.pause();
  await eventually(() => taken > 0);
  let before = -1;
  while (taken !== before) {
    before = taken;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  t.true(taken < 40_000_000, `${taken} bytes were taken`);
  client.resetAndDestroy();
  await eventually(() => active(dataplane) === 0 && server.sockets.size === 0);
});

test('an idle flow is reset on both sides, a busy one is not', async (t) => {
  const clock = manualClock();
  const ends: string[] = [];
  const server = await serve(t, (socket) => {
    socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? '')).pipe(socket);
  });
  const dataplane = start(t, { clock });
  await dataplane.apply(planOf([target('one', server.port, { probeFrom: Infinity })], { listener: { idleTimeout: 60_000 } }));
  const idle = connect(dataplane);
  const busy = connect(dataplane);
  for (const client of [idle, busy]) {
    client.write('x');
    await once(client, 'data');
  }
  const ended = outcome(idle);
  for (let i = 0; i < 10; i += 1) {
    await clock.advance(7500);
    busy.write('x');
    await once(busy, 'data');
  }
  t.is((await ended).how, 'ECONNRESET');
  t.deepEqual(ends, ['ECONNRESET']);
  t.false(busy.destroyed);
  busy.end();
  await eventually(() => active(dataplane) === 0);
  await clock.advance(60_000);
  t.is(clock.pending(), 1, 'only the probe waits: the sweep is idle without flows');
});

test('a target that does not accept in time is given up', async (t) => {
  const clock = manualClock();
  // Nothing answers here: the client socket is never connected at all.
  const { Socket } = await import('node:net');
  const dataplane = start(t, { clock, dial: () => Object.defineProperty(new Socket(), 'connecting', { value: true }) });
  await dataplane.apply(planOf([target('one', 9, { probeFrom: Infinity })]));
  const ended = outcome(connect(dataplane));
  await eventually(() => active(dataplane) === 1);
  await clock.advance(29_999);
  t.is(dataplane.counters().listeners['listener']?.refused, 0);
  await clock.advance(1);
  t.is((await ended).how, 'ECONNRESET');
  await eventually(() => active(dataplane) === 0);
  t.is(dataplane.counters().listeners['listener']?.refused, 1);
});

test('close resets flows, frees the port and leaves no timer', async (t) => {
  const clock = manualClock();
  const server = await serve(t, (socket) => void socket.pipe(socket));
  const dataplane = start(t, { clock });
  await dataplane.apply(planOf([target('one', server.port)]));
  const client = connect(dataplane);
  client.write('x');
  await once(client, 'data');
  const ended = outcome(client);
  await dataplane.close();
  t.is((await ended).how, 'ECONNRESET');
  t.deepEqual(dataplane.bound(), []);
  t.is(clock.pending(), 0);
  await eventually(() => server.sockets.size === 0);
});

test('a reset does not wait for a peer that never reads', async (t) => {
  const { dataplane, server } = await through(t, (socket) => void socket.end(Buffer.alloc(30_000_000)));
  const client = connect(dataplane);
  client.pause();
  await once(client, 'connect');
  let sent = -1;
  for (const out = (): number => dataplane.counters().listeners['listener']?.bytesOut ?? 0; sent < 1_000_000 || sent !== out(); ) {
    sent = out();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await dataplane.close();
  t.is(active(dataplane) ?? 0, 0);
  await eventually(() => server.sockets.size === 0);
  // How it ends is no proof: libuv takes a hang-up after a short read for an end, without asking for the error.
  t.true((await outcome(client.resume())).bytes < 30_000_000);
});

test('whatever clients and targets do, no flow and no socket is left', async (t) => {
  let turn = 0;
  const { dataplane, server } = await through(t, (socket) => {
    turn += 1;
    const kind = turn % 6;
    if (kind === 0) socket.resetAndDestroy();
    else if (kind === 1) socket.destroy();
    else if (kind === 2) socket.resume().end(Buffer.alloc(200_000));
    else if (kind === 3) socket.resume().on('end', () => socket.end('late'));
    else if (kind === 4) socket.once('data', () => socket.resetAndDestroy()).on('end', () => socket.end());
    else socket.pipe(socket);
  });
  const behave = (client: Socket, kind: number): void => {
    if (kind === 0) client.on('connect', () => client.resetAndDestroy());
    else if (kind === 1) client.on('connect', () => client.destroy());
    else if (kind === 2) client.resume().end('hello');
    else if (kind === 3) client.resume().end(Buffer.alloc(300_000));
    else if (kind === 4) client.resume().write('x', () => client.end());
    else client.destroy();
  };
  const clients = Array.from({ length: 420 }, (_, i) => {
    const client = connect(dataplane);
    // The target turns every 6, the clients every 7: each meets each.
    behave(client, i % 7);
    return client;
  });
  await eventually(() => clients.every((client) => client.closed));
  await eventually(() => active(dataplane) === 0 && server.sockets.size === 0);
  const counted = dataplane.counters().listeners['listener'];
  t.true((counted?.newFlows ?? 0) > 200, JSON.stringify(counted));
  t.is(counted?.refused, 0);
});

test('what targets send in pieces of all sizes, faster than clients read, arrives as it was sent', async (t) => {
  const sent: string[] = [];
  const { dataplane } = await through(t, (socket) => {
    const pieces = Array.from({ length: 350 }, (_, at) => Buffer.alloc(1 + ((at * 37 + sent.length * 11) % 60) ** 3, `${sent.length}:${at};`));
    sent.push(createHash('sha256').update(Buffer.concat(pieces)).digest('hex'));
    const next = (): void => {
      const piece = pieces.shift();
      if (!piece) socket.end();
      else if (socket.write(piece)) setImmediate(next);
      else socket.once('drain', next);
    };
    next();
  });
  const clients = [connect(dataplane), connect(dataplane)];
  let before = 0;
  const stands = (): boolean => {
    const now = dataplane.counters().listeners['listener']?.bytesOut ?? 0;
    const same = now === before;
    before = now;
    return same && now > 1_000_000;
  };
  await eventually(stands);
  const received = clients.map(async (client) => {
    const hash = createHash('sha256');
    client.on('data', (chunk: Buffer) => hash.update(chunk));
    await once(client, 'end');
    client.end();
    return hash.digest('hex');
  });
  t.deepEqual((await Promise.all(received)).toSorted(), sent.toSorted());
  await eventually(() => active(dataplane) === 0);
});
