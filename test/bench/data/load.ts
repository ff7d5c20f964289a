// The loads of the data plane's benchmark: each runs for a while against one port and answers with a rate.
import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';

const connect = (port: number): Socket => net.connect({ port, host: '127.0.0.1', noDelay: true }).on('error', () => {});

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const request = Buffer.alloc(64, 'e');

// Read into one buffer: a client that makes one for each chunk would be the slowest part.
const counting = (port: number, buffer: Buffer, count: (bytes: number) => void): Socket =>
  net.connect({ port, host: '127.0.0.1', onread: { buffer, callback: (size) => (count(size), true) } }).on('error', () => {});

/** What `streams` connections receive: bytes a second, and all in all. */
export const throughput = async (port: number, streams: number, ms: number): Promise<{ rate: number; bytes: number }> => {
  let bytes = 0;
  const buffer = Buffer.allocUnsafeSlow(256 * 1024);
  const sockets = Array.from({ length: streams }, () => counting(port, buffer, (size) => void (bytes += size)));
  for (const socket of sockets) socket.write('S');
  await wait(ms / 5);
  const [from, began] = [bytes, performance.now()];
  await wait(ms);
  const rate = ((bytes - from) * 1000) / (performance.now() - began);
  for (const socket of sockets) socket.destroy();
  return { rate, bytes };
};

/** New connections in `ms`, each with one request and its answer; `clients` at a time. */
export const connections = async (port: number, clients: number, ms: number): Promise<number> => {
  let made = 0;
  const until = performance.now() + ms;
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      const socket = connect(port);
      socket.write(request);
      await new Promise<void>((resolve) => void socket.once('data', () => resolve()).once('close', () => resolve()));
      // Without TIME_WAIT: the next figure would pay for it.
      socket.resetAndDestroy();
      made += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, one));
  return made;
};

export type Exchange = { rate: number; p50: number; p99: number };

/** Requests a second over kept connections, and how long one takes in ms. */
export const requests = async (port: number, clients: number, ms: number): Promise<Exchange> => {
  const sockets = Array.from({ length: clients }, () => connect(port));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const times: number[] = [];
  for (const socket of sockets) {
    let sent = performance.now();
    socket.on('data', () => {
      const now = performance.now();
      times.push(now - sent);
      sent = now;
      socket.write(request);
    });
    socket.write(request);
  }
  await wait(ms);
  for (const socket of sockets) socket.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
  return { rate: (times.length * 1000) / ms, p50: at(0.5), p99: at(0.99) };
};

/** Datagrams a second that come back to `clients`, each with a few under way. */
export const datagrams = async (port: number, clients: number, ms: number): Promise<number> => {
  let back = 0;
  const sockets = Array.from({ length: clients }, () => dgram.createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) }));
  for (const socket of sockets) {
    socket.on('message', () => {
      back += 1;
      socket.send(request, port, '127.0.0.1');
    });
    for (let i = 0; i < 4; i += 1) socket.send(request, port, '127.0.0.1');
  }
  await wait(ms);
  for (const socket of sockets) socket.close();
  return (back * 1000) / ms;
};

/** Opens connections that do nothing; answers how to close them. */
export const idle = async (port: number, count: number): Promise<() => void> => {
  const sockets = Array.from({ length: count }, () => connect(port));
  await Promise.all(sockets.map(async (socket) => {
    socket.write(request);
    await once(socket, 'data');
  }));
  return () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
};
