// TCP images: stand-ins for databases, which accept connections and say as little as they may.
import net, { type Socket } from 'node:net';
import { listenAll } from './listen.js';
import type { Image } from './types.js';

type Talk = (socket: Socket) => void;

/** Accepts and stays silent. */
const silent: Talk = (socket) => void socket.resume();

/** Answers PING, inline or as a RESP array; everything else is an error that says what this is. */
const redis: Talk = (socket) => {
  socket.on('data', (chunk) => {
    const text = chunk.toString('latin1').toUpperCase();
    const pings = text.match(/(^|\n)PING\r?\n/g)?.length ?? 0;
    socket.write(pings > 0 ? '+PONG\r\n'.repeat(pings) : '-ERR this redis is a stand-in that knows only PING\r\n');
  });
};

const tcpImage = (name: string, port: number, talk: Talk): Image => ({
  name,
  start: async (context) => {
    const ports = context.ports.length > 0 ? context.ports : [port];
    const make = (): net.Server => net.createServer((socket) => {
      socket.on('error', () => socket.destroy());
      talk(socket);
    });
    const running = await listenAll(context, ports, make, (_server, sockets) => sockets.forEach((socket) => socket.destroy()));
    context.log(`${name}: ready for connections on ${ports.join(', ')} (a stand-in: it keeps no data)`);
    return running;
  },
});

export const tcpImages: readonly Image[] = [
  tcpImage('mysql', 3306, silent),
  tcpImage('postgres', 5432, silent),
  tcpImage('dynamodb-local', 8000, silent),
  tcpImage('rabbitmq', 5672, silent),
  tcpImage('redis', 6379, redis),
];

/** Does nothing and holds no port. */
export const pauseImage: Image = { name: 'pause', start: async () => ({ stop: async () => {}, kill: () => {} }) };
