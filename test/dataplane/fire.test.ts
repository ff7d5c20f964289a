// Under fire: targets that misbehave in every way, many idle connections, and plans that never rest. All returns to where it was.
import { once } from 'node:events';
import fs from 'node:fs';
import net, { type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test, { type ExecutionContext } from 'ava';
import type { Dataplane } from '../../emulator/dataplane/types.js';
import { connect, deadPort, eventually, named, outcome, planOf, portOf, serve, start, target } from './support.js';

const active = (dataplane: Dataplane): number => dataplane.counters().listeners['listener']?.activeFlows ?? 0;

const descriptors = (): number => fs.readdirSync('/proc/self/fd').length;

const known = (id: string, port: number) => target(id, port, { probeFrom: Infinity });

/** One way of a target to be bad; all that its clients see is an end or a reset. */
const vices: Record<string, (socket: Socket) => void> = {
  hangs: () => {},
  'half-closes': (socket) => socket.resume().end(),
  resets: (socket) => socket.resetAndDestroy(),
  'never reads': (socket) => void socket.pause(),
  'sends slowly, byte by byte': (socket) => {
    let left = 20;
    const drip = (): unknown => (left-- > 0 && !socket.destroyed ? socket.write('.', () => setImmediate(drip)) : socket.resume().end());
    drip();
  },
};

for (const [vice, behave] of Object.entries(vices)) {
  test(`a target that ${vice} harms nobody else`, async (t) => {
    const bad = await serve(t, behave);
    const good = await serve(t, (socket) => void socket.resume().end('good'));
    const dataplane = start(t);
    await dataplane.apply(planOf([known('bad', bad.port), known('good', good.port)]));
    const clients = Array.from({ length: 40 }, () => connect(dataplane));
    const answers: string[] = [];
    for (const client of clients) {
      client.write(Buffer.alloc(20_000));
      void outcome(client).then(({ text }) => answers.push(text));
    }
    await eventually(() => answers.filter((text) => text === 'good').length > 3 || answers.length > 36);
    for (const client of clients) client.resetAndDestroy();
    await eventually(() => active(dataplane) === 0);
    t.true(answers.includes('good'));
  });
}

test('a target that refuses costs its own clients only', async (t) => {
  const good = await named(t, 'good');
  const dataplane = start(t);
  await dataplane.apply(planOf([known('gone', deadPort), known('good', good.port)]));
  const seen = await Promise.all(Array.from({ length: 60 }, async () => {
    const { text, how } = await outcome(connect(dataplane));
    return text || how;
  }));
  t.deepEqual([...new Set(seen)].sort(), ['ECONNRESET', 'good']);
  t.is(seen.filter((one) => one !== 'good').length, dataplane.counters().targets['pool|gone']?.refused ?? 0);
});

/** In groups: a listening socket has room for so many that wait to be accepted. */
const openMany = async (dataplane: Dataplane, count: number): Promise<Socket[]> => {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const group = Array.from({ length: Math.min(500, count - sockets.length) }, () => connect(dataplane));
    await Promise.all(group.map((socket) => once(socket, 'connect')));
    sockets.push(...group);
  }
  return sockets;
};

/** Descriptors that this process may have; each connection through a data plane in it takes four. */
const room = (): number => Number(/^Max open files\s+(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024);

const idle = (): number => Math.min(process.env['MANY'] === undefined ? 1000 : 10_000, Math.floor((room() - 500) / 4));

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are still needed. */
const memory = (): number => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const without = process.platform === 'linux' ? test.serial : test.serial.skip;

without(`idle connections come and go, 1,000 of them or with MANY=1 10,000; descriptors and memory return to where they were`, async (t) => {
  t.timeout(120_000);
  const count = idle();
  const server = await serve(t, (socket) => void socket.resume().on('end', () => socket.end()));
  const dataplane = start(t);
  await dataplane.apply(planOf([known('one', server.port)]));
  const round = async (): Promise<number> => {
    const sockets = await openMany(dataplane, count);
    await eventually(() => server.sockets.size === count);
    t.is(active(dataplane), count);
    const open = memory();
    for (const socket of sockets) socket.resetAndDestroy();
    await eventually(() => server.sockets.size === 0 && active(dataplane) === 0);
    return open;
  };
  // What is made once, such as compiled code, is there after the first.
  await round();
  const [files, bytes] = [descriptors(), memory()];
  const open = await round();
  await eventually(() => descriptors() <= files);
  while (memory() - bytes >= (open - bytes) / 4) await new Promise((resolve) => setTimeout(resolve, 200));
  t.is(dataplane.counters().listeners['listener']?.newFlows, 2 * count);
  t.log(`${count} connections`);
});

/** Resolves when `value` has stayed the same for a while: whoever fills it is held back. */
const stalls = async (value: () => number): Promise<number> => {
  for (let [last, same] = [-1, 0]; same < 30; same = value() === last ? same + 1 : 0) {
    last = value();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return value();
};

const offered = 64 * 1024 * 1024;
/** Buffers of two sockets in the kernel, as large as Linux lets them grow, and what streams hold. */
const held = 24 * 1024 * 1024;

const pour = (socket: Socket): void => {
  let left = offered;
  const chunk = Buffer.alloc(64 * 1024, 1);
  const fill = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= chunk.length;
      if (!socket.write(chunk)) return void socket.once('drain', fill);
    }
    socket.end();
  };
  fill();
};

