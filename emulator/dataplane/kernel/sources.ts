// Rules that look at where a client comes from: who may come in, who has a zone of its own, and whose network is the target's. Pure.
import type { NodeSpec } from '../place.js';
import type { AllowRule, Listener, ZoneRange } from '../types.js';
import { equal, flowOf, goto, hash, payload, rangeOf, source, unequal, type Json, type Rule } from './json.js';

const allowed = (rules: readonly AllowRule[], { port, transport }: NodeSpec): string[] =>
  rules.filter((rule) => port >= rule.fromPort && port <= rule.toPort && (rule.protocol === 'all' || rule.protocol === transport))
    .map(({ cidr }) => cidr)
    .filter((cidr) => !cidr.includes(':'));

const prefixOf = (cidr: string): Json => {
  const [addr = '', len = '32'] = cidr.split('/');
  return { prefix: { addr, len: Number(len) } };
};

/** Sends those whom no range admits to `deny`. */
export const gateRules = ({ allow }: Listener, spec: NodeSpec): Rule[] => {
  const cidrs = allow && allowed(allow, spec);
  if (!cidrs || cidrs.some((cidr) => cidr.endsWith('/0'))) return [];
  return cidrs.length === 0 ? [[goto('deny')]] : [[unequal(source, { set: cidrs.map(prefixOf) }), goto('deny')]];
};

const seed = 0x27d4eb2f;
const percent = 100;

/** Where clients of each range enter: `own` names the chain of a zone, and undefined is a zone without one; `any` is for all others. */
export const nearRules = (ranges: readonly ZoneRange[], own: (zone: string) => string | undefined, affinity: number, { transport }: NodeSpec, any: Rule): Rule[] => {
  const often = Math.round(affinity * percent);
  return ranges.flatMap(({ cidr, zone }) => {
    const from = equal(source, prefixOf(cidr));
    const chain = own(zone);
    if (chain === undefined) return [[from, ...any]];
    if (often >= percent) return [[from, goto(chain)]];
    return [[from, { vmap: { key: hash(flowOf(transport), percent, seed), data: { set: [[rangeOf(0, often - 1), goto(chain)]] } } }], [from, ...any]];
  });
};

/** The chain for clients on a target's own network: without the balancer's address the target would answer them past it. */
export const linkRules = (links: readonly string[]): Rule[] =>
  links.map((link) => [equal(source, prefixOf(link)), equal(payload('ip', 'daddr'), prefixOf(link)), { masquerade: null }]);
