// All flows of a data plane: from an accepted client to a chosen target, metered, traced, and swept when idle.
import type { Socket } from 'node:net';
import { openFlow, refuse } from './flow.js';
import { createIntakes, type Intake } from './intake.js';
import type { ListenerNode } from './listener.js';
import { proxyHeader } from './proxy.js';
import { createReception, type Admitted, type ReceptionOptions } from './reception.js';
import type { Arrivals } from './servers.js';
import type { Leg } from './splice.js';
import { createSweeps } from './sweeps.js';
import { createTerminator, secureTarget } from './tls.js';
import type { Source } from './trace.js';
import type { Dataplane, Dial, DialUdp, TlsTerms } from './types.js';
import { createUdpFlows, type UdpOptions } from './udp.js';

export type Flows = Arrivals & {
  /** Resets the flows of one target. */
  cut(key: string, how: string): void;
  /** Forgets the counts of what neither the plan nor a flow needs. */
  prune(): void;
  counters: Dataplane['counters'];
  trace: Dataplane['trace'];
  /** Resets every flow; resolves when their sockets are closed. */
  close(): Promise<void>;
};

export type FlowsOptions = ReceptionOptions & { dial: Dial; dialUdp: DialUdp; dialTimeout: number };

// Linux calls from 127.0.0.1 to all of loopback by itself; to ask for it would cost each connection a system call.
const asks = (from: string): { from?: string } => (process.platform === 'linux' && from === '127.0.0.1' ? {} : { from });

// NLB sends them to both sides of a TLS listener, whatever the application does.
const tlsKeepAlive = 20_000;

/** ms in which a client must have agreed on TLS. */
const handshakePatience = 10_000;

type Entry = { client: Leg; node: ListenerNode; source: Source; admitted: Admitted };

const headerFor = ({ node, source, admitted: { choice } }: Entry): Buffer | undefined =>
  choice.pool.proxyProtocol ? proxyHeader({ source: source.address, sourcePort: source.port, destination: choice.address, destinationPort: node.spec.port }) : undefined;

/** The connection to the target: TLS where the client speaks it and the group says so, else what intakes can read. */
const connectFor = ({ client, admitted: { choice: { pool, target }, from } }: Entry, dial: Dial, createIntake: () => Intake): Leg => {
  const secured = client.raw !== client.stream;
  if (pool.tls && secured) return secureTarget(dial(target, asks(from)).setKeepAlive(true, tlsKeepAlive), client.stream);
  const intake = createIntake();
  const raw = dial(target, { ...asks(from), onread: intake.onread });
  if (secured) raw.setKeepAlive(true, tlsKeepAlive);
  return { stream: raw, raw, intake };
};

type Reception = ReturnType<typeof createReception>;

/** Those who wait until no flow is left. */
const createFarewell = ({ listeners }: Reception['meters']) => {
  const waiting = new Set<() => void>();
  const check = (): void => {
    if (waiting.size > 0 && [...listeners.all()].every(({ flows }) => flows.size === 0)) for (const done of waiting) done();
  };
  const wait = (begin: () => void): Promise<void> =>
    new Promise((resolve) => {
      waiting.add(resolve);
      begin();
      check();
    });
  return { check, wait, isOn: () => waiting.size > 0 };
};

const resetAll = ({ listeners }: Reception['meters']): void => {
  for (const { flows } of listeners.all()) for (const flow of flows) flow.reset('nlbox stopped');
};

/** No flow yet. */
export const createFlows = (options: FlowsOptions): Flows => {
  const { clock, dial, dialUdp, dialTimeout, index } = options;
  const { meters, trace, greet, admit, turnAway, prune } = createReception(options);
  const terminator = createTerminator({ clock, patience: handshakePatience });
  const sweeps = createSweeps(clock, index, (id) => meters.listeners.of(id).flows);
  const farewell = createFarewell(meters);
  const createIntake = createIntakes();
  const forward = (client: Leg, node: ListenerNode, source: Source): void => {
    const admitted = farewell.isOn() ? undefined : admit(node, source);
    if (!admitted) return refuse(client.raw);
    const entry = { client, node, source, admitted };
    openFlow({ ...admitted, client, connect: () => connectFor(entry, dial, createIntake), header: headerFor(entry), clock, dialTimeout, ended: farewell.check });
    sweeps.wake(node.spec.listenerId);
  };
  const secure = (raw: Socket, node: ListenerNode, source: Source, terms: TlsTerms): void => {
    raw.setKeepAlive(true, tlsKeepAlive);
    terminator.secure(raw, terms, (client) => {
      if (client) return forward(client, node, source);
      turnAway(node, source, 'clientTlsErrors', 'no TLS could be agreed with the client');
      refuse(raw);
    });
  };
  const startUdp: UdpOptions['start'] = (node, source, first) => {
    const admitted = !farewell.isOn() && greet(node, source) ? admit(node, source, first) : undefined;
    if (!admitted) return undefined;
    const { choice: { target }, from, meters: own, line } = admitted;
    sweeps.wake(node.spec.listenerId);
    return { connect: () => dialUdp({ host: target.host, port: target.port }, { from }), meters: own, line, ended: farewell.check };
  };
  const accept = (raw: Socket, node: ListenerNode): void => {
    const source = { address: raw.remoteAddress ?? '', port: raw.remotePort ?? 0 };
    // Gone again before it was looked at.
    const listener = source.address === '' ? undefined : greet(node, source);
    if (!listener) refuse(raw);
    else if (listener.protocol === 'tls' && listener.tls) secure(raw, node, source, listener.tls);
    else forward({ stream: raw, raw }, node, source);
  };
  return {
    ...createUdpFlows({ clock, start: startUdp }),
    accept,
    cut: (key, how) => {
      for (const flow of meters.targets.peek(key)?.flows ?? []) flow.reset(how);
    },
    prune: () => {
      prune();
      sweeps.retain((id) => meters.listeners.peek(id) !== undefined);
    },
    counters: () => ({ listeners: meters.listeners.read(), zones: meters.zones.read(), targets: meters.targets.read() }),
    trace: trace.list,
    close: () => farewell.wait(() => {
      sweeps.retain(() => false);
      terminator.close();
      resetAll(meters);
    }),
  };
};
