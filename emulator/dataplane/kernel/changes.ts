// From one ruleset to the next as one transaction: only what differs is touched, so that counters and other nodes stay. Pure.
import { maskOfOwner } from './classes.js';
import {
  concat, countIn, destination, direction, drop, equal, goto, jump, mark, originalDestination, payload, protocol, resetTcp, source, unequal, type Json, type Rule,
} from './json.js';
import { emptyRuleset, type Ruleset } from './ruleset.js';

/** Whose table it is, and the upper eight bits of its marks. */
export type Table = { name: string; owner: number };

/** Sets in which the kernel counts, with the types of their keys. */
export const countingSets = {
  bytes: ['ipv4_addr', 'mark', 'ct_dir'],
  begun: ['mark'],
  resets: ['ipv4_addr', 'mark', 'ct_dir'],
  unreached: ['ipv4_addr', 'mark'],
  denied: ['ipv4_addr', 'ipv4_addr', 'inet_proto', 'inet_service'],
  refused: ['ipv4_addr', 'inet_proto', 'inet_service'],
  strays: ['ipv4_addr', 'inet_proto', 'inet_service'],
} as const;

const maps = {
  nodes: { type: ['ipv4_addr', 'inet_proto', 'inet_service'], map: 'verdict' },
  hosts: { type: 'mark', map: 'ipv4_addr' },
  ports: { type: 'mark', map: 'inet_service' },
  sources: { type: 'mark', map: 'ipv4_addr' },
} as const;

const ofTable = (table: Table, what: Record<string, Json>): Record<string, Json> => ({ family: 'ip', table: table.name, ...what });

const addChain = (table: Table, name: string, hook: Record<string, Json> = {}): object => ({ add: { chain: ofTable(table, { name, ...hook }) } });
const addRule = (table: Table, chain: string, rule: Rule): object => ({ add: { rule: ofTable(table, { chain, expr: [...rule] }) } });

const isTcp = equal({ meta: { key: 'l4proto' } }, 'tcp');
const isOurs = ({ owner }: Table): Json => equal({ '&': [mark, maskOfOwner] }, owner * 0x1000000);
const node = concat(destination, protocol, payload('th', 'dport'));
const flags = (...names: string[]): Json => ({ '&': [payload('tcp', 'flags'), names.length === 1 ? (names[0] as string) : names] });

const lookup: Rule = [{ vmap: { key: node, data: '@nodes' } }];
const byMark = (map: string): Json => ({ map: { key: mark, data: `@${map}` } });

/** Chains that hang on hooks. Before those of others that translate addresses, so that a node's address is ours. */
const hooks = {
  prerouting: { type: 'nat', hook: 'prerouting', prio: -101 },
  output: { type: 'nat', hook: 'output', prio: -101 },
  postrouting: { type: 'nat', hook: 'postrouting', prio: 99 },
  // Each packet is counted once: where this machine sends it, or where it comes in from outside.
  count_out: { type: 'filter', hook: 'output', prio: -50 },
  count_in: { type: 'filter', hook: 'prerouting', prio: -50 },
} as const;

const chains = (table: Table): Record<string, readonly Rule[]> => ({
  prerouting: [lookup],
  output: [lookup],
  links: [],
  postrouting: [[isOurs(table), { snat: { addr: byMark('sources') } }], [isOurs(table), jump('links')]],
  count: [
    [countIn('bytes', concat(originalDestination, mark, direction))],
    [equal(flags('rst'), 'rst'), jump('reset')],
  ],
  reset: [
    // A target that refuses answers the opening segment with RST and sequence number 0.
    [equal(direction, 'reply'), equal(payload('tcp', 'sequence'), 0), countIn('unreached', concat(originalDestination, mark)), { return: null }],
    [countIn('resets', concat(originalDestination, mark, direction))],
  ],
  count_out: [[isOurs(table), jump('count')]],
  count_in: [[unequal({ meta: { key: 'iif' } }, 'lo'), isOurs(table), jump('count')]],
  forward: [[countIn('begun', mark)], [{ match: { op: '==', left: { meta: { key: 'l4proto' } }, right: { set: ['tcp', 'udp'] } } }, { dnat: { addr: byMark('hosts'), port: byMark('ports') } }], [drop]],
  turn_away: [[isTcp, resetTcp], [drop]],
  deny: [[countIn('denied', concat(source, destination, protocol, payload('th', 'dport')))], [goto('turn_away')]],
  refuse: [[countIn('refused', node)], [goto('turn_away')]],
  stray: [[countIn('strays', node)], [goto('turn_away')]],
});

