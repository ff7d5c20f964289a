// Joins two sockets: bytes both ways, half-close and reset passed through (style.md 3.2 says why not `pipeline`).
import type { Socket } from 'node:net';
import { reset } from '../../reset.js';

/** Both sockets must have been made with allowHalfOpen. A reset on one side resets the other. */
export const splice = (one: Socket, other: Socket): void => {
  const broken = (): void => {
    reset(one);
    reset(other);
  };
  one.on('error', broken);
  other.on('error', broken);
  one.on('close', () => other.destroy());
  other.on('close', () => one.destroy());
  one.pipe(other);
  other.pipe(one);
};
