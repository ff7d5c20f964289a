// Which listeners the kernel can carry, and why not the others: pure, over the plan and the facts of the machine.
import { isIPv4 } from 'node:net';
import type { Listener, Pool, Route } from '../types.js';
import type { Facts } from './facts.js';
import { isLoopback } from './facts.js';

type Hosts = (string | undefined)[];

const byContent = ({ protocol, port }: Listener, pools: readonly Pool[]): string | undefined => {
  if (protocol === 'tls') return 'TLS ends in a process';
  if (pools.some(({ proxyProtocol }) => proxyProtocol)) return 'PROXY protocol v2 is written by a process';
  if (pools.some(({ targets }) => targets.some(({ serverId }) => serverId !== undefined))) return 'QUIC server ids are read by a process';
  if (pools.some(({ targets }) => targets.some(({ serverId }) => serverId !== undefined))) return 'a process reads the connection ids of QUIC';
  return port === 0 ? 'any free port is asked for' : undefined;
};

const byHosts = (hosts: Hosts): string | undefined => {
  if (hosts.includes(undefined)) return 'some targets are reached through the API server only';
  return hosts.every((host) => isIPv4(host ?? '')) ? undefined : 'some targets have no IPv4 address';
};

// The kernel keeps 127/8 off every other device, and other addresses off loopback (route_localnet).
const byPlace = (addresses: readonly string[], hosts: readonly string[], { isLocal, forwards }: Facts): string | undefined => {
  const elsewhere = addresses.find((address) => !isLocal(address));
  if (elsewhere !== undefined) return `${elsewhere} is not an address of this machine`;
  const onLoopback = addresses.every(isLoopback);
  if (hosts.some((host) => isLoopback(host) !== onLoopback)) return onLoopback ? 'its address is on loopback and targets are not' : 'targets are on loopback and its address is not';
  if (!forwards && hosts.some((host) => !isLocal(host))) return 'this machine forwards no packets (sysctl net.ipv4.ip_forward)';
  return undefined;
};

/** Why `listener` needs a process; undefined: the kernel can carry it. */
export const reasonAgainst = (listener: Listener, pools: readonly Pool[], route: Route, facts: Facts): string | undefined => {
  const hosts = pools.flatMap(({ targets }) => targets.map((target) => route(target)?.host));
  const addresses = [...listener.addresses.map(({ address }) => address), ...(listener.front === undefined ? [] : [listener.front])];
  return byContent(listener, pools) ?? byHosts(hosts) ?? byPlace(addresses, hosts as string[], facts);
};
