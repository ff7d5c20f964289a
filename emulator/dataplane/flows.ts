// All flows of a data plane: from an accepted client to a chosen target, metered, traced, and swept when idle.
import type { Socket } from 'node:net';
import type { Clock } from '../clock.js';
import { plannedTargets, type Indexed } from './apply.js';
import type { Chooser, Chosen } from './chooser.js';
import { count, createMeters, type Meter, type Meters } from './counters.js';
import { openFlow, refuse, type Flow } from './flow.js';
import { createGate } from './gate.js';
import { targetKey } from './health.js';
import { createIntakes } from './intake.js';
import type { ListenerNode } from './listener.js';
import { proxyHeader } from './proxy.js';
import type { Arrivals } from './servers.js';
import type { Leg } from './splice.js';
import { createSweeps } from './sweeps.js';
import { createTerminator, secureTarget } from './tls.js';
import { createTrace, type Line, type Source } from './trace.js';
import type { Dataplane, Dial, DialUdp, Listener } from './types.js';
import { createUdpFlows } from './udp.js';

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

export type FlowsOptions = { dial: Dial; dialUdp: DialUdp; clock: Clock; dialTimeout: number; choose: Chooser; index: () => Indexed };

/** The client's own address where the target is to see it and loopback lets us have it, else the node's. */
const fromOf = ({ pool, address }: Chosen, source: Source): string =>
  pool.preserveClientAddress && source.address.startsWith('127.') ? source.address : address;

// Linux calls from 127.0.0.1 to all of loopback by itself; to ask for it would cost each connection a system call.
const asks = (from: string): { from?: string } => (process.platform === 'linux' && from === '127.0.0.1' ? {} : { from });

// NLB sends them to both sides of a TLS listener, whatever the application does.
const tlsKeepAlive = 20_000;

/** ms in which a client must have agreed on TLS. */
const handshakePatience = 10_000;

const zoneKey = ({ listenerId, transport }: ListenerNode['spec'], zone: string): string => `${listenerId}|${zone}|${transport}`;

type Admitted = { choice: Chosen; from: string; meters: Meter<Flow>[]; line: Line };

/** Decides who may come in and where to, and leaves a line in the trace either way. */
const createReception = ({ clock, choose, index }: FlowsOptions) => {
  const meters = { listeners: createMeters<Flow>(), zones: createMeters<Flow>(), targets: createMeters<Flow>() };
  const trace = createTrace(clock);
  const gate = createGate();
  const at = ({ spec }: ListenerNode, zone: string): Meter<Flow>[] => [meters.listeners.of(spec.listenerId), meters.zones.of(zoneKey(spec, zone))];
  const turnAway = (node: ListenerNode, source: Source, what: 'refused' | 'denied' | 'clientTlsErrors' | 'strangeIds', why: string): undefined => {
    count(at(node, node.spec.zone), what);
    trace.refuse(node.spec, source, why);
  };
  /** Whether the source ranges let the client in. */
  const greet = (node: ListenerNode, source: Source): Listener | undefined => {
    const listener = index().listeners.get(node.spec.listenerId);
    const { transport } = node.spec;
    if (!listener) return turnAway(node, source, 'refused', 'the listener is gone');
    if (gate(listener, transport, source.address)) return listener;
    return turnAway(node, source, 'denied', `no security group rule admits ${source.address} to ${transport.toUpperCase()} port ${listener.port}`);
  };
  const admit = (node: ListenerNode, source: Source, datagram?: Buffer): Admitted | undefined => {
    const choice = choose(node, index(), source, datagram);
    if (choice === 'strange') return turnAway(node, source, 'strangeIds', 'its QUIC server id names no target');
    if (!choice) return turnAway(node, source, 'refused', 'no target is registered that this address may use');
    const line = trace.begin(node.spec, choice.zone, source, choice);
    const key = targetKey(choice.pool.id, choice.target.id);
    const own = [...at(node, choice.zone), meters.targets.of(key)];
    if (choice.failOpen) count(own, 'failOpen');
    return { choice, from: fromOf(choice, source), meters: own, line };
  };
  return { meters, trace, greet, admit, turnAway };
};

