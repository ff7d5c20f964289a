// Words of libnftables' JSON, as far as the rules need them: pure. `man 5 libnftables-json` has the grammar.
import type { Transport } from '../types.js';

export type Json = string | number | null | { [key: string]: Json } | Json[];

/** Statements, run from first to last until one does not match. */
export type Rule = readonly Json[];

export const payload = (protocol: string, field: string): Json => ({ payload: { protocol, field } });
export const concat = (...parts: Json[]): Json => ({ concat: parts });
export const goto = (target: string): Json => ({ goto: { target } });
export const jump = (target: string): Json => ({ jump: { target } });
export const equal = (left: Json, right: Json): Json => ({ match: { op: '==', left, right } });
export const unequal = (left: Json, right: Json): Json => ({ match: { op: '!=', left, right } });
export const drop: Json = { drop: null };
export const resetTcp: Json = { reject: { type: 'tcp reset' } };
export const mark: Json = { ct: { key: 'mark' } };
export const direction: Json = { ct: { key: 'direction' } };
export const originalDestination: Json = { ct: { key: 'ip daddr', dir: 'original' } };
export const source: Json = payload('ip', 'saddr');
export const destination: Json = payload('ip', 'daddr');
export const protocol: Json = payload('ip', 'protocol');

/** Counts a packet in a set, under `key`. */
export const countIn = (set: string, key: Json): Json => ({ set: { op: 'update', elem: { elem: { val: key } }, set: `@${set}`, stmt: [{ counter: null }] } });

/** What a new flow is known by: its 5-tuple, and the TCP sequence number, by which the same client port may go elsewhere next time. */
export const flowOf = (transport: Transport): Json[] => [
  source, payload(transport, 'sport'), destination, payload(transport, 'dport'), ...(transport === 'tcp' ? [payload('tcp', 'sequence')] : []),
];

/** A number from 0 to `mod` - 1, the same for the same values of `fields`. */
export const hash = (fields: readonly Json[], mod: number, seed: number): Json => ({
  jhash: { expr: fields.length === 1 ? (fields[0] as Json) : concat(...fields), mod, seed },
});

/** Neighbours that are equal become one range. */
export const ranges = (slots: readonly string[]): { from: number; to: number; value: string }[] => {
  const found: { from: number; to: number; value: string }[] = [];
  slots.forEach((value, at) => {
    const last = found.at(-1);
    if (last?.value === value) last.to = at;
    else found.push({ from: at, to: at, value });
  });
  return found;
};

export const rangeOf = (from: number, to: number): Json => (from === to ? from : { range: [from, to] });
