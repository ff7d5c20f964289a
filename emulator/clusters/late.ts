// A socket that is handed out before it is known where it connects to.
import net from 'node:net';

/**
 * As one that is connecting: what is written, ended or read waits for `connect`. A socket of Node's that was never told to
 * connect fails the first write instead, and the bytes of a client who speaks at once would be lost.
 */
export const lateSocket = (): net.Socket => Object.assign(new net.Socket({ allowHalfOpen: true }), { connecting: true });

/** Connects one to a port of this machine. Node's `connect` forgets that a socket was ended, so it is ended again. */
export const connectLate = (socket: net.Socket, port: number): void => {
  const ended = socket.writableEnded;
  socket.connect({ host: '127.0.0.1', port, noDelay: true });
  if (ended) socket.end();
};
