// One TCP connection, from its target's choice to its close: owns both sides, and tells the meters how it went.
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../clock.js';
import { codeOf } from '../errors.js';
import { reset } from '../reset.js';
import { count, type Meter } from './counters.js';
import { resetLeg, splice, type Leg, type Side } from './splice.js';
import type { Line } from './trace.js';

export type Flow = {
  bytesIn(): number;
  bytesOut(): number;
  /** For the idle sweep: bytes at its last look, and when that number last changed. */
  seen: number;
  activeAt: number;
  /** Shorter than the listener's, where the flow has a limit of its own. */
  idleTimeout?: number;
  /** RST to both sides, on the balancer's own account. */
  reset(how: string): void;
};

export type FlowOptions = {
  client: Leg;
  connect: () => Leg;
  /** Goes to the target right before the client's first byte. */
  header?: Buffer | undefined;
  meters: readonly Meter<Flow>[];
  line: Line;
  clock: Clock;
  dialTimeout: number;
  /** Both sockets are closed. */
  ended: () => void;
};

/** Turns a client away with RST. */
export const refuse = (client: Socket): void => {
  client.on('error', () => {});
  reset(client);
};

/** What is known of a flow beside its sockets; `how` is set by whoever ends it first. */
type Life = { connected: boolean; secured: boolean; how: string | undefined; dialling: Timer | undefined };

const describe = ({ client, meters, clock }: FlowOptions, target: Leg, life: Life): Flow => ({
  bytesIn: () => client.stream.bytesRead,
  bytesOut: () => target.stream.bytesRead,
  seen: 0,
  activeAt: clock.now(),
  reset: (how) => {
    if (life.how === undefined) count(meters, 'balancerResets');
    life.how ??= how;
    resetLeg(client);
    resetLeg(target);
  },
});

const failure = (side: Side, error: Error, { connected, secured }: Life) => {
  const code = codeOf(error);
  if (side === 'client') return { what: 'clientResets', how: 'reset by the client' } as const;
  if (!connected && (code === 'EADDRNOTAVAIL' || code === 'EADDRINUSE')) return { what: 'portErrors', how: `there is no local port or address to dial from (${code})` } as const;
  // A target that accepts and resets at once can fail the connect itself with ECONNRESET.
  if (!connected && code !== 'ECONNRESET') return { what: 'refused', how: `the target did not accept (${code ?? error.message})` } as const;
  if (!secured) return { what: 'targetTlsErrors', how: `no TLS with the target (${code ?? error.message})` } as const;
  return { what: 'targetResets', how: 'reset by the target' } as const;
};

const watchConnect = (target: Leg, life: Life): void => {
  const ready = (): void => {
    life.connected = true;
    life.dialling?.cancel();
    target.raw.setNoDelay(true);
  };
  if (target.raw.pending) target.raw.once('connect', ready);
  else ready();
  if (!life.secured) target.stream.once('secureConnect', () => void (life.secured = true));
};

// The listeners stand before those of `splice`, so the header leaves before the byte that called for it.
const announce = (client: Socket, target: Socket, header: Buffer): void => {
  const send = (): void => {
    client.off('data', send).off('end', send);
    if (target.writable) target.write(header);
  };
  client.on('data', send).on('end', send);
};

const giveUp = (options: FlowOptions, target: Leg, life: Life): Timer =>
  options.clock.after(options.dialTimeout, () => {
    count(options.meters, 'refused');
    life.how = 'the target did not accept in time';
    resetLeg(options.client);
    resetLeg(target);
  });

const run = (options: FlowOptions, target: Leg): void => {
  const { client, header, meters, line } = options;
  const life: Life = { connected: false, secured: target.raw === target.stream, how: undefined, dialling: undefined };
  const flow = describe(options, target, life);
  life.dialling = giveUp(options, target, life);
  for (const meter of meters) meter.begin(flow);
  line.runs(flow);
  watchConnect(target, life);
  if (header) announce(client.stream, target.stream, header);
  // Before `connect`, so that the client's first bytes leave with it.
  splice(client, target, {
    failed: (side, error) => {
      if (life.how !== undefined) return;
      const { what, how } = failure(side, error, life);
      life.how = how;
      count(meters, what);
    },
    ended: () => {
      life.dialling?.cancel();
      line.end(life.how ?? 'closed');
      for (const meter of meters) meter.end(flow);
      options.ended();
    },
  });
};

/** Dials and splices. When the dialler itself throws, the client is reset. */
export const openFlow = (options: FlowOptions): void => {
  let target: Leg;
  try {
    target = options.connect();
  } catch {
    count(options.meters, 'refused');
    options.line.end('the target could not be dialled');
    refuse(options.client.raw);
    return;
  }
  run(options, target);
};
