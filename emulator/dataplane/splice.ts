// Joins two sockets as a pass-through balancer does: a FIN closes one direction only, a reset travels to the other side.
import type { Socket } from 'node:net';
import { reset } from '../reset.js';
import type { Intake } from './intake.js';

export type Side = 'client' | 'target';

/** One side of a flow: `stream` carries the bytes, `raw` is the TCP connection below (the same without TLS). `intake` reads it where it can. */
export type Leg = { stream: Socket; raw: Socket; intake?: Intake };

/** RST to one side. */
export const resetLeg = ({ stream, raw }: Leg): void => reset(raw, stream);

type Peered = { _handle?: { getpeername?(out: object): number } | null };

// libuv takes a reset that comes right behind a short read for an end. While we have not ended our own side, a
// connection without a peer can only have been reset.
const wasReset = (socket: Socket): boolean =>
  !socket.writableEnded && ((socket as Socket & Peered)._handle?.getpeername?.({}) ?? 0) !== 0;

export type SpliceEvents = {
  /** A side failed on its own account; both are being reset. */
  failed(side: Side, error: Error): void;
  /** Both sockets are closed. */
  ended(): void;
};

// What `stream.pipe(to)` does for two sockets, without the dozen listeners that it sets and removes for each connection.
const carry = ({ stream, intake }: Leg, to: Socket): void => {
  intake?.carry(stream, to);
  stream.on('data', (chunk: Buffer) => {
    if (to.writable && !to.write(chunk)) stream.pause();
  });
  to.on('drain', () => stream.resume());
  stream.on('end', () => to.end());
};

type Join = { leg: Leg; other: Leg; side: Side; events: SpliceEvents; closed: () => void };

const join = ({ leg, other, side, events, closed }: Join): void => {
  const { stream, raw } = leg;
  const failed = (error: Error): void => {
    if (!other.stream.destroyed) events.failed(side, error);
    resetLeg(leg);
    resetLeg(other);
  };
  stream.allowHalfOpen = true;
  raw.on('end', () => wasReset(raw) && failed(new Error('reset')));
  carry(leg, other.stream);
  stream.on('error', failed);
  if (raw !== stream) raw.on('error', failed);
  stream.on('close', () => {
    raw.destroy();
    if (!other.stream.destroyed) other.stream.destroySoon();
    closed();
  });
};

/**
 * Owns both sockets from now on. Not `pipeline`: that one destroys the socket before it could be reset.
 * After a clean close the other side may still have bytes to send, so it is closed behind them.
 */
export const splice = (client: Leg, target: Leg, events: SpliceEvents): void => {
  let open = 2;
  const closed = (): void => {
    open -= 1;
    if (open === 0) events.ended();
  };
  join({ leg: client, other: target, side: 'client', events, closed });
  join({ leg: target, other: client, side: 'target', events, closed });
};
