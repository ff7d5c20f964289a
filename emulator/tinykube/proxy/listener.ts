// A TCP port of a Service, or of a Service's health check: opened, let go while its connections go on, or cut.
import net, { type Server, type Socket } from 'node:net';
import { codeOf } from '../../errors.js';
import type { Backend, Place } from './backends.js';
import { forward } from './forward.js';

/** Where a client may be sent: candidates in the order to try, and the local address of the onward connection. */
export type Route = { backends: readonly Backend[]; from: string };

export type Listener = {
  /** Takes nobody new; as with the real kube-proxy, connections that stand go on. Resolves when the last is over. */
  release(): Promise<void>;
  /** Cuts everything. */
  close(): Promise<void>;
};

export type TcpOptions = {
  host: string;
  port: number;
  place(backend: Backend): Place;
  /** Asked once for each connection. */
  route(client: string): Route;
  /** The port needs privileges that we lack; another on the same address stands for it. Missing: that is a failure. */
  elsewhere?(port: number): void;
  failed(error: unknown): void;
};

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

const open = (server: Server, { host, port, elsewhere, failed }: Pick<TcpOptions, 'host' | 'port' | 'elsewhere' | 'failed'>): void => {
  server.on('error', (error) => {
    if (codeOf(error) !== 'EACCES' || !elsewhere) return failed(error);
    server.listen({ host, port: 0 }, () => elsewhere((server.address() as net.AddressInfo).port));
  });
  server.listen({ host, port });
};

const listenerOf = (server: Server): Listener & { own(socket: Socket): void } => {
  const sockets = new Set<Socket>();
  return {
    own: (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    },
    release: () => closed(server),
    close: async () => {
      const done = closed(server);
      for (const socket of sockets) socket.destroy();
      await done;
    },
  };
};

/** Opens the port and forwards. */
export const listenTcp = (options: TcpOptions): Listener => {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true });
  const listener = listenerOf(server);
  server.on('connection', (client) => {
    listener.own(client);
    forward(client, { ...options.route(client.remoteAddress ?? ''), place: options.place, own: listener.own });
  });
  open(server, options);
  return listener;
};

/** Opens a port that answers by itself. */
export const listenWith = (server: Server, options: Pick<TcpOptions, 'host' | 'port' | 'failed'>): Listener => {
  const listener = listenerOf(server);
  server.on('connection', listener.own);
  open(server, options);
  return listener;
};