for (const [who, direction] of [['target', 'bytesIn'], ['client', 'bytesOut']] as const) {
  test.serial(`a ${who} that does not read holds the other side back, takes bounded memory, and gets everything once it reads`, async (t) => {
    const accepted: Socket[] = [];
    const server = await serve(t, (socket) => void accepted.push(socket.pause()));
    const dataplane = start(t);
    await dataplane.apply(planOf([known('one', server.port)]));
    const client = connect(dataplane).pause();
    client.write('?');
    await eventually(() => accepted.length === 1);
    const [reader, writer] = who === 'target' ? [accepted[0], client] : [client, accepted[0]];
    if (!reader || !writer) return t.fail();
    pour(writer);
    const taken = await stalls(() => dataplane.counters().listeners['listener']?.[direction] ?? 0);
    t.true(taken > 0 && taken < held, `${taken} bytes taken`);
    let got = 0;
    reader.on('data', (chunk: Buffer) => (got += chunk.length)).resume();
    await once(reader, 'end');
    t.true(got === offered || got === offered + 1, `${got} bytes got`);
    for (const socket of [reader, writer]) socket.destroy();
    await eventually(() => active(dataplane) === 0);
  });
}

/** A connection that sends byte by byte, and what came back. */
const drip = async (dataplane: Dataplane, text: string): Promise<string> => {
  const socket = connect(dataplane);
  const ended = outcome(socket);
  for (const letter of text) await new Promise((resolve) => socket.write(letter, resolve));
  socket.end();
  return (await ended).text;
};

const echo = (t: ExecutionContext) => serve(t, (socket) => void socket.pipe(socket));

test('targets and attributes change 200 times under load: established flows and every new one are served', async (t) => {
  const servers = await Promise.all([echo(t), echo(t), echo(t)]);
  const dataplane = start(t);
  const some = (turn: number) => planOf(
    servers.flatMap(({ port }, at) => (turn % 3 === at ? [] : [known(`t${at}`, port)])),
    { pool: { stickiness: turn % 2 === 0 ? 'none' : 'source_ip' }, listener: { idleTimeout: 60_000 + turn } },
  );
  await dataplane.apply(some(0));
  const port = portOf(dataplane);
  let busy = true;
  const changing = (async () => {
    for (let turn = 1; turn <= 200; turn += 1) {
      await dataplane.apply(some(turn));
      await new Promise((resolve) => setImmediate(resolve));
    }
    busy = false;
  })();
  const kept = drip(dataplane, 'x'.repeat(500));
  const worker = async (): Promise<string[]> => {
    const texts: string[] = [];
    while (busy) texts.push(await drip(dataplane, 'abc'));
    return texts;
  };
  const texts = (await Promise.all([worker(), worker(), worker(), worker()])).flat();
  await changing;
  t.deepEqual(texts.filter((text) => text !== 'abc'), []);
  t.true(texts.length > 4);
  t.is(await kept, 'x'.repeat(500));
  t.is(portOf(dataplane), port);
  await eventually(() => active(dataplane) === 0 && servers.every(({ sockets }) => sockets.size === 0));
});

test('clients that leave while their target is being dialled leave nothing behind', async (t) => {
  const server = await serve(t, (socket) => void socket.resume().on('end', () => socket.end()));
  const dataplane = start(t);
  await dataplane.apply(planOf([known('one', server.port)]));
  const clients = Array.from({ length: 200 }, () => net.connect(portOf(dataplane), '127.0.0.1').on('error', () => {}));
  for (const [at, client] of clients.entries()) client.once('connect', () => (at % 2 === 0 ? client.resetAndDestroy() : client.destroy()));
  await eventually(() => clients.every((client) => client.closed));
  // The last to arrive tells that all before it were accepted.
  const last = connect(dataplane);
  last.end();
  t.is((await outcome(last)).how, 'end');
  await eventually(() => active(dataplane) === 0 && server.sockets.size === 0);
});
