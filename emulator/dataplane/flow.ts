// One connection from accept to close: owns the client's and the target's socket, and tells the meters.
import type { Socket } from 'node:net';
import type { Clock } from '../clock.js';
import { codeOf } from '../errors.js';
import type { Meter } from './counters.js';
import { reset, splice, type Side } from './splice.js';

export type Flow = {
  bytesIn(): number;
  bytesOut(): number;
  /** For the idle sweep: bytes at its last look, and when that number last changed. */
  seen: number;
  activeAt: number;
  /** RST to both sides. */
  reset(): void;
};

export type FlowOptions = {
  client: Socket;
  connect: () => Socket;
  meters: readonly Meter<Flow>[];
  clock: Clock;
  dialTimeout: number;
  /** Both sockets are closed. */
  ended?: () => void;
};

const count = (meters: readonly Meter<Flow>[], what: Parameters<Meter['count']>[0]): void => {
  for (const meter of meters) meter.count(what);
};

/** Turns a client away with RST. */
export const refuse = (client: Socket, meters: readonly Meter<Flow>[]): void => {
  count(meters, 'refused');
  client.on('error', () => {});
  reset(client);
};

const describe = (client: Socket, target: Socket, activeAt: number): Flow => ({
  bytesIn: () => client.bytesRead,
  bytesOut: () => target.bytesRead,
  seen: 0,
  activeAt,
  reset: () => {
    reset(client);
    reset(target);
  },
});

const run = ({ client, meters, clock, dialTimeout, ended }: FlowOptions, target: Socket): Flow => {
  const flow = describe(client, target, clock.now());
  let connected = false;
  const failed = (side: Side, error: Error): void => {
    // A target that accepts and resets at once can fail the connect itself with ECONNRESET.
    const accepted = connected || codeOf(error) === 'ECONNRESET';
    count(meters, side === 'client' ? 'clientResets' : accepted ? 'targetResets' : 'refused');
  };
  const dialling = clock.after(dialTimeout, () => {
    count(meters, 'refused');
    flow.reset();
  });
  const ready = (): void => {
    connected = true;
    dialling.cancel();
    target.setNoDelay(true);
  };
  if (target.pending) target.once('connect', ready);
  else ready();
  const over = (): void => {
    dialling.cancel();
    for (const meter of meters) meter.end(flow);
    ended?.();
  };
  for (const meter of meters) meter.begin(flow);
  // Before `connect`, so that the client's first bytes leave with it.
  splice(client, target, { failed, ended: over });
  return flow;
};

/** Dials and splices. undefined when the dialler itself threw; the client is then reset. */
export const openFlow = (options: FlowOptions): Flow | undefined => {
  let target: Socket;
  try {
    target = options.connect();
  } catch {
    refuse(options.client, options.meters);
    return undefined;
  }
  return run(options, target);
};
