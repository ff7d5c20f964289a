// One listening socket for one zone's address. A failing connection never stops it; a port it cannot have is replaced and said.
import net, { type Server, type Socket } from 'node:net';
import { codeOf, messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { socketOptions } from './dial.js';
import type { Bound } from './types.js';

export type NodeSpec = { listenerId: string; zone: string; address: string; port: number };

export type ListenerNode = {
  readonly spec: NodeSpec;
  /** Resolves, never rejects, when the port is open or it is known why not. */
  readonly ready: Promise<void>;
  bound(): Bound;
  /** Stops accepting; connections that exist stay. */
  close(): Promise<void>;
};

type Place = { address: string; port: number };

const reasons: Record<string, string> = {
  EACCES: 'needs privileges that this process lacks',
  EADDRINUSE: 'is taken by another process',
  EADDRNOTAVAIL: 'cannot be had: this machine has no such address',
};

const explain = ({ address, port }: Place, error: unknown): string =>
  `${address}:${port} ${reasons[codeOf(error) ?? ''] ?? `cannot be listened on (${messageOf(error)})`}`;

const listen = (server: Server, { address, port }: Place): Promise<void> =>
  new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      server.off('listening', done);
      reject(error);
    };
    const done = (): void => {
      server.off('error', failed);
      resolve();
    };
    server.once('error', failed).once('listening', done);
    server.listen({ host: address, port, backlog: 4096 });
  });

// Only Linux owns the whole of 127/8; elsewhere the plain loopback address must do.
const places = ({ address, port }: NodeSpec): Place[] => [
  { address, port },
  { address, port: 0 },
  { address: '127.0.0.1', port: 0 },
];

const listenSomewhere = async (server: Server, spec: NodeSpec): Promise<{ place?: Place; problem?: string }> => {
  let problem: string | undefined;
  for (const place of places(spec)) {
    try {
      await listen(server, place);
      return { place, ...(problem === undefined ? {} : { problem }) };
    } catch (error) {
      problem ??= explain(place, error);
    }
  }
  return problem === undefined ? {} : { problem };
};

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    if (server.listening) server.close();
    resolve();
  });

const portOf = (server: Server): number => {
  const address = server.address();
  return address && typeof address === 'object' ? address.port : 0;
};

/** Opens the node's port, or a free one in its place (`bound()` says which and why; port 0 when none could be had). */
export const openNode = (spec: NodeSpec, accept: (client: Socket, node: ListenerNode) => void, log: Log): ListenerNode => {
  const server = net.createServer(socketOptions, (client) => accept(client, node));
  const { listenerId, zone, address, port: wanted } = spec;
  let bound: Bound = { listenerId, zone, address, wanted, port: 0, problem: 'not open yet' };
  const ready = listenSomewhere(server, spec).then(({ place, problem }) => {
    // From now on an error is a failed accept, such as too many open files: the listener goes on.
    server.on('error', (error) => log.warn({ listenerId, zone, problem: messageOf(error) }, 'a connection could not be accepted'));
    bound = { listenerId, zone, wanted, address: place?.address ?? address, port: portOf(server), ...(problem === undefined ? {} : { problem }) };
  });
  const node: ListenerNode = { spec, ready, bound: () => bound, close: () => ready.then(() => closed(server)) };
  return node;
};
