// Where clients are: the address ranges of zones, as the VPC and the cluster have them and as this machine's sockets show them. Pure.
import type { ZoneRange } from '../dataplane/types.js';
import type { Instance, Subnet } from '../state/vpc.js';

const vpc = { base: 10 * 256 + 42, prefix: 16 };

/**
 * What a range of the VPC 10.42.0.0/16 is on loopback, where pods and nodes of the embedded cluster have their sockets
 * (127.`block`.0.0/16); undefined for one that shares no address with the VPC.
 */
export const onLoopback = (cidr: string, block: number): string | undefined => {
  const [network = '', length = '32'] = cidr.split('/');
  const [first = 0, second = 0, ...rest] = network.split('.').map(Number);
  const prefix = Math.min(Number(length), vpc.prefix);
  const same = (first * 256 + second) >> (vpc.prefix - prefix) === vpc.base >> (vpc.prefix - prefix);
  if (network.includes(':') || !same) return undefined;
  return Number(length) <= vpc.prefix ? `127.${block}.0.0/16` : `127.${block}.${rest.join('.')}/${length}`;
};

/** A pod is where its node is, a node where it says, and any other address in the subnet that holds it. */
export const clientZones = (subnets: readonly Pick<Subnet, 'CidrBlock' | 'AvailabilityZone'>[], instances: readonly Instance[], block: number): ZoneRange[] => {
  const ranges = [
    ...instances.flatMap(({ podCidrs = [], AvailabilityZone: zone }) => podCidrs.map((cidr) => ({ cidr, zone }))),
    ...instances.map(({ PrivateIpAddress, AvailabilityZone: zone }) => ({ cidr: `${PrivateIpAddress}/32`, zone })),
    ...subnets.map(({ CidrBlock: cidr, AvailabilityZone: zone }) => ({ cidr, zone })),
  ].filter(({ cidr, zone }) => zone !== '' && !cidr.includes(':'));
  return ranges.flatMap((range) => {
    const twin = onLoopback(range.cidr, block);
    return twin === undefined ? [range] : [range, { ...range, cidr: twin }];
  });
};
