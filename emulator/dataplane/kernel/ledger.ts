// What the kernel counted, kept when it forgets: ways and nodes that nobody uses any more go from its sets and from our memory.
import { plannedTargets, type Indexed } from '../apply.js';
import { mergeCounted } from '../carrier.js';
import type { NodeSpec } from '../place.js';
import type { Dataplane } from '../types.js';
import { countersFrom, type Observed } from './counts.js';
import type { FlowClass } from './classes.js';
import type { Count, KernelFlow } from './read.js';
import type { Elements } from './rules.js';

type Counted = ReturnType<Dataplane['counters']>;

/** Where in a set's keys the mark stands, and where the node's address, transport and port begin. */
const places: Record<string, { mark: number } | { node: number }> = {
  bytes: { mark: 1 }, begun: { mark: 0 }, resets: { mark: 1 }, unreached: { mark: 1 }, denied: { node: 1 }, refused: { node: 0 }, strays: { node: 0 },
};

export type Gone = { marks: ReadonlySet<number>; nodes: ReadonlySet<string> };

const isGone = (set: string, { key }: Count, { marks, nodes }: Gone): boolean => {
  const place = places[set];
  if (!place) return false;
  return 'mark' in place ? marks.has(Number(key[place.mark])) : nodes.has(key.slice(place.node, place.node + 3).join('|'));
};

/** Counts of what is gone, and of the rest. */
export const parted = (counts: Observed['counts'], gone: Gone): { gone: Map<string, Count[]>; rest: Map<string, Count[]> } => {
  const part = (wanted: boolean): Map<string, Count[]> => new Map([...counts].map(([set, list]) => [set, list.filter((one) => isGone(set, one, gone) === wanted)]));
  return { gone: part(true), rest: part(false) };
};

/** The ways that no rule leads to and no flow uses, and the nodes that no plan has and no flow came by. */
export const goneFrom = (classes: Iterable<FlowClass>, inForce: ReadonlySet<number>, nodes: ReadonlyMap<string, NodeSpec>, planned: ReadonlySet<string>, flows: readonly KernelFlow[]): Gone => {
  const [used, entered] = [new Set(flows.map(({ mark }) => mark)), new Set(flows.map(({ node, transport, nodePort }) => `${node}|${transport}|${nodePort}`))];
  return {
    marks: new Set([...classes].map(({ mark }) => mark).filter((mark) => !inForce.has(mark) && !used.has(mark))),
    nodes: new Set([...nodes.keys()].filter((name) => !planned.has(name) && !entered.has(name))),
  };
};

export const elementsOf = (counts: ReadonlyMap<string, readonly Count[]>): Elements => new Map([...counts].map(([set, list]) => [set, list.map(({ key }) => key)]));

const kept = (counted: Counted, { listeners }: Indexed, targets: ReadonlySet<string>): Counted => {
  const filter = (counters: Counted['zones'], keeps: (key: string) => boolean): Counted['zones'] => Object.fromEntries(Object.entries(counters).filter(([key]) => keeps(key)));
  return {
    listeners: filter(counted.listeners, (id) => listeners.has(id)),
    zones: filter(counted.zones, (key) => listeners.has(key.slice(0, key.indexOf('|')))),
    targets: filter(counted.targets, (key) => targets.has(key)),
  };
};

/** What went, added up; what the plan does not name any more is dropped. */
export const createLedger = (classOf: (mark: number) => FlowClass | undefined, nodes: ReadonlyMap<string, NodeSpec>) => {
  let past: Counted = { listeners: {}, zones: {}, targets: {} };
  return {
    add: (counts: ReadonlyMap<string, readonly Count[]>, index: Indexed): void => {
      past = kept(mergeCounted([past, countersFrom({ counts, flows: [] }, classOf, nodes)]), index, plannedTargets(index));
    },
    with: (observed: Observed): Counted => mergeCounted([past, countersFrom(observed, classOf, nodes)]),
  };
};
