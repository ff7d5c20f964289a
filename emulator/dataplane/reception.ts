// Who may come in and where to: the gate, the choice of a target, and what is counted and written down of both.
import type { Clock } from '../clock.js';
import { plannedTargets, type Indexed } from './apply.js';
import type { Chooser, Chosen } from './chooser.js';
import { count, createMeters, type Meter } from './counters.js';
import type { Flow } from './flow.js';
import { createGate } from './gate.js';
import { targetKey } from './health.js';
import type { ListenerNode } from './listener.js';
import { createTrace, type Line, type Source } from './trace.js';
import type { Listener } from './types.js';

export type ReceptionOptions = { clock: Clock; choose: Chooser; index: () => Indexed };

/** The client's own address where the target is to see it and loopback lets us have it, else the node's. */
const fromOf = ({ pool, address }: Chosen, source: Source): string =>
  pool.preserveClientAddress && source.address.startsWith('127.') ? source.address : address;

const zoneKey = ({ listenerId, transport }: ListenerNode['spec'], zone: string): string => `${listenerId}|${zone}|${transport}`;

export type Admitted = { choice: Chosen; from: string; meters: Meter<Flow>[]; line: Line };

/** Decides who may come in and where to, and leaves a line in the trace either way. */
export const createReception = ({ clock, choose, index }: ReceptionOptions) => {
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
  const prune = (): void => {
    const { listeners } = index();
    const planned = plannedTargets(index());
    meters.listeners.prune((id) => listeners.has(id));
    meters.zones.prune((key) => listeners.has(key.slice(0, key.indexOf('|'))));
    meters.targets.prune((key) => planned.has(key));
  };
  return { meters, trace, greet, admit, turnAway, prune };
};