const prune = ({ listeners, zones, targets }: Record<'listeners' | 'zones' | 'targets', Meters<Flow>>, index: Indexed): void => {
  const planned = plannedTargets(index);
  listeners.prune((id) => index.listeners.has(id));
  zones.prune((key) => index.listeners.has(key.slice(0, key.indexOf('|'))));
  targets.prune((key) => planned.has(key));
};

/** No flow yet. */
export const createFlows = (options: FlowsOptions): Flows => {
  const { clock, dial, dialUdp, dialTimeout, index } = options;
  const { meters, trace, greet, admit, turnAway } = createReception(options);
  const terminator = createTerminator({ clock, patience: handshakePatience });
  const sweeps = createSweeps(clock, index, (id) => meters.listeners.of(id).flows);
  const createIntake = createIntakes();
  const closing = new Set<() => void>();
  const ended = (): void => {
    if (closing.size > 0 && [...meters.listeners.all()].every(({ flows }) => flows.size === 0)) for (const done of closing) done();
  };

  const forward = (client: Leg, node: ListenerNode, source: Source): void => {
    const admitted = closing.size > 0 ? undefined : admit(node, source);
    if (!admitted) return refuse(client.raw);
    const { choice: { pool, target, address }, from } = admitted;
    const connect = (): Leg => {
      const secured = client.raw !== client.stream;
      if (pool.tls && secured) return secureTarget(dial(target, asks(from)).setKeepAlive(true, tlsKeepAlive), client.stream);
      const intake = createIntake();
      const raw = dial(target, { ...asks(from), onread: intake.onread });
      if (secured) raw.setKeepAlive(true, tlsKeepAlive);
      return { stream: raw, raw, intake };
    };
    const destination = { destination: address, destinationPort: node.spec.port };
    const header = pool.proxyProtocol ? proxyHeader({ source: source.address, sourcePort: source.port, ...destination }) : undefined;
    openFlow({ ...admitted, client, connect, header, clock, dialTimeout, ended });
    sweeps.wake(node.spec.listenerId);
  };
  const secure = (raw: Socket, node: ListenerNode, source: Source, terms: NonNullable<Listener['tls']>): void => {
    raw.setKeepAlive(true, tlsKeepAlive);
    terminator.secure(raw, terms, (client) => {
      if (client) return forward(client, node, source);
      turnAway(node, source, 'clientTlsErrors', 'no TLS could be agreed with the client');
      refuse(raw);
    });
  };
  const udp = createUdpFlows({
    clock,
    start: (node, source, first) => {
      const admitted = closing.size === 0 && greet(node, source) ? admit(node, source, first) : undefined;
      if (!admitted) return undefined;
      const { choice: { target }, from, meters: own, line } = admitted;
      sweeps.wake(node.spec.listenerId);
      return { connect: () => dialUdp({ host: target.host, port: target.port }, { from }), meters: own, line, ended };
    },
  });

  return {
    ...udp,
    accept: (raw, node) => {
      const source = { address: raw.remoteAddress ?? '', port: raw.remotePort ?? 0 };
      // Gone again before it was looked at.
      const listener = source.address === '' ? undefined : greet(node, source);
      if (!listener) refuse(raw);
      else if (listener.protocol === 'tls' && listener.tls) secure(raw, node, source, listener.tls);
      else forward({ stream: raw, raw }, node, source);
    },
    cut: (key, how) => {
      for (const flow of meters.targets.peek(key)?.flows ?? []) flow.reset(how);
    },
    prune: () => {
      prune(meters, index());
      sweeps.retain((id) => meters.listeners.peek(id) !== undefined);
    },
    counters: () => ({ listeners: meters.listeners.read(), zones: meters.zones.read(), targets: meters.targets.read() }),
    trace: trace.list,
    close: () =>
      new Promise((resolve) => {
        closing.add(resolve);
        sweeps.retain(() => false);
        terminator.close();
        for (const { flows } of meters.listeners.all()) for (const flow of flows) flow.reset('nlbox stopped');
        ended();
      }),
  };
};
