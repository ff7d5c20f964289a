// The one HTTP port of the emulator: the AWS endpoint, health and stop, and the forward proxy to load balancers.
import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.js';
import { createEntrance, type EntranceOptions } from './entrance.js';
import { createForward, type Resolve } from './forward.js';
import { listen } from './listen.js';

export type WebDoorOptions = EntranceOptions & {
  /** 0 picks a free port. */
  port: number;
  /** 127.0.0.1 unless somebody asks for more. */
  host?: string;
  resolve: Resolve;
  clock: Clock;
};

export type WebDoor = {
  /** Binds the port; a taken one is a UserError that names its holder. */
  listen(): Promise<{ host: string; port: number; url: string }>;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
};

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

// Clients of AWS keep connections for a minute; a shorter patience than theirs would cut requests on their way.
const keepAliveTimeout = 75_000;

const closeAll = (server: http.Server, sockets: Iterable<Duplex>): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });

/** Constructs the door; nothing is bound before `listen`. */
export const createWebDoor = (options: WebDoorOptions): WebDoor => {
  const { host = '127.0.0.1', publicHost } = options;
  const publicName = publicHost?.toLowerCase().replace(/:\d+$/, '');
  let bound = options.port;
  const forward = createForward({
    resolve: options.resolve,
    isSelf: (name, port) => port === bound && (isLoopback(name) || name === publicName),
    app: createEntrance(options),
    clock: options.clock,
    log: options.log,
  });
  // An upload through the proxy may take its time.
  const server = http.createServer({ keepAliveTimeout, requestTimeout: 0 }, forward.request);
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', forward.connect).on('upgrade', forward.upgrade);
  return {
    listen: async () => {
      bound = await listen(server, options.port, host);
      return { host, port: bound, url: `http://${host}:${bound}` };
    },
    close: () => closeAll(server, sockets),
  };
};
