// Addresses of the pretended VPC 10.42.0.0/16 and of Services, their projection on 127.N.0.0/16, and free ones for pods; pure.
import { stableNumber } from '../controllers/hash.js';

const vpc = '10.42.';

const tail = (address: string): string => address.split('.').slice(2).join('.');

/** Where a pod's port really listens on the pod's address: elsewhere when it needs privileges that we lack. */
export type PortMap = (port: number) => number;

/** Where an address of the VPC really listens; other addresses as they are. */
export const project = (loopback: number, address: string): string => (address.startsWith(vpc) ? `127.${loopback}.${tail(address)}` : address);

/** Where a port of an address of the VPC really listens. */
export const placeOf = (loopback: number, podPort: PortMap, address: string, port: number): { host: string; port: number } => {
  const host = project(loopback, address);
  return { host, port: host === address ? port : podPort(port) };
};

// Behind the subnets of the VPC there is room for so many third octets of the service range.
const firstServiceOctet = 192;

/** Cluster addresses are given out of so many /24 of the service range: each has a loopback address of its own. */
export const serviceOctets = 63;

/** Where a cluster address really listens: a.b of the service range at 192+a.b of the loopback block. */
export const projectService = (loopback: number, clusterIP: string): string => {
  const [third = '0', fourth = '0'] = clusterIP.split('.').slice(2);
  return `127.${loopback}.${firstServiceOctet + (Number(third) % serviceOctets)}.${fourth}`;
};

/** What Kubernetes calls an address that a socket shows; other addresses as they are. */
export const unproject = (loopback: number, address: string): string =>
  address.startsWith(`127.${loopback}.`) ? `${vpc}${tail(address)}` : address;

/** A private subnet of the VPC: the third octet it starts at, /19 as the workshop has them. */
export type PodRange = { thirdOctet: number };

const size = 32 * 256;
// The ends of a subnet are AWS's own, and low host numbers look like routers.
const reserved = 16;

/** A free address in the range: where it starts to look depends on `key` alone, so a run can be repeated. */
export const freeAddress = (range: PodRange, key: string, taken: (address: string) => boolean): string | undefined => {
  const usable = size - 2 * reserved;
  const start = stableNumber(key) % usable;
  for (let step = 0; step < usable; step += 1) {
    const host = reserved + ((start + step) % usable);
    const last = host % 256;
    const address = `${vpc}${range.thirdOctet + Math.floor(host / 256)}.${last}`;
    if (last !== 0 && last !== 255 && !taken(address)) return address;
  }
  return undefined;
};
