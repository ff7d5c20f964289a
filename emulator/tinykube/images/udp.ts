// UDP of images: sockets that answer each datagram, opened all or none.
import dgram, { type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { ContainerContext, Image, RunningContainer } from './types.js';

/** What a datagram is answered with; undefined: nothing. */
export type Answer = (message: Buffer, from: RemoteInfo) => Buffer | string | undefined;

const open = async (context: ContainerContext, port: number, answer: Answer): Promise<Socket> => {
  const socket = dgram.createSocket('udp4');
  const bound = once(socket, 'listening');
  socket.bind({ address: context.listen, port: context.podPort(port) });
  try {
    await bound;
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('message', (message, from) => {
    const reply = answer(message, from);
    if (reply !== undefined) socket.send(reply, from.port, from.address);
  });
  // A client that is gone shows as an error here, and is not this socket's end.
  socket.on('error', () => {});
  return socket;
};

/** Opens UDP ports on the pod's address; rejects with the system's error, and then none is left open. */
export const startUdp = async (context: ContainerContext, ports: readonly number[], answer: Answer): Promise<RunningContainer> => {
  const sockets: Socket[] = [];
  const kill = (): void => sockets.splice(0).forEach((socket) => socket.close());
  try {
    for (const port of ports) sockets.push(await open(context, port, answer));
  } catch (error) {
    kill();
    throw error;
  }
  return { stop: async () => kill(), kill };
};

/** Two halves of one container. The second is ended when the first cannot start, and the other way round. */
export const startBoth = async (first: Promise<RunningContainer>, second: Promise<RunningContainer>): Promise<RunningContainer> => {
  const halves = await Promise.allSettled([first, second]);
  const running = halves.flatMap((half) => (half.status === 'fulfilled' ? [half.value] : []));
  const failed = halves.find((half) => half.status === 'rejected');
  if (failed) {
    running.forEach((half) => half.kill());
    throw failed.reason;
  }
  return { stop: async () => void (await Promise.all(running.map((half) => half.stop()))), kill: () => running.forEach((half) => half.kill()) };
};

export const udpImages: readonly Image[] = [{
  name: 'udp-echoserver',
  start: async (context) => {
    const ports = context.udpPorts.length > 0 ? context.udpPorts : [8080];
    const running = await startUdp(context, ports, (message) => message);
    context.log(`echoing datagrams on ${ports.join(', ')}`);
    return running;
  },
}];
