// A door on a free port with stand-ins behind it, and small helpers that talk to it the way real clients do.
import { execFile } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import type { ExecutionContext } from 'ava';
import { manualClock, type Clock } from '../../emulator/clock.js';
import { silentLog } from '../../emulator/log.js';
import type { AwsAnswer, AwsRequest } from '../../emulator/web/aws.js';
import { createWebDoor, type WebDoorOptions } from '../../emulator/web/door.js';

export const balancer = 'one-0123456789abcdef.elb.us-west-2.amazonaws.com';

export const openDoor = async (t: ExecutionContext, options: Partial<WebDoorOptions> = {}) => {
  const seen: AwsRequest[] = [];
  const stops: string[] = [];
  const clock: Clock = manualClock();
  const door = createWebDoor({
    port: 0, version: '1.2.3', clock, log: silentLog,
    answer: (request): AwsAnswer => (seen.push(request), { status: 200, headers: { 'x-amzn-RequestId': 'r-1' }, body: '<Answer/>' }),
    refuse: ({ status, code, message }) => ({ status, headers: {}, body: `<Error><Code>${code}</Code><Message>${message}</Message></Error>` }),
    bodyLimit: ({ target }) => (target === undefined ? 1024 * 1024 : 2 * 1024 * 1024),
    info: () => ({ region: 'us-west-2' }), services: () => ({ elbv2: 'running' }),
    stop: { token: 'secret', run: () => void stops.push('stop') }, resolve: () => undefined,
    ...options,
  });
  const { url, port } = await door.listen();
  t.teardown(() => door.close());
  return { url, port, seen, stops, door };
};

/** A target that counts its connections. */
export const openTarget = async (t: ExecutionContext, handle: http.RequestListener, prepare: (server: http.Server) => void = () => {}) => {
  const server = http.createServer(handle);
  prepare(server);
  const sockets = new Set<net.Socket>();
  const waiting = new Set<() => void>();
  let total = 0;
  server.on('connection', (socket) => {
    total += 1;
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) for (const done of waiting) done();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => (server.close(), server.closeAllConnections()));
  return {
    address: '127.0.0.1', port: (server.address() as net.AddressInfo).port, sockets, total: () => total,
    /** Resolves when no connection is open. */
    quiet: (): Promise<void> => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve))),
  };
};

export const curl = (...args: string[]): Promise<{ code: number; stdout: string }> =>
  new Promise((resolve) => {
    execFile('curl', ['-sS', '--noproxy', '', '--max-time', '20', ...args], (error, stdout) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout }));
  });

/** Sends raw bytes and answers with all that comes back until the other side ends. */
export const raw = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => (socket.end(), resolve(text))).on('error', reject);
  });