/** What stays the same as long as the table lives. */
const skeleton = (table: Table): object[] => {
  const rules = chains(table);
  return [
    ...Object.entries(countingSets).map(([name, type]) => ({ add: { set: ofTable(table, { name, type: type.length === 1 ? type[0] : [...type], size: 65535, flags: ['timeout'] }) } })),
    ...Object.entries(maps).map(([name, { type, map }]) => ({ add: { map: ofTable(table, { name, type: typeof type === 'string' ? type : [...type], map }) } })),
    ...Object.keys(rules).map((name) => addChain(table, name, { ...hooks[name as keyof typeof hooks] })),
    ...Object.entries(rules).flatMap(([name, list]) => list.map((rule) => addRule(table, name, rule))),
  ];
};

const nodeElement = (key: string, chain: string): Json => {
  const [address = '', transport = '', port] = key.split('|');
  return [concat(address, transport, Number(port)), goto(chain)];
};

type MapName = keyof typeof maps;

const elementOf = (name: MapName, key: string | number, value: string | number): Json => (name === 'nodes' ? nodeElement(String(key), String(value)) : [key, value]);

const mapChange = (name: MapName, before: Ruleset, after: Ruleset): { gone: Json[]; come: Json[] } => {
  const [had, has] = [before[name], after[name]] as ReadonlyMap<string | number, string | number>[];
  const elements = (from: typeof had, other: typeof had): Json[] =>
    [...(from ?? [])].filter(([key, value]) => other?.get(key) !== value).map(([key, value]) => elementOf(name, key, value));
  return { gone: elements(had, has), come: elements(has, had) };
};

const elementCommand = (table: Table, verb: 'add' | 'delete', name: string, elem: Json[]): object[] =>
  elem.length === 0 ? [] : [{ [verb]: { element: ofTable(table, { name, elem }) } }];

const chainChange = (table: Table, before: Ruleset, after: Ruleset): object[] => {
  const changed = [...after.chains].filter(([name, rules]) => JSON.stringify(before.chains.get(name) ?? []) !== JSON.stringify(rules));
  return [
    ...[...after.chains.keys()].filter((name) => !before.chains.has(name)).map((name) => addChain(table, name)),
    ...changed.filter(([name]) => before.chains.has(name)).map(([name]) => ({ flush: { chain: ofTable(table, { name }) } })),
    ...changed.flatMap(([name, rules]) => rules.map((rule) => addRule(table, name, rule))),
  ];
};

// Those that are left first have nothing that leads to them any more: the chains of a node come before its parts.
const chainsGone = (table: Table, before: Ruleset, after: Ruleset): object[] => {
  const gone = [...before.chains.keys()].filter((name) => !after.chains.has(name));
  return [...gone.map((name) => ({ flush: { chain: ofTable(table, { name }) } })), ...gone.map((name) => ({ delete: { chain: ofTable(table, { name }) } }))];
};

/** The commands that lead from `before` (undefined: there is no table yet) to `after`; empty when nothing differs. */
export const changesBetween = (before: Ruleset | undefined, after: Ruleset, table: Table): object[] => {
  const from = before ?? emptyRuleset;
  const elements = (Object.keys(maps) as MapName[]).map((name) => ({ name, ...mapChange(name, from, after) }));
  return [
    ...(before ? [] : [{ add: { table: { family: 'ip', name: table.name } } }, ...skeleton(table)]),
    ...chainChange(table, from, after),
    ...elements.flatMap(({ name, gone }) => elementCommand(table, 'delete', name, gone)),
    ...elements.flatMap(({ name, come }) => elementCommand(table, 'add', name, come)),
    ...chainsGone(table, from, after),
  ];
};
