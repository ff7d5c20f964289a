// The sockets behind a node: a TCP server, or a UDP socket.
import type { Socket as UdpSocket } from 'node:dgram';
import net, { type Socket } from 'node:net';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { socketOptions, udpSocket } from './dial.js';
import type { ListenerNode, Open, Opened } from './listener.js';
import type { Place } from './place.js';

export type Datagram = { message: Buffer; address: string; port: number };

export type Arrivals = {
  accept(client: Socket, node: ListenerNode): void;
  receive(datagram: Datagram, node: ListenerNode, socket: UdpSocket): void;
  /** The node's UDP socket is gone: nothing can be answered from it any more. */
  silenced(socket: UdpSocket): void;
};

type Emitter = { once(event: string, fn: (error: Error) => void): unknown; off(event: string, fn: (error: Error) => void): unknown };

const opening = (emitter: Emitter, start: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      emitter.off('listening', done);
      reject(error);
    };
    const done = (): void => {
      emitter.off('error', failed);
      resolve();
    };
    emitter.once('error', failed);
    emitter.once('listening', done);
    start();
  });

const openTcp = async ({ address, port }: Place, accept: (client: Socket) => void, failed: (error: Error) => void): Promise<Opened> => {
  const server = net.createServer(socketOptions, accept);
  await opening(server, () => server.listen({ host: address, port, backlog: 4096 }));
  // From now on an error is a failed accept, such as too many open files: the listener goes on.
  server.on('error', failed);
  return { port: (server.address() as net.AddressInfo).port, close: () => void server.close() };
};

const openUdp = async ({ address, port }: Place, arrivals: Arrivals, node: ListenerNode, failed: (error: Error) => void): Promise<Opened> => {
  const socket = udpSocket();
  await opening(socket, () => socket.bind({ address, port, exclusive: true })).catch((error: unknown) => {
    socket.close();
    throw error;
  });
  socket.on('error', failed);
  socket.on('message', (message, from) => arrivals.receive({ message, address: from.address, port: from.port }, node, socket));
  socket.on('close', () => arrivals.silenced(socket));
  return { port: socket.address().port, close: () => void socket.close() };
};

/** Opens by the node's transport; what comes in goes to `arrivals`. */
export const opener = (arrivals: Arrivals, log: Log): Open => (place, node) => {
  const { listenerId, zone, transport } = node.spec;
  const failed = (error: Error): void => log.warn({ listenerId, zone, problem: messageOf(error) }, 'a connection could not be accepted');
  return transport === 'udp' ? openUdp(place, arrivals, node, failed) : openTcp(place, (client) => arrivals.accept(client, node), failed);
};
