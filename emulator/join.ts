// Two connections as one: half-open both ways, and a side that breaks off resets the other.
import type { Duplex } from 'node:stream';
import { reset } from './reset.js';

/** Byte for byte, until both are over (pipeline() would answer an error of one side with a plain FIN to the other). */
export const join = (a: Duplex, b: Duplex): void => {
  for (const [one, other] of [[a, b], [b, a]] as const) {
    one.pipe(other);
    // What an error does is done when the side closes.
    one.on('error', () => {}).once('close', () => {
      const clean = one.readableEnded && one.writableFinished;
      if (!clean && !other.destroyed) reset(other);
    });
  }
};
