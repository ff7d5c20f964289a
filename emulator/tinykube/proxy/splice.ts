// Joins two sockets: bytes both ways, half-close and reset passed through (style.md 3.2 says why not `pipeline`).
import type { Socket } from 'node:net';

/** Both sockets must have been made with allowHalfOpen. A reset on one side resets the other. */
export const splice = (one: Socket, other: Socket): void => {
  const reset = (): void => {
    one.resetAndDestroy();
    other.resetAndDestroy();
  };
  one.on('error', reset);
  other.on('error', reset);
  one.on('close', () => other.destroy());
  other.on('close', () => one.destroy());
  one.pipe(other);
  other.pipe(one);
};
