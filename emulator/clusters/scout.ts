// Whether a connection through a port-forward gets to its target: the forward takes every connection before it asks there.
import net from 'node:net';
import type { Clock } from '../clock.js';

/** A forward that stands on a local port. */
export type Forward = {
  port: number;
  /** How long it took to stand, in ms. */
  took: number;
  /** Told of each connection that did not get through. Answers with what takes `fn` away. */
  onRefusal(fn: (error: Error) => void): () => void;
};

const [shortest, longest] = [150, 400];

/**
 * How long silence has to last before it counts. A refusal travels as one answer of the kubelet's; to stand, the forward
 * has been there and back several times. Well below the shortest timeout of a health check, so that a busy laptop meets it.
 */
export const patienceOf = (took: number): number => Math.min(longest, Math.max(shortest, took));

/**
 * Goes ahead of a connection. The target has taken it when it says something, or when no refusal has come after a while:
 * in the protocol of port-forwards only a refusal has a message, on the error stream.
 */
export const scout = (forward: Forward, clock: Clock): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ host: '127.0.0.1', port: forward.port });
    const end = (error?: Error): void => {
      timer.cancel();
      forget();
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    const timer = clock.after(patienceOf(forward.took), () => end());
    const forget = forward.onRefusal(end);
    socket.once('data', () => end());
    // A forward that ends a connection has not said yet why; one that takes none is gone.
    socket.on('error', (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED' && end(error));
  });
