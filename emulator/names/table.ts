// Which names lead to which addresses, pure: a load balancer's DNS name to its front, a zonal name to that zone's node.
import type { HostsEntry } from './block.js';

/** `front` is the one address that stands for the name: whoever connects there is sent on to a zone that DNS would give. */
export type NamedLoadBalancer = {
  DNSName: string;
  front: string;
  zones: readonly { zone: string; address: string }[];
  /** The addresses that DNS gives (that client, where one is named) at this moment, by the health of the targets; without it, those of all zones. */
  inDns?: (client?: string) => readonly string[];
};

export type NameTable = ReadonlyMap<string, readonly string[]>;

/** One spelling of a DNS name: lower case, no final dot. */
export const canonical = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html: zonal names are `zone.name`. */
export const nameTable = (loadBalancers: readonly NamedLoadBalancer[]): NameTable => {
  const table = new Map<string, string[]>();
  for (const { DNSName, front, zones } of loadBalancers) {
    const name = canonical(DNSName);
    table.set(name, [front]);
    for (const { zone, address } of zones) table.set(`${zone}.${name}`, [address]);
  }
  return table;
};

/** The table as lines of a hosts file, in a steady order. */
export const hostsEntries = (table: NameTable): HostsEntry[] => {
  const byAddress = new Map<string, string[]>();
  for (const [name, addresses] of table)
    for (const address of addresses) byAddress.set(address, [...(byAddress.get(address) ?? []), name]);
  return [...byAddress].map(([address, names]) => ({ address, names }));
};

/** The addresses that DNS gives for a name now, one list per name; a zone that DNS leaves out has a name without addresses. */
export const dnsTable = (loadBalancers: readonly NamedLoadBalancer[]): ReadonlyMap<string, (client?: string) => readonly string[]> => {
  const table = new Map<string, (client?: string) => readonly string[]>();
  for (const { DNSName, zones, inDns } of loadBalancers) {
    const name = canonical(DNSName);
    const now = inDns ?? (() => zones.map(({ address }) => address));
    table.set(name, now);
    for (const { zone, address } of zones) table.set(`${zone}.${name}`, () => now().filter((one) => one === address));
  }
  return table;
};
