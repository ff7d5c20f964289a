// The rules in parts, one for each listener: what is not touched stays the very same object, so that one load balancer more
// costs among thousands what it costs among ten.
import { nodesOf, type Indexed } from '../apply.js';
import type { HealthView, Listener, Pool, Route } from '../types.js';
import { changesBetween, type Table } from './changes.js';
import { poolsOf } from './refusals.js';
import { emptyRuleset, rulesetOf, type Ruleset, type RulesetInput } from './ruleset.js';
import { linkRules } from './sources.js';

/** By listener, and `links` for what is of the machine's networks. */
export type Parts = ReadonlyMap<string, Ruleset>;

/** No mark, node or chain is in two parts. */
const joined = (parts: readonly Ruleset[]): Ruleset => ({
  timeouts: new Set(parts.flatMap(({ timeouts }) => [...timeouts])),
  chains: new Map(parts.flatMap(({ chains }) => [...chains])),
  nodes: new Map(parts.flatMap(({ nodes }) => [...nodes])),
  hosts: new Map(parts.flatMap(({ hosts }) => [...hosts])),
  ports: new Map(parts.flatMap(({ ports }) => [...ports])),
  sources: new Map(parts.flatMap(({ sources }) => [...sources])),
});

const notIn = (parts: Parts, other: Parts): Ruleset => joined([...parts].filter(([id, part]) => other.get(id) !== part).map(([, part]) => part));

/** The commands that lead from `before` (undefined: there is no table yet) to `after`, and the time-outs that the table needs first. */
export const stepBetween = (before: Parts | undefined, after: Parts, table: Table): { timeouts: string[]; commands: object[] } => {
  const come = notIn(after, before ?? new Map());
  const had = new Set([...(before?.values() ?? [])].flatMap(({ timeouts }) => [...timeouts]));
  return {
    timeouts: [...come.timeouts].filter((name) => !had.has(name)),
    commands: changesBetween(before && notIn(before, after), come, table),
  };
};

/** All marks to which the rules lead. */
export const marksOf = (parts: Parts | undefined): ReadonlySet<number> => new Set([...(parts?.values() ?? [])].flatMap(({ hosts }) => [...hosts.keys()]));

type Made = { of: readonly unknown[]; part: Ruleset };

const same = (one: readonly unknown[], other: readonly unknown[]): boolean => one.length === other.length && one.every((value, at) => value === other[at]);

export type CompilerOptions = Pick<RulesetInput, 'classOf' | 'nodeId'> & { health: Pick<HealthView, 'of'>; route: Route };

/** Compiles listeners; what it compiled the last time is taken again where plan, health and routes are as they were. */
export const createCompiler = ({ health, route, classOf, nodeId }: CompilerOptions) => {
  let made = new Map<string, Made>();
  const observed = (pool: Pool): string =>
    pool.targets.map((target) => {
      const { host, port } = route(target) ?? {};
      return `${health.of(pool.id, target.id)?.status} ${host}:${port}`;
    }).join();
  const partOf = (id: string, of: readonly unknown[], make: () => Ruleset): Made => {
    const known = made.get(id);
    return known && same(known.of, of) ? known : { of, part: make() };
  };
  const ofListener = (listener: Listener, index: Indexed, clientZones: string): Made => {
    const pools = poolsOf(listener, index);
    const of = [listener, clientZones, ...pools, ...pools.map(observed)];
    return partOf(listener.id, of, () => rulesetOf({ specs: [...nodesOf(listener).values()], index, health, route, classOf, nodeId }));
  };
  return (listeners: readonly Listener[], index: Indexed, links: readonly string[]): Parts => {
    const clientZones = JSON.stringify(index.clientZones);
    const next = new Map(listeners.map((listener) => [listener.id, ofListener(listener, index, clientZones)]));
    next.set('links', partOf('links', links, () => ({ ...emptyRuleset, chains: new Map([['links', linkRules(links)]]) })));
    // What is not in it may lose its marks, and must not come back with them.
    made = next;
    return new Map([...next].map(([id, { part }]) => [id, part]));
  };
};
