// The pretended VPC as EC2 describes it: subnets, zones and the VPC itself. Views of the address plan; nothing is stored but tags.
import ipaddr from 'ipaddr.js';
import type { Subnet } from '../../state/vpc.js';
import { AwsFault } from '../../wire/fault.js';
import type { Ec2Api, Filter, SubnetInfo, Vpc } from './client.js';
import { derivedId, hasVpc, tagsOf, type Ec2Context } from './context.js';
import { byIds, filtered, notFound } from './filters.js';

type Input<K extends keyof Ec2Api> = Parameters<Ec2Api[K]>[0];

const sizeOf = (cidr: string): number => 2 ** (32 - ipaddr.IPv4.parseCIDR(cidr)[1]);

// eksctl and the EKS VPC templates tag subnets so that controllers find them.
const subnetTags = (subnet: Subnet, clusterName: string) => ({
  Name: `${clusterName}-${subnet.public ? 'public' : 'private'}-${subnet.AvailabilityZone}`,
  [subnet.public ? 'kubernetes.io/role/elb' : 'kubernetes.io/role/internal-elb']: '1',
});

const ipv6Association = (prefix: string, of: string, Ipv6CidrBlock: string) =>
  ({ AssociationId: derivedId(prefix, of, 'ipv6'), Ipv6CidrBlock, Ipv6CidrBlockState: { State: 'associated' } });

const subnetInfo = ({ vpc, partition, clusterName }: Ec2Context) => (subnet: Subnet): SubnetInfo & { DefaultForAz: boolean } => ({
  SubnetId: subnet.SubnetId,
  VpcId: vpc.VpcId,
  AvailabilityZone: subnet.AvailabilityZone,
  AvailabilityZoneId: subnet.AvailabilityZoneId,
  CidrBlock: subnet.CidrBlock,
  // AWS keeps five addresses of each subnet.
  AvailableIpAddressCount: sizeOf(subnet.CidrBlock) - 5,
  MapPublicIpOnLaunch: subnet.public,
  DefaultForAz: false,
  Ipv6CidrBlockAssociationSet: [ipv6Association('subnet-cidr-assoc', subnet.SubnetId, subnet.Ipv6CidrBlock)],
  State: 'available',
  OwnerId: partition.account,
  SubnetArn: `arn:aws:ec2:${partition.region}:${partition.account}:subnet/${subnet.SubnetId}`,
  Tags: tagsOf(partition.read, subnet.SubnetId, subnetTags(subnet, clusterName)),
});

/** Subnets of the VPC; the internet-facing ones carry the role tag that controllers look for. */
export const describeSubnets = (context: Ec2Context, { SubnetIds, Filters }: Input<'DescribeSubnets'>): { Subnets: SubnetInfo[] } => {
  const all = context.vpc.subnets.map(subnetInfo(context));
  const asked = byIds(all, SubnetIds, (subnet) => subnet.SubnetId, notFound('SubnetID', 'subnet ID'));
  return {
    Subnets: filtered(asked, Filters, {
      'vpc-id': (subnet) => [subnet.VpcId],
      'subnet-id': (subnet) => [subnet.SubnetId],
      'availability-zone': (subnet) => [subnet.AvailabilityZone],
      'availability-zone-id': (subnet) => [subnet.AvailabilityZoneId],
      'cidr-block': (subnet) => [subnet.CidrBlock],
      'ipv6-cidr-block-association.ipv6-cidr-block': (subnet) => (subnet.Ipv6CidrBlockAssociationSet ?? []).map((one) => one.Ipv6CidrBlock),
      'default-for-az': () => ['false'],
      'map-public-ip-on-launch': (subnet) => [String(subnet.MapPublicIpOnLaunch)],
      'owner-id': (subnet) => [subnet.OwnerId],
      state: (subnet) => [subnet.State],
    }),
  };
};

