// What the data plane's tests share: targets with real sockets, plans with few words, and waiting for events.
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import { systemClock } from '../../emulator/clock.js';
import { createDataplane, type DataplaneOptions } from '../../emulator/dataplane/dataplane.js';
import { dialTcp } from '../../emulator/dataplane/dial.js';
import type { Dataplane, DataplanePlan, HealthCheck, Listener, Pool, Target } from '../../emulator/dataplane/types.js';
import { silentLog } from '../../emulator/log.js';

export type Server = { port: number; sockets: Set<Socket>; close(): void };

/** A target on 127.0.0.1; it is gone when the test is over. */
export const serve = async (t: ExecutionContext, handle: (socket: Socket) => void, host = '127.0.0.1'): Promise<Server> => {
  const sockets = new Set<Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    handle(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  t.teardown(close);
  return { port: (server.address() as net.AddressInfo).port, sockets, close };
};

/** A server that says its name to whoever connects, and ends. */
export const named = (t: ExecutionContext, name: string): Promise<Server> => serve(t, (socket) => socket.end(name));

/** Nobody listens here: privileged, and not handed out by port 0 to a test beside this one. */
export const deadPort = 1;

export const healthCheck = (port: number, overrides: Partial<HealthCheck> = {}): HealthCheck => ({
  protocol: 'tcp', port, interval: 50, timeout: 2000, healthyThreshold: 2, unhealthyThreshold: 2, firstPasses: 1, ...overrides,
});

export const target = (id: string, port: number, overrides: Partial<Target> = {}): Target => ({
  id, host: '127.0.0.1', port, zone: 'a', healthCheck: healthCheck(port), probeFrom: 0, admission: 'open', ...overrides,
});

export const pool = (targets: Target[], overrides: Partial<Pool> = {}): Pool => ({
  id: 'pool', targets, stickiness: 'none', cutUnhealthy: true, preserveClientAddress: false, ...overrides,
});

export const listener = (overrides: Partial<Listener> = {}): Listener => ({
  id: 'listener', protocol: 'tcp', port: 0, addresses: [{ zone: 'a', address: '127.0.0.1' }], crossZone: false,
  pools: [{ id: 'pool', weight: 1 }], idleTimeout: 350_000, ...overrides,
});

/** One listener (on a free port) before one pool. */
export const planOf = (targets: Target[], overrides: { pool?: Partial<Pool>; listener?: Partial<Listener> } = {}): DataplanePlan => ({
  pools: [pool(targets, overrides.pool)],
  listeners: [listener(overrides.listener)],
});

export const start = (t: ExecutionContext, options: Partial<DataplaneOptions> = {}): Dataplane => {
  const dataplane = createDataplane({ dial: dialTcp, clock: systemClock, log: silentLog, ...options });
  t.teardown(() => dataplane.close());
  return dataplane;
};

/** Resolves when `holds` does; asked again after each change of health. */
export const healthHolds = (dataplane: Dataplane, holds: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const check = (): void => {
      if (!holds()) return;
      stop();
      resolve();
    };
    const stop = dataplane.health.onChange(check);
    check();
  });

export const statusOf = (dataplane: Dataplane, id: string, poolId = 'pool'): string | undefined => dataplane.health.of(poolId, id)?.status;

export const allHealthy = (dataplane: Dataplane, ids: string[]): Promise<void> =>
  healthHolds(dataplane, () => ids.every((id) => statusOf(dataplane, id) === 'healthy'));

export const portOf = (dataplane: Dataplane, zone = 'a'): number => dataplane.bound().find((each) => each.zone === zone)?.port ?? 0;

/** A client of the listener; errors are for whoever asks `outcome`. */
export const connect = (dataplane: Dataplane, options: { zone?: string; from?: string } = {}): Socket => {
  const node = dataplane.bound().find((each) => each.zone === (options.zone ?? 'a'));
  return net.connect({
    host: node?.address ?? '', port: node?.port ?? 0, allowHalfOpen: true, ...(options.from ? { localAddress: options.from } : {}),
  }).on('error', () => {});
};

/** All that the socket receives, and how it ended: `end` or the error's code. */
export const outcome = (socket: Socket): Promise<{ text: string; bytes: number; how: string }> =>
  new Promise((resolve) => {
    let text = '';
    let bytes = 0;
    const settle = (how: string): void => {
      socket.destroy();
      resolve({ text, bytes, how });
    };
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes < 10_000) text += chunk.toString();
    });
    socket.once('end', () => settle('end')).once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? ''));
  });

/** One connection; what was said. */
export const ask = async (dataplane: Dataplane, options: { zone?: string; from?: string } = {}): Promise<string> => {
  const { text, how } = await outcome(connect(dataplane, options));
  return text === '' ? how : text;
};

/** Runs until the event loop has delivered what is under way and `holds` is true; fails by ava's time-out. */
export const eventually = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};
