// The zone that a client is in, and how often it enters there. Client routing policies decide by it.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-load-balancer-attributes.html#zonal-dns-affinity
import { BlockList, isIP } from 'node:net';
import type { ZoneRange } from './types.js';

/** The zone of an address; undefined outside all ranges. */
export type ZoneFinder = (address: string) => string | undefined;

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

const listOf = (cidr: string): BlockList => {
  const list = new BlockList();
  const [network = '', prefix] = cidr.split('/');
  list.addSubnet(network, Number(prefix), familyOf(network));
  return list;
};

/** By the first range that holds an address. */
export const zoneFinder = (ranges: readonly ZoneRange[]): ZoneFinder => {
  const lists = ranges.map(({ cidr, zone }) => ({ list: listOf(cidr), zone }));
  return (address) => (isIP(address) === 0 ? undefined : lists.find(({ list }) => list.check(address, familyOf(address)))?.zone);
};

/** The entrance of the client's own zone, where there is one and `draw` (0 to 1) falls below `affinity`; undefined: any will do. */
export const ownEntrance = <T extends { zone: string }>(entrances: readonly T[], zone: string | undefined, affinity: number, draw: number): T | undefined =>
  draw < affinity ? entrances.find((one) => one.zone === zone) : undefined;
