// The newest flows and refusals, for whoever asks where a connection went: a ring, written to be cheap.
import type { Clock } from '../clock.js';
import type { NodeSpec } from './place.js';
import type { Choice } from './pick.js';
import type { Metered } from './counters.js';
import type { FlowTrace } from './types.js';

export type Source = { address: string; port: number };

/** `zone` is the zone by which a client of the front address came in. */
type Entry = {
  at: number;
  spec: NodeSpec;
  zone: string;
  source: Source;
  choice: Choice | undefined;
  why: string | undefined;
  flow: Metered | undefined;
  bytes: [number, number];
  ended: { at: number; how: string } | undefined;
};

/** A flow's line in the ring. */
export type Line = { runs(flow: Metered): void; end(how: string): void };

export type Trace = {
  begin(spec: NodeSpec, zone: string, source: Source, choice: Choice): Line;
  /** Somebody who was turned away. */
  refuse(spec: NodeSpec, source: Source, why: string): void;
  list(): FlowTrace[];
};

/** Why a target was chosen. */
export const choiceWords = ({ pool, target, among, failOpen, named }: Choice): string => {
  if (named) return `its QUIC server id names it; target in zone ${target.zone}`;
  const one = among === 1 ? 'the only one' : `one of ${among} by ${pool.stickiness === 'source_ip' ? 'source_ip stickiness' : 'flow hash'}`;
  return `${one}${failOpen ? ', fail-open: none, or too few, are healthy' : ''}; target in zone ${target.zone}`;
};

const lineOf = ({ at, spec, zone, source, choice, why, flow, bytes, ended }: Entry): FlowTrace => ({
  at,
  listenerId: spec.listenerId,
  transport: spec.transport,
  client: `${source.address}:${source.port}`,
  node: `${spec.address}:${spec.port}`,
  zone,
  ...(choice ? { target: `${choice.target.host}:${choice.target.port}` } : {}),
  why: why ?? (choice ? choiceWords(choice) : ''),
  bytesIn: flow?.bytesIn() ?? bytes[0],
  bytesOut: flow?.bytesOut() ?? bytes[1],
  ...(ended ? { ended } : {}),
});

const endingOf = (entry: Entry, clock: Clock): Line => ({
  runs: (flow) => void (entry.flow = flow),
  end: (how) => {
    if (entry.flow) entry.bytes = [entry.flow.bytesIn(), entry.flow.bytesOut()];
    entry.flow = undefined;
    entry.ended = { at: clock.now(), how };
  },
});

/** Remembers the last `size`. */
export const createTrace = (clock: Clock, size = 256): Trace => {
  const ring: Entry[] = [];
  let next = 0;
  const add = (entry: Entry): Line => {
    ring[next] = entry;
    next = (next + 1) % size;
    return endingOf(entry, clock);
  };
  const fresh = { flow: undefined, bytes: [0, 0] as [number, number], ended: undefined };
  return {
    begin: (spec, zone, source, choice) => add({ at: clock.now(), spec, zone, source, choice, why: undefined, ...fresh, bytes: [0, 0] }),
    refuse: (spec, source, why) => add({ at: clock.now(), spec, zone: spec.zone, source, choice: undefined, why, ...fresh }).end('refused'),
    list: () => [...ring.slice(next), ...ring.slice(0, next)].map(lineOf),
  };
};
