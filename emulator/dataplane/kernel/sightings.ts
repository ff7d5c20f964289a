// Flows as seen from look to look: the kernel tells no story of a flow, so one is made of what each look finds.
import type { Clock } from '../../clock.js';
import type { FlowTrace } from '../types.js';
import type { FlowClass } from './classes.js';
import { lives, type Nodes, type Observed } from './counts.js';
import type { Count, KernelFlow } from './read.js';

export type Sightings = {
  look(observed: Observed, classOf: (mark: number) => FlowClass | undefined, nodes: Nodes): void;
  list(): FlowTrace[];
};

const keyOf = ({ transport, client, clientPort, node, nodePort, mark }: KernelFlow): string => [transport, client, clientPort, node, nodePort, mark].join('|');

const deniedOf = (key: Count['key']): string => `denied|${key.join('|')}`;

const endings: Record<string, string> = { TIME_WAIT: 'closed', LAST_ACK: 'closed', CLOSE: 'reset' };

const traceOf = (flow: KernelFlow, way: FlowClass, at: number): FlowTrace => ({
  at,
  listenerId: way.spec.listenerId,
  transport: flow.transport,
  client: `${flow.client}:${flow.clientPort}`,
  node: `${way.spec.address}:${way.spec.port}`,
  zone: way.zone,
  target: `${way.host}:${way.port}`,
  why: way.why,
  bytesIn: flow.bytes?.[0] ?? 0,
  bytesOut: flow.bytes?.[1] ?? 0,
});

/** Remembers the newest `size`. A flow that came and went between two looks is counted, but was never seen. */
export const createSightings = (clock: Clock, size = 256): Sightings => {
  const seen = new Map<string, FlowTrace>();
  // What the last look found, also of what is remembered no more: that is no news when it is found again.
  let found: ReadonlySet<string> = new Set();
  const trim = (): void => {
    for (const key of seen.keys()) {
      if (seen.size <= size) return;
      seen.delete(key);
    }
  };
  const sight = (flow: KernelFlow, way: FlowClass): void => {
    const key = keyOf(flow);
    const known = seen.get(key);
    if (!known && found.has(key)) return;
    const trace = traceOf(flow, way, known?.at ?? clock.now());
    if (!lives(flow)) trace.ended = known?.ended ?? { at: clock.now(), how: endings[flow.state ?? ''] ?? 'ended' };
    seen.set(key, trace);
  };
  const deny = ({ key, packets }: Count, nodes: Nodes): void => {
    const [client, ...node] = key;
    const spec = nodes.get(node.join('|'));
    const name = deniedOf(key);
    if (!spec || found.has(name)) return;
    const now = clock.now();
    const { listenerId, transport, zone, address, port } = spec;
    const why = `no security group rule admits ${client} to ${transport.toUpperCase()} port ${port} (${packets} packets so far)`;
    seen.set(name, { at: now, listenerId, transport, client: String(client), node: `${address}:${port}`, zone, why, bytesIn: 0, bytesOut: 0, ended: { at: now, how: 'refused' } });
  };
  return {
    look: ({ counts, flows }, classOf, nodes) => {
      const denied = counts.get('denied') ?? [];
      const now = new Set([...flows.map(keyOf), ...denied.map(({ key }) => deniedOf(key))]);
      for (const [key, trace] of seen) if (!trace.ended && !now.has(key)) trace.ended = { at: clock.now(), how: 'ended between two looks' };
      for (const flow of flows) {
        const way = classOf(flow.mark);
        if (way) sight(flow, way);
      }
      for (const count of denied) deny(count, nodes);
      trim();
      found = now;
    },
    list: () => [...seen.values()],
  };
};
