// Plan and health as nftables rules: which chain each node has, and where each mark leads. Pure.
import { nodeKey, type Indexed } from '../apply.js';
import { entrancesOf } from '../chooser.js';
import type { NodeSpec } from '../place.js';
import { candidatesFor, stickyTarget, type Candidates, type Share } from '../pick.js';
import { choiceWords } from '../trace.js';
import type { HealthView, Listener, Route, Target } from '../types.js';
import type { FlowClass, Way } from './classes.js';
import { drop, flowOf, goto, hash, mark, payload, rangeOf, ranges, source, unequal, type Json, type Rule } from './json.js';
import { gateRules, nearRules } from './sources.js';
import { timeoutName } from './timeouts.js';

/** What depends on the plan. Keys of `nodes` are `address|transport|port`; those of the others are marks. */
export type Ruleset = {
  /** Names of the ct timeout objects that the chains use. */
  timeouts: ReadonlySet<string>;
  chains: ReadonlyMap<string, readonly Rule[]>;
  nodes: ReadonlyMap<string, string>;
  hosts: ReadonlyMap<number, string>;
  ports: ReadonlyMap<number, number>;
  /** The address that a target sees in place of the client's. */
  sources: ReadonlyMap<number, string>;
};

export const emptyRuleset: Ruleset = { timeouts: new Set(), chains: new Map(), nodes: new Map(), hosts: new Map(), ports: new Map(), sources: new Map() };

export type RulesetInput = {
  specs: readonly NodeSpec[];
  index: Indexed;
  health: Pick<HealthView, 'of'>;
  route: Route;
  classOf(way: Way, why: string): FlowClass;
  /** A number for a node, the same as long as it is in the plan. */
  nodeId(key: string): number;
};

type Draft = { timeouts: Set<string>; chains: Map<string, Rule[]>; nodes: Map<string, string>; hosts: Map<number, string>; ports: Map<number, number>; sources: Map<number, string> };

type Entrance = { zone: string; address: string };

/** One node while its chains are written. */
type Node = { input: RulesetInput; draft: Draft; spec: NodeSpec; listener: Listener };

// Different at each level, or the choice of a pool would decide which of its targets can be chosen.
const seeds = { entrance: 0x9e3779b9, pool: 0x85ebca6b, target: 0xc2b2ae35 } as const;

/** Source addresses are hashed to slots, and slots stay with their target as long as it is there. */
const stickySlots = 256;

// A segment of no flow that does not open one: on AWS too it is answered with RST.
const strayRule: Rule = [unequal({ '&': [payload('tcp', 'flags'), ['fin', 'syn', 'rst', 'ack']] }, 'syn'), goto('stray')];

// Rules are changed in one transaction, but a packet that is under way meanwhile may look into a map whose elements are gone
// already. It is lost, as in a network, and sent again: let through, it would find nobody at the node's address.
const missed: Rule = [drop];

const markOf = ({ input, draft, spec }: Node, entrance: Entrance, share: Share, target: Target, failOpen: boolean): number => {
  const { pool, targets } = share;
  const { host, port } = input.route(target) ?? target;
  const way = { spec, zone: entrance.zone, entrance: entrance.address, poolId: pool.id, targetId: target.id, host, port, failOpen };
  const one = input.classOf(way, choiceWords({ pool, target, among: targets.length, failOpen }));
  draft.hosts.set(one.mark, host);
  draft.ports.set(one.mark, port);
  if (!pool.preserveClientAddress) draft.sources.set(one.mark, entrance.address);
  return one.mark;
};

const chosen = (fields: readonly Json[], seed: number, values: readonly string[]): Json => {
  const found = ranges(values);
  if (found.length === 1) return Number(values[0]);
  return { map: { key: hash(fields, values.length, seed), data: { set: found.map(({ from, to, value }) => [rangeOf(from, to), Number(value)]) } } };
};

