// Asking EC2 for the subnets of a load balancer: the user's list, the existing one's, or discovery.
import type { Ec2Api, SubnetInfo } from '../api/ec2/client.js';
import { messageOf } from '../errors.js';
import type { ExistingLoadBalancer, IpAddressType, Scheme, Subject } from './facts.js';
import { checkSubnets, chooseSubnets, orderSubnets, reachableSubnets } from './subnets.js';

export type Zones = { localeOf(subnet: SubnetInfo): Promise<string> };

/** Zone types never change, so each zone is asked for once. */
export const createZones = (ec2: Ec2Api): Zones => {
  const types = new Map<string, string>();
  const typeOf = async (zoneId: string): Promise<string> => {
    const seen = types.get(zoneId);
    if (seen !== undefined) return seen;
    const { AvailabilityZones } = await ec2.DescribeAvailabilityZones({ ZoneIds: [zoneId] });
    const type = AvailabilityZones[0]?.ZoneType ?? '';
    types.set(zoneId, type);
    return type;
  };
  return {
    localeOf: async ({ SubnetId, AvailabilityZoneId, OutpostArn }) => {
      if (OutpostArn) return 'outpost';
      const type = await typeOf(AvailabilityZoneId);
      if (!['availability-zone', 'local-zone', 'wavelength-zone'].includes(type)) throw new Error(`unknown zone type for subnet ${SubnetId}: ${type}`);
      return type;
    },
  };
};

type Lookup = { ec2: Ec2Api; zones: Zones; subject: Subject; scheme: Scheme; ipAddressType: IpAddressType };

const checked = async ({ zones, ipAddressType }: Lookup, subnets: SubnetInfo[]): Promise<SubnetInfo[]> => {
  const locales: string[] = [];
  for (const subnet of subnets) locales.push(await zones.localeOf(subnet));
  return checkSubnets(subnets, locales, ipAddressType);
};

const byList = async (lookup: Lookup, wanted: string[]): Promise<SubnetInfo[]> => {
  const { ec2, subject } = lookup;
  const ids = wanted.filter((one) => one.startsWith('subnet-'));
  const names = wanted.filter((one) => !one.startsWith('subnet-'));
  const filters = [{ Name: 'vpc-id', Values: [subject.flags.vpcId] }, { Name: 'tag:Name', Values: [...new Set(names)] }];
  try {
    const byId = ids.length > 0 ? (await ec2.DescribeSubnets({ SubnetIds: ids })).Subnets : [];
    const byName = names.length > 0 ? (await ec2.DescribeSubnets({ Filters: filters })).Subnets : [];
    return orderSubnets(wanted, byId, byName);
  } catch (error) {
    throw new Error(`failed to list subnets by names or IDs: ${messageOf(error)}`, { cause: error });
  }
};

const roleTag = (scheme: Scheme): string => `tag:kubernetes.io/role/${scheme === 'internet-facing' ? 'elb' : 'internal-elb'}`;

const discover = async ({ ec2, subject, scheme, ipAddressType }: Lookup): Promise<SubnetInfo[]> => {
  const { vpcId, clusterName } = subject.flags;
  const vpc = { Name: 'vpc-id', Values: [vpcId] };
  const tagged = await ec2.DescribeSubnets({ Filters: [vpc, { Name: roleTag(scheme), Values: ['', '1'] }] });
  if (tagged.Subnets.length > 0) return chooseSubnets(tagged.Subnets, clusterName, ipAddressType);
  const { Subnets } = await ec2.DescribeSubnets({ Filters: [vpc] });
  const { RouteTables } = await ec2.DescribeRouteTables({ Filters: [vpc] });
  return chooseSubnets(reachableSubnets(Subnets, RouteTables, scheme), clusterName, ipAddressType);
};

/** The subnets in the order of the mappings; throws what the event shows. */
export const lookUpSubnets = async (lookup: Lookup, existing: ExistingLoadBalancer | undefined): Promise<SubnetInfo[]> => {
  const wanted = lookup.subject.annotations.get('aws-load-balancer-subnets') ?? [];
  if (wanted.length > 0) return checked(lookup, await byList(lookup, wanted));
  if (existing && existing.Scheme === lookup.scheme && existing.SubnetIds.length > 0) {
    const { Subnets } = await lookup.ec2.DescribeSubnets({ SubnetIds: existing.SubnetIds });
    return checked(lookup, Subnets);
  }
  return discover(lookup);
};

/** The IPv4 ranges of a VPC, asked anew. */
export const vpcCidrs = async (ec2: Ec2Api, vpcId: string): Promise<string[]> => {
  const { Vpcs } = await ec2.DescribeVpcs({ VpcIds: [vpcId] });
  return (Vpcs[0]?.CidrBlockAssociationSet ?? []).filter(({ CidrBlockState }) => CidrBlockState.State === 'associated').map(({ CidrBlock }) => CidrBlock);
};