/** The one VPC of the region. */
export const describeVpcs = ({ vpc, partition, clusterName }: Ec2Context, { VpcIds, Filters }: Input<'DescribeVpcs'>): { Vpcs: Vpc[] } => {
  const view: Vpc & { DhcpOptionsId: string; InstanceTenancy: string; Ipv6CidrBlockAssociationSet: object[] } = {
    VpcId: vpc.VpcId,
    CidrBlock: vpc.CidrBlock,
    CidrBlockAssociationSet: [{ AssociationId: derivedId('vpc-cidr-assoc', vpc.VpcId), CidrBlock: vpc.CidrBlock, CidrBlockState: { State: 'associated' } }],
    Ipv6CidrBlockAssociationSet: [ipv6Association('vpc-cidr-assoc', vpc.VpcId, vpc.Ipv6CidrBlock)],
    State: 'available',
    IsDefault: false,
    DhcpOptionsId: derivedId('dopt', vpc.VpcId),
    InstanceTenancy: 'default',
    OwnerId: partition.account,
    Tags: tagsOf(partition.read, vpc.VpcId, { Name: `${clusterName}-vpc` }),
  };
  const asked = byIds(hasVpc(vpc) ? [view] : [], VpcIds, (one) => one.VpcId, notFound('VpcID', 'vpc ID'));
  return {
    Vpcs: filtered(asked, Filters, {
      'vpc-id': (one) => [one.VpcId],
      cidr: (one) => [one.CidrBlock],
      'cidr-block-association.cidr-block': (one) => [one.CidrBlock],
      'is-default': (one) => [String(one.IsDefault)],
      isDefault: (one) => [String(one.IsDefault)],
      'owner-id': (one) => [one.OwnerId],
      state: (one) => [one.State],
    }),
  };
};

/** The zones that have a subnet. */
export const describeAvailabilityZones = ({ vpc, partition }: Ec2Context, input: Input<'DescribeAvailabilityZones'> & { Filters?: Filter[] }) => {
  const ids = new Map(vpc.subnets.map((subnet) => [subnet.AvailabilityZone, subnet.AvailabilityZoneId]));
  const all = [...ids].sort().map(([ZoneName, ZoneId]) => ({
    ZoneName, ZoneId, ZoneType: 'availability-zone', RegionName: partition.region, State: 'available',
    GroupName: `${partition.region}-zg-1`, NetworkBorderGroup: partition.region, OptInStatus: 'opt-in-not-required',
  }));
  const absent = (zone: string) => new AwsFault('InvalidParameterValue', `Invalid availability zone: [${zone}]`);
  const named = byIds(all, input.ZoneNames, (zone) => zone.ZoneName, absent);
  const asked = byIds(named, input.ZoneIds, (zone) => zone.ZoneId, absent);
  return {
    AvailabilityZones: filtered(asked, input.Filters, {
      'zone-name': (zone) => [zone.ZoneName],
      'zone-id': (zone) => [zone.ZoneId],
      'zone-type': (zone) => [zone.ZoneType],
      'region-name': (zone) => [zone.RegionName],
      'group-name': (zone) => [zone.GroupName],
      'opt-in-status': (zone) => [zone.OptInStatus],
      state: (zone) => [zone.State],
    }),
  };
};

const vpcAttributes: Record<string, object> = {
  enableDnsSupport: { EnableDnsSupport: { Value: true } },
  enableDnsHostnames: { EnableDnsHostnames: { Value: true } },
  enableNetworkAddressUsageMetrics: { EnableNetworkAddressUsageMetrics: { Value: false } },
};

/** One attribute of the VPC; EKS needs both DNS ones on. */
export const describeVpcAttribute = ({ vpc }: Ec2Context, { VpcId, Attribute }: { VpcId: string; Attribute: string }): object => {
  if (VpcId !== vpc.VpcId) throw notFound('VpcID', 'vpc ID')(VpcId);
  const attribute = Object.hasOwn(vpcAttributes, Attribute) ? vpcAttributes[Attribute] : undefined;
  if (!attribute) throw new AwsFault('InvalidParameterValue', `Value (${Attribute}) for parameter attribute is invalid. Unknown attribute.`);
  return { VpcId, ...attribute };
};
