// Opening a container's ports: all or none, and closing them as SIGTERM and SIGKILL would.
import type { Server, Socket } from 'node:net';
import type { ContainerContext, RunningContainer } from './types.js';

const open = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.removeListener('error', reject);
      // Later errors of a listening socket are not the emulator's end.
      server.on('error', () => {});
      resolve();
    });
  });

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

/** Remembers a server's sockets, so that they can be cut. */
export const trackSockets = (server: Server): Set<Socket> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
};

/** Opens one server per port on the pod's address. `endIdle` closes what carries no request. */
export const listenAll = async ({ listen, podPort }: Pick<ContainerContext, 'listen' | 'podPort'>, ports: readonly number[], make: (port: number) => Server, endIdle: (server: Server, sockets: ReadonlySet<Socket>) => void): Promise<RunningContainer> => {
  const servers = [...new Set(ports)].map((port) => {
    const server = make(port);
    return { port, server, sockets: trackSockets(server) };
  });
  const kill = (): void => {
    for (const { server, sockets } of servers) {
      server.close();
      for (const socket of sockets) socket.destroy();
    }
  };
  try {
    for (const { server, port } of servers) await open(server, listen, podPort(port));
  } catch (error) {
    kill();
    throw error;
  }
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map(({ server, sockets }) => {
      const done = closed(server);
      endIdle(server, sockets);
      return done;
    }));
  };
  return { stop, kill };
};
