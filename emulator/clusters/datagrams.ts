// Datagrams over a connection, where packets do not get: each behind its length, as in DNS over TCP (RFC 1035 4.2.2).
import dgram from 'node:dgram';
import type { Duplex } from 'node:stream';
import type { DialUdp } from '../dataplane/types.js';

/** The header of a CONNECT request that asks for datagrams instead of bytes. */
export const datagramsHeader = 'nlbox-datagrams';

/** One datagram as it travels. */
export const framed = (message: Buffer): Buffer => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
};

/** Takes what arrives, however it was cut, and tells each datagram once it is whole. */
export const unframer = (tell: (message: Buffer) => void): ((chunk: Buffer) => void) => {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 2) {
      const end = 2 + rest.readUInt16BE(0);
      if (rest.length < end) return;
      tell(rest.subarray(2, end));
      rest = rest.subarray(end);
    }
  };
};

// More than this does not wait for a slow connection: a network would drop it, too.
const patience = 1024 * 1024;

/** Joins a connected socket and a connection until one of them is over. */
export const carryDatagrams = (socket: dgram.Socket, line: Duplex): void => {
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    socket.close();
    line.destroy();
  };
  line.on('data', unframer((message) => void (over || socket.send(message)))).on('error', end).once('end', end).once('close', end);
  socket.on('message', (message) => void (line.writableLength < patience && line.write(framed(message))));
  // Nobody listens at the other end (ICMP unreachable): the flow lives on, as on AWS.
  socket.on('error', () => {});
  // It may have ended while the socket was being connected.
  if (line.destroyed) end();
};

const bound = (): Promise<dgram.Socket> =>
  new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4').once('error', reject);
    socket.bind(0, '127.0.0.1', () => resolve(socket.off('error', reject)));
  });

/** Connects `socket` to the other end of a connection that stands; the rest of its life is that connection's. */
export const connectDatagrams = async (socket: dgram.Socket, line: Duplex): Promise<void> => {
  let closed = false;
  socket.once('close', () => {
    closed = true;
    line.destroy();
  });
  const inner = await bound();
  if (closed) return void inner.close();
  inner.connect(socket.address().port, '127.0.0.1', () => {
    carryDatagrams(inner, line);
    if (!closed) socket.connect(inner.address().port, '127.0.0.1');
  });
};

/** For where no datagram gets: a flow ends before it has begun, and is counted as one that could not be dialled. */
export const refuseDatagrams = (why: string): DialUdp => () => {
  const socket = dgram.createSocket('udp4');
  setImmediate(() => socket.emit('error', new Error(why)));
  return socket;
};
