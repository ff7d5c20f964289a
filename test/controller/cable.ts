// A TCP cable between a client and the API server that a test can pull out.
import { once } from 'node:events';
import net from 'node:net';

/** All through it until `cut`; while it is `pulled` nobody gets through. */
export const openCable = async (target: URL) => {
  const sockets = new Set<net.Socket>();
  let pulled = false;
  const track = (socket: net.Socket): net.Socket => {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server = net.createServer((near) => {
    track(near);
    if (pulled) return void near.destroy();
    const far = track(net.connect(Number(target.port), target.hostname));
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `${target.protocol}//127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    cut,
    pull: (): void => {
      pulled = true;
      cut();
    },
    plug: (): void => void (pulled = false),
    close: async (): Promise<void> => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
