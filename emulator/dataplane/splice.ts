// Joins two sockets as a pass-through balancer does: a FIN closes one direction only, a reset travels to the other side.
import type { Socket } from 'node:net';

export type Side = 'client' | 'target';

/** Ends a socket with RST where that can be done; one that is still connecting is just given up. */
export const reset = (socket: Socket): void => {
  if (socket.destroyed) return;
  if (socket.connecting) {
    socket.destroy();
    return;
  }
  try {
    socket.resetAndDestroy();
  } catch {
    // Node refuses for what is not TCP, such as a tunnel that a dialler hands in.
    socket.destroy();
  }
};

export type SpliceEvents = {
  /** A side failed on its own account; both are being reset. */
  failed(side: Side, error: Error): void;
  /** Both sockets are closed. */
  ended(): void;
};

/**
 * Owns both sockets from now on. `pipe`, not `pipeline`: that one destroys the socket before it could be reset.
 * After a clean close the other side may still have bytes to send, so it is closed behind them.
 */
export const splice = (client: Socket, target: Socket, events: SpliceEvents): void => {
  let open = 2;
  const join = (socket: Socket, other: Socket, side: Side): void => {
    socket.allowHalfOpen = true;
    socket.pipe(other);
    socket.on('error', (error) => {
      if (!other.destroyed) events.failed(side, error);
      reset(socket);
      reset(other);
    });
    socket.on('close', () => {
      if (!other.destroyed) other.destroySoon();
      open -= 1;
      if (open === 0) events.ended();
    });
  };
  join(client, target, 'client');
  join(target, client, 'target');
};
