// What the kernel says: counting sets as nft lists them, and flows as conntrack does. Pure.
import type { Transport } from '../types.js';

export type Count = { key: (string | number)[]; packets: number; bytes: number };

type Elem = { elem?: { val?: unknown; counter?: { packets?: number; bytes?: number } } };
type Listed = { nftables?: { set?: { name?: string; elem?: Elem[] } }[] };

const keyOf = (value: unknown): (string | number)[] => {
  const parts = (value as { concat?: unknown[] } | null)?.concat ?? [value];
  return parts.map((part) => (typeof part === 'number' ? part : String(part)));
};

const countOf = ({ elem }: Elem): Count => ({ key: keyOf(elem?.val), packets: elem?.counter?.packets ?? 0, bytes: elem?.counter?.bytes ?? 0 });

/** The sets of one or more listings, one JSON document a line. */
export const parseCounts = (text: string): Map<string, Count[]> => {
  const found = new Map<string, Count[]>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    for (const { set } of (JSON.parse(line) as Listed).nftables ?? []) if (set?.name !== undefined) found.set(set.name, (set.elem ?? []).map(countOf));
  }
  return found;
};

/** A flow that the kernel remembers. `bytes` only where the machine has accounting on (net.netfilter.nf_conntrack_acct). */
export type KernelFlow = {
  transport: Transport;
  /** Of TCP. */
  state: string | undefined;
  client: string;
  clientPort: number;
  node: string;
  nodePort: number;
  mark: number;
  bytes: [number, number] | undefined;
};

const figures = (line: string, name: string): string[] => [...line.matchAll(new RegExp(`\\b${name}=(\\S+)`, 'g'))].map((match) => match[1] ?? '');

const parseFlow = (line: string): KernelFlow | undefined => {
  const [transport, , , state] = line.trim().split(/\s+/);
  const [mark] = figures(line, 'mark');
  if ((transport !== 'tcp' && transport !== 'udp') || mark === undefined) return undefined;
  const [bytesIn, bytesOut] = figures(line, 'bytes').map(Number);
  return {
    transport,
    state: transport === 'tcp' ? state : undefined,
    client: figures(line, 'src')[0] ?? '',
    clientPort: Number(figures(line, 'sport')[0]),
    node: figures(line, 'dst')[0] ?? '',
    nodePort: Number(figures(line, 'dport')[0]),
    mark: Number(mark),
    bytes: bytesIn === undefined ? undefined : [bytesIn, bytesOut ?? 0],
  };
};

/** The lines of `conntrack -L`. */
export const parseFlows = (text: string): KernelFlow[] => text.split('\n').flatMap((line) => parseFlow(line) ?? []);

/** Names of the tables in a listing; where there are none, nft says nothing. */
export const parseTables = (text: string): string[] =>
  text.trim() === '' ? [] : ((JSON.parse(text) as { nftables?: { table?: { name?: string } }[] }).nftables ?? []).flatMap(({ table }) => table?.name ?? []);
