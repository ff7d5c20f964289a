// The pretended VPC: an EKS-like address plan, the same for every run of one region and account.
import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';

export type Subnet = { SubnetId: string; AvailabilityZone: string; AvailabilityZoneId: string; CidrBlock: string; Ipv6CidrBlock: string; public: boolean };

/** A node of the cluster as EC2 sees it. */
export type Instance = {
  InstanceId: string;
  nodeName: string;
  PrivateIpAddress: string;
  AvailabilityZone: string;
  running: boolean;
  /** Where its pods have their addresses, when the cluster gives each node a range of its own. */
  podCidrs?: readonly string[];
};

/** What is known of the network: the plan, and the cluster's nodes and pods as they are now. */
export type VpcView = {
  VpcId: string;
  CidrBlock: string;
  Ipv6CidrBlock: string;
  region: string;
  subnets: readonly Subnet[];
  instances(): readonly Instance[];
  /** The zone that an address of the VPC lies in; undefined outside the VPC. */
  zoneOf(address: string): string | undefined;
};

const zoneLetters = ['a', 'b', 'c'] as const;

const hex17 = (...parts: string[]): string => createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 17);

// us-west-2 -> usw2, ap-northeast-1 -> apne1, us-gov-east-1 -> usge1: the region's part of a zone id.
const shortRegion = (region: string): string => {
  const [area = '', ...rest] = region.split('-');
  const number = rest.pop() ?? '';
  const words = rest.map((word) => /^(north|south)?(east|west)$/.exec(word)?.slice(1).map((part) => part?.[0] ?? '').join('') ?? word[0] ?? '');
  return `${area}${words.join('')}${number}`;
};

// Of the range for documentation (RFC 3849): described, and never carried.
const ipv6Block = '2001:db8:42:4200::/56';

const planSubnets = (region: string, account: string, clusterName: string): Subnet[] =>
  [true, false].flatMap((isPublic, half) =>
    zoneLetters.map((letter, index) => {
      const CidrBlock = `10.42.${half * 96 + index * 32}.0/19`;
      return {
        SubnetId: `subnet-${hex17(region, account, clusterName, CidrBlock)}`,
        AvailabilityZone: `${region}${letter}`,
        AvailabilityZoneId: `${shortRegion(region)}-az${index + 1}`,
        CidrBlock,
        Ipv6CidrBlock: `2001:db8:42:420${half * 3 + index}::/64`,
        public: isPublic,
      };
    }),
  );

const matches = (address: ipaddr.IPv4, cidr: string): boolean => {
  const [range, bits] = ipaddr.parseCIDR(cidr);
  return range.kind() === 'ipv4' && address.match(range as ipaddr.IPv4, bits);
};

/** In a cluster whose nodes have ranges of their own, a pod is in its node's zone; else its address says where it is. */
const zoneFinder = (subnets: readonly Subnet[], instances: () => readonly Instance[]): VpcView['zoneOf'] => {
  const ranges = subnets.map((subnet) => ({ range: ipaddr.IPv4.parseCIDR(subnet.CidrBlock), zone: subnet.AvailabilityZone }));
  const ranges6 = subnets.map((subnet) => ({ range: ipaddr.IPv6.parseCIDR(subnet.Ipv6CidrBlock), zone: subnet.AvailabilityZone }));
  return (address) => {
    if (ipaddr.IPv6.isValid(address)) return ranges6.find(({ range }) => ipaddr.IPv6.parse(address).match(range))?.zone;
    if (!ipaddr.IPv4.isValidFourPartDecimal(address)) return undefined;
    const parsed = ipaddr.IPv4.parse(address);
    const zone = ranges.find(({ range }) => parsed.match(range))?.zone;
    if (zone === undefined) return undefined;
    const host = instances().find(({ podCidrs }) => podCidrs?.some((cidr) => matches(parsed, cidr)));
    return host?.AvailabilityZone || zone;
  };
};

/** The address plan of a cluster, as eksctl would lay it out: three zones, each with a public and a private /19. */
export const createVpc = (region: string, account: string, clusterName: string, instances: () => readonly Instance[] = () => []): VpcView => {
  const subnets = planSubnets(region, account, clusterName);
  return {
    VpcId: `vpc-${hex17(region, account, clusterName)}`,
    CidrBlock: '10.42.0.0/16',
    Ipv6CidrBlock: ipv6Block,
    region,
    subnets,
    instances,
    zoneOf: zoneFinder(subnets, instances),
  };
};