const targetRule = (node: Node, entrance: Entrance, share: Share, failOpen: boolean): Rule => {
  const { pool, targets } = share;
  const marks = new Map(targets.map((target) => [target, String(markOf(node, entrance, share, target, failOpen))]));
  const sticky = pool.stickiness === 'source_ip' && targets.length > 1;
  const slots = sticky ? Array.from({ length: stickySlots }, (_, slot) => stickyTarget(targets, String(slot)) as Target) : targets;
  const value = chosen(sticky ? [source] : flowOf(node.spec.transport), seeds.target, slots.map((target) => marks.get(target) ?? ''));
  return [{ mangle: { key: mark, value } }, goto('forward')];
};

const verdicts = (fields: readonly Json[], seed: number, weights: readonly number[], chain: string): Rule => {
  let from = 0;
  const set = weights.map((weight, at): Json => [rangeOf(from, (from += weight) - 1), goto(`${chain}_${at}`)]);
  return [{ vmap: { key: hash(fields, from, seed), data: { set } } }];
};

const sharesRules = (node: Node, entrance: Entrance, { shares, failOpen }: Candidates, chain: string): Rule[] => {
  const [only] = shares;
  if (!only) return [[goto('refuse')]];
  if (shares.length === 1) return [targetRule(node, entrance, only, failOpen)];
  shares.forEach((share, at) => node.draft.chains.set(`${chain}_${at}`, [targetRule(node, entrance, share, failOpen), missed]));
  return [verdicts(flowOf(node.spec.transport), seeds.pool, shares.map(({ weight }) => weight), chain)];
};

const entranceRules = (node: Node, entrance: Entrance, chain: string): Rule[] => {
  const { health, index } = node.input;
  const statusOf = (poolId: string, targetId: string) => health.of(poolId, targetId)?.status ?? 'unknown';
  return sharesRules(node, entrance, candidatesFor(node.listener, index.pools, entrance.zone, statusOf), chain);
};

const choiceRules = (node: Node, chain: string): Rule[] => {
  const entrances = entrancesOf(node.spec, node.listener, node.input.index, node.input.health);
  const [only] = entrances;
  if (!only) return [[goto('refuse')]];
  if (entrances.length === 1) return entranceRules(node, only, chain);
  entrances.forEach((entrance, at) => node.draft.chains.set(`${chain}_${at}`, [...entranceRules(node, entrance, `${chain}_${at}`), missed]));
  const any = verdicts(flowOf(node.spec.transport), seeds.entrance, entrances.map(() => 1), chain);
  const { zoneAffinity = 0 } = node.listener;
  const own = (zone: string): string | undefined => {
    const at = entrances.findIndex((one) => one.zone === zone);
    return at < 0 ? undefined : `${chain}_${at}`;
  };
  return [...(zoneAffinity > 0 ? nearRules(node.input.index.clientZones, own, zoneAffinity, node.spec, any) : []), any];
};

const addNode = (node: Node): void => {
  const { input, draft, spec, listener } = node;
  const chain = `n${input.nodeId(nodeKey(spec))}`;
  const timeout = timeoutName(spec.transport, listener.idleTimeout);
  draft.timeouts.add(timeout);
  draft.chains.set(chain, [
    ...(spec.transport === 'tcp' ? [strayRule] : []),
    ...gateRules(listener, spec),
    [{ 'ct timeout': timeout }],
    ...choiceRules(node, chain),
    missed,
  ]);
  draft.nodes.set(`${spec.address}|${spec.transport}|${spec.port}`, chain);
};

/** All rules that plan and observed health ask for at these nodes. */
export const rulesetOf = (input: RulesetInput): Ruleset => {
  const draft: Draft = { timeouts: new Set(), chains: new Map(), nodes: new Map(), hosts: new Map(), ports: new Map(), sources: new Map() };
  for (const spec of input.specs) {
    const listener = input.index.listeners.get(spec.listenerId);
    if (listener) addNode({ input, draft, spec, listener });
  }
  return draft;
};
