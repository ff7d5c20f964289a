// Where a listening socket may stand: the wanted place, or else a free port, and the reason in words.
import { codeOf, messageOf } from '../errors.js';
import type { Transport } from './types.js';

export type NodeSpec = { listenerId: string; transport: Transport; zone: string; address: string; port: number };

export type Place = { address: string; port: number };

const reasons: Record<string, string> = {
  EACCES: 'needs privileges that this process lacks',
  EADDRINUSE: 'is taken by another process',
  EADDRNOTAVAIL: 'cannot be had: this machine has no such address',
};

const explain = ({ address, port }: Place, error: unknown): string =>
  `${address}:${port} ${reasons[codeOf(error) ?? ''] ?? `cannot be listened on (${messageOf(error)})`}`;

// Only Linux owns the whole of 127/8; elsewhere the plain loopback address must do.
const places = ({ address, port }: NodeSpec): Place[] => [
  { address, port },
  { address, port: 0 },
  { address: '127.0.0.1', port: 0 },
];

/** `waits`: the wanted place belongs to somebody who may leave it. */
export type Found<T> = { opened?: T; place?: Place; problem?: string; waits: boolean };

/** The first place that can be had, and why it is not the wanted one. */
export const openSomewhere = async <T>(spec: NodeSpec, open: (place: Place) => Promise<T>): Promise<Found<T>> => {
  let trouble: { problem?: string; waits: boolean } = { waits: false };
  for (const place of places(spec)) {
    try {
      return { opened: await open(place), place, ...trouble };
    } catch (error) {
      if (trouble.problem === undefined) trouble = { problem: explain(place, error), waits: codeOf(error) === 'EADDRINUSE' };
    }
  }
  return trouble;
};
