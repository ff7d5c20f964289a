// Plain TCP to a target, with the options that splicing wants. Whoever projects addresses wraps this.
import net from 'node:net';
import type { Dial } from './types.js';

/** Both sides of a flow use this: large enough that a full read is one write, small enough for many stalled flows. */
export const socketOptions = { allowHalfOpen: true, noDelay: true, highWaterMark: 128 * 1024 } as const;

/** Connects to `to`, from the address asked for. */
export const dialTcp: Dial = (to, { from } = {}) =>
  net.connect({ ...socketOptions, host: to.host, port: to.port, ...(from === undefined ? {} : { localAddress: from }) });
