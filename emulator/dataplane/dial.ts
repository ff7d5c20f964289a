// Plain TCP to a target, with the options that splicing wants. Whoever projects addresses wraps this.
import dgram from 'node:dgram';
import net from 'node:net';
import type { Dial, DialUdp } from './types.js';

/** Both sides of a flow use this: large enough that a full read is one write, small enough for many stalled flows. */
export const socketOptions = { allowHalfOpen: true, noDelay: true, highWaterMark: 128 * 1024 } as const;

/** Connects to `to`, from the address asked for. */
export const dialTcp: Dial = (to, { from, onread } = {}) =>
  net.connect({ ...socketOptions, host: to.host, port: to.port, localAddress: from, onread });

/** Sends to addresses only, so no name is looked up: Node would wait a turn for each datagram. */
export const udpSocket = (): dgram.Socket =>
  dgram.createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) });

/** Binds to the address asked for, then connects. */
export const dialUdp: DialUdp = (to, { from }) => {
  const socket = udpSocket();
  socket.bind({ port: 0, ...(from === undefined ? {} : { address: from }) }, () => socket.connect(to.port, to.host));
  return socket;
};
