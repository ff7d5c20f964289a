// The server id in a QUIC datagram's destination connection id: pure. It lets a connection keep its target when the client's
// address changes. Header forms: RFC 9000 17; the id's place: draft-ietf-quic-load-balancers, plaintext, as NLB documents it.
import type { Pool, Target } from './types.js';

const longForm = 0x80;
const fixedBit = 0x40;
const version1 = 1;
const idLength = 8;

/** Where the destination connection id begins, and its length as far as the header tells. */
const connectionIdIn = (datagram: Buffer): Buffer | undefined => {
  const first = datagram[0] ?? 0;
  if ((first & fixedBit) === 0) return undefined;
  if ((first & longForm) === 0) return datagram.subarray(1);
  if (datagram.length < 6 || datagram.readUInt32BE(1) !== version1) return undefined;
  return datagram.subarray(6, 6 + (datagram[5] ?? 0));
};

/** 16 hexadecimal digits; undefined where no connection id can hold one. A client's first datagrams hold random bytes instead. */
export const serverIdIn = (datagram: Buffer): string | undefined => {
  const connectionId = connectionIdIn(datagram);
  // The first byte tells the form and the length.
  return connectionId && connectionId.length > idLength ? connectionId.toString('hex', 1, 1 + idLength) : undefined;
};

/** Whether it belongs to a connection that a server has answered: it then bears the id that this one chose. */
const isAnswered = (datagram: Buffer): boolean => ((datagram[0] ?? 0) & (longForm | fixedBit)) === fixedBit;

const hasIds = (pools: readonly Pool[]): boolean => pools.some(({ targets }) => targets.some(({ serverId }) => serverId !== undefined));

/** The target that a datagram names, or 'strange' where it should name one and does not; one that drains keeps what it has. */
export const namedTarget = (pools: readonly Pool[], datagram: Buffer): { pool: Pool; target: Target } | 'strange' | undefined => {
  if (!hasIds(pools)) return undefined;
  const wanted = serverIdIn(datagram);
  for (const pool of pools) {
    const target = wanted === undefined ? undefined : pool.targets.find(({ serverId }) => serverId === wanted);
    if (target) return { pool, target };
  }
  return wanted !== undefined && isAnswered(datagram) ? 'strange' : undefined;
};
