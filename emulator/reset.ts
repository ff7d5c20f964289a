// Ends connections with RST, which net.Socket's own resetAndDestroy() does not always do.
import type { Duplex } from 'node:stream';
import net, { type Socket } from 'node:net';

// resetAndDestroy() ends the stream first: it waits for ever on a peer that does not read, and when the socket is destroyed
// while that shutdown is under way, libuv refuses the reset (EINVAL), Node never emits `close`, keeps the descriptor, and a
// process that would end by itself does not. This sets the flag that resetAndDestroy() sets, and destroys at once. What is
// not plain TCP (a tunnel of a dialler) is closed without RST.
type Handled = { _handle?: { reset?: unknown } | null; resetAndClosing?: boolean };

// Asked of the handle: to ask for the peer's port is a system call and a text for each connection.
const isPlainTcp = (socket: Socket & Handled): boolean => typeof socket._handle?.reset === 'function' && !('encrypted' in socket);

const destroyWithReset = (socket: Socket & Handled): void => {
  socket.resetAndClosing = isPlainTcp(socket);
  socket.destroy();
};

const isShuttingDown = (stream: Duplex): boolean => !stream.destroyed && stream.writableEnded && !stream.writableFinished && stream.writableLength === 0;

/**
 * RST where there is one to send; what is still connecting, or is no socket, is just given up. `spoken` is what is spoken
 * over the connection where that is not the connection itself (TLS): its end shuts the connection below down, too.
 */
export const reset = (socket: Duplex, spoken: Duplex = socket): void => {
  if (socket.destroyed) return;
  if (isShuttingDown(spoken)) spoken.once('finish', () => reset(socket, spoken));
  else if (socket instanceof net.Socket && !socket.connecting) destroyWithReset(socket);
  else socket.destroy();
};
