// Subnets -> subnet mappings: elastic IPs by index, own addresses by CIDR, source-NAT prefixes by index. Pure.
import ipaddr from 'ipaddr.js';
import type { SubnetInfo } from '../api/ec2/client.js';
import { goList, type BuildInput } from './facts.js';
import type { SubnetMapping } from './model.js';

export const ipv6CidrsOf = (subnet: SubnetInfo): string[] =>
  (subnet.Ipv6CidrBlockAssociationSet ?? []).filter(({ Ipv6CidrBlockState }) => Ipv6CidrBlockState.State === 'associated').map(({ Ipv6CidrBlock }) => Ipv6CidrBlock);

/** Whether an address lies in a CIDR; false across families and for nonsense. */
export const contains = (cidr: string, address: string): boolean => {
  if (!ipaddr.isValidCIDR(cidr) || !ipaddr.isValid(address)) return false;
  const [range, bits] = ipaddr.parseCIDR(cidr);
  const parsed = ipaddr.parse(address);
  return parsed.kind() === range.kind() && parsed.match(range, bits);
};

const allocations = ({ annotations, facts }: BuildInput): string[] => {
  const given = annotations.get('aws-load-balancer-eip-allocations') ?? [];
  if (given.length === 0) return [];
  if (facts.scheme !== 'internet-facing') throw new Error('EIP allocations can only be set for internet facing load balancers');
  if (given.length !== facts.subnets.length) throw new Error(`count of EIP allocations (${given.length}) and subnets (${facts.subnets.length}) must match`);
  return given;
};

type Family = { label: string; kind: 'ipv4' | 'ipv6'; cidrs: (subnet: SubnetInfo) => string[]; missing: string };
const v4: Family = { label: 'IPv4', kind: 'ipv4', cidrs: (subnet) => [subnet.CidrBlock], missing: 'private IPv4' };
const v6: Family = { label: 'IPv6', kind: 'ipv6', cidrs: ipv6CidrsOf, missing: 'IPv6' };

/** One address for each subnet, found by the subnet's CIDRs. */
const addressesFor = (given: string[], subnets: SubnetInfo[], family: Family): string[] => {
  if (given.length === 0) return [];
  if (given.length !== subnets.length) throw new Error(`count of ${family.missing} addresses (${given.length}) and subnets (${subnets.length}) must match`);
  for (const address of given) {
    if (!ipaddr.isValid(address)) throw new Error(`${family.missing} addresses must be valid IP address: ${address}`);
    if (ipaddr.parse(address).kind() !== family.kind) throw new Error(`${family.missing} addresses must be valid ${family.label} address: ${address}`);
  }
  return subnets.map((subnet) => {
    const inside = given.filter((address) => family.cidrs(subnet).some((cidr) => contains(cidr, address)));
    if (inside.length !== 1) throw new Error(`expect one ${family.missing} address configured for subnet: ${subnet.SubnetId}`);
    return inside[0] ?? '';
  });
};

const privateAddresses = ({ annotations, facts }: BuildInput): string[] => {
  const given = annotations.get('aws-load-balancer-private-ipv4-addresses') ?? [];
  if (given.length > 0 && facts.scheme !== 'internal') throw new Error('private IPv4 addresses can only be set for internal load balancers');
  return addressesFor(given, facts.subnets, v4);
};

const ipv6Addresses = ({ annotations, facts }: BuildInput): string[] => {
  const given = annotations.get('aws-load-balancer-ipv6-addresses') ?? [];
  if (given.length > 0 && facts.ipAddressType !== 'dualstack') throw new Error('IPv6 addresses can only be set for dualstack load balancers');
  return addressesFor(given, facts.subnets, v6);
};

/** Whether the load balancer's nodes get IPv6 prefixes for source NAT. */
export const sourceNat = ({ annotations, facts }: BuildInput): 'on' | 'off' => {
  const value = annotations.get('aws-load-balancer-enable-prefix-for-ipv6-source-nat') ?? 'off';
  if (value !== 'on' && value !== 'off') throw new Error(`Invalid enable-prefix-for-ipv6-source-nat value: ${value}. Valid values are ['on', 'off'].`);
  if (value === 'off') return value;
  if (facts.ipAddressType !== 'dualstack') {
    throw new Error('enable-prefix-for-ipv6-source-nat annotation is only applicable to Network Load Balancers using Dualstack IP address type.');
  }
  const without = facts.subnets.filter((subnet) => ipv6CidrsOf(subnet).length === 0).map(({ SubnetId }) => SubnetId);
  if (without.length > 0) throw new Error(`To enable prefix for source NAT, all associated subnets must have an IPv6 CIDR. Subnets without IPv6 CIDR: ${goList(without)}.`);
  return value;
};

const checkPrefix = (value: string, subnet: SubnetInfo | undefined): void => {
  if (value === 'auto_assigned') return;
  const bad = (why: string) => new Error(`Invalid value in source-nat-ipv6-prefixes: ${value}. ${why}`);
  if (!ipaddr.IPv6.isValidCIDR(value)) throw bad('Value must be a valid IPv6 CIDR.');
  const [address, bits] = ipaddr.parseCIDR(value);
  if (bits !== 80) throw bad(`Prefix length must be 80, but ${bits} is specified.`);
  const cidrs = subnet ? ipv6CidrsOf(subnet) : [];
  if (!cidrs.some((cidr) => contains(cidr, address.toString()))) throw bad(`Value must be within subnet CIDR range: ${goList(cidrs)}.`);
};

const sourceNatPrefixes = (input: BuildInput): string[] => {
  const { annotations, facts } = input;
  const given = annotations.get('aws-load-balancer-source-nat-ipv6-prefixes') ?? [];
  if (given.length === 0) return [];
  if (facts.ipAddressType !== 'dualstack') throw new Error('source-nat-ipv6-prefixes annotation is only applicable to Network Load Balancers using Dualstack IP address type.');
  if (sourceNat(input) !== 'on') throw new Error('source-nat-ipv6-prefixes annotation is only applicable if enable-prefix-for-ipv6-source-nat annotation is set to on.');
  if (given.length !== facts.subnets.length) {
    throw new Error(`Number of values in source-nat-ipv6-prefixes (${given.length}) must match the number of subnets (${facts.subnets.length}).`);
  }
  given.forEach((value, index) => checkPrefix(value, facts.subnets[index]));
  return given;
};

/** One mapping for each subnet, in the subnets' order. */
export const buildSubnetMappings = (input: BuildInput): SubnetMapping[] => {
  const eips = allocations(input);
  const ipv4s = privateAddresses(input);
  const ipv6s = ipv6Addresses(input);
  const prefixes = sourceNatPrefixes(input);
  return input.facts.subnets.map(({ SubnetId }, index) => ({
    SubnetId,
    ...(eips[index] ? { AllocationId: eips[index] } : {}),
    ...(ipv4s[index] ? { PrivateIPv4Address: ipv4s[index] } : {}),
    ...(ipv6s[index] ? { IPv6Address: ipv6s[index] } : {}),
    ...(prefixes[index] ? { SourceNatIpv6Prefix: prefixes[index] } : {}),
  }));
};
