// How traffic leaves the pretended VPC as EC2 describes it: route tables, the internet gateway, the NAT gateway. Views only.
import ipaddr from 'ipaddr.js';
import { AwsFault } from '../../wire/fault.js';
import type { Filter, RouteTable, Tag } from './client.js';
import { derivedId, hasVpc, tagsOf, type Ec2Context } from './context.js';
import { byIds, filtered, notFound } from './filters.js';

type Routes = RouteTable & { OwnerId: string; Tags: Tag[] };
export type InternetGateway = { InternetGatewayId: string; Attachments: { VpcId: string; State: 'available' }[]; OwnerId: string; Tags: Tag[] };
export type NatGateway = {
  NatGatewayId: string;
  SubnetId: string;
  VpcId: string;
  State: 'available';
  ConnectivityType: 'public';
  NatGatewayAddresses: { PublicIp: string; PrivateIp: string; IsPrimary: boolean }[];
  Tags: Tag[];
};

const internetGatewayId = ({ vpc }: Ec2Context): string => derivedId('igw', vpc.VpcId);
const natGatewayId = ({ vpc }: Ec2Context): string => derivedId('nat', vpc.VpcId);

const routeTable = (context: Ec2Context, name: string, associations: RouteTable['Associations'], way: { GatewayId?: string; NatGatewayId?: string } | undefined): Routes => {
  const { vpc, partition, clusterName } = context;
  const id = derivedId('rtb', vpc.VpcId, name);
  return {
    RouteTableId: id,
    VpcId: vpc.VpcId,
    Associations: associations.map((one) => ({ ...one, RouteTableId: id, RouteTableAssociationId: derivedId('rtbassoc', id, one.SubnetId ?? '') })),
    Routes: [
      { DestinationCidrBlock: vpc.CidrBlock, GatewayId: 'local' },
      ...(way ? [{ DestinationCidrBlock: '0.0.0.0/0', ...way }] : []),
    ].map((route) => ({ ...route, State: 'active', Origin: route.GatewayId === 'local' ? 'CreateRouteTable' : 'CreateRoute' })),
    OwnerId: partition.account,
    Tags: tagsOf(partition.read, id, { Name: `${clusterName}-${name}` }),
  };
};

// The controller takes a subnet for public when its route table has a route to an internet gateway.
const routeTables = (context: Ec2Context): Routes[] => {
  if (!hasVpc(context.vpc)) return [];
  const of = (isPublic: boolean) =>
    context.vpc.subnets.filter((subnet) => subnet.public === isPublic).map(({ SubnetId }) => ({ Main: false, SubnetId }));
  return [
    routeTable(context, 'main', [{ Main: true }], undefined),
    routeTable(context, 'public', of(true), { GatewayId: internetGatewayId(context) }),
    routeTable(context, 'private', of(false), { NatGatewayId: natGatewayId(context) }),
  ];
};

/** One main table, one for the public and one for the private subnets. */
export const describeRouteTables = (context: Ec2Context, input: { RouteTableIds?: string[]; Filters?: Filter[] }): { RouteTables: Routes[] } => ({
  RouteTables: filtered(byIds(routeTables(context), input.RouteTableIds, (table) => table.RouteTableId, notFound('RouteTableID', 'routeTable ID')), input.Filters, {
    'vpc-id': (table) => [table.VpcId],
    'route-table-id': (table) => [table.RouteTableId],
    'association.subnet-id': (table) => table.Associations.map((one) => one.SubnetId),
    'association.main': (table) => table.Associations.map((one) => String(one.Main)),
    'route.gateway-id': (table) => table.Routes.map((route) => route.GatewayId),
    'route.nat-gateway-id': (table) => table.Routes.map((route) => route.NatGatewayId),
    'owner-id': (table) => [table.OwnerId],
  }),
});

/** The gateway that makes the public subnets public. */
export const describeInternetGateways = (context: Ec2Context, input: { InternetGatewayIds?: string[]; Filters?: Filter[] }): { InternetGateways: InternetGateway[] } => {
  const { vpc, partition, clusterName } = context;
  const id = internetGatewayId(context);
  const view: InternetGateway = {
    InternetGatewayId: id, OwnerId: partition.account, Attachments: [{ VpcId: vpc.VpcId, State: 'available' }],
    Tags: tagsOf(partition.read, id, { Name: `${clusterName}-igw` }),
  };
  return {
    InternetGateways: filtered(byIds(hasVpc(vpc) ? [view] : [], input.InternetGatewayIds, (one) => one.InternetGatewayId, notFound('InternetGatewayID', 'internetGateway ID')), input.Filters, {
      'attachment.vpc-id': (one) => one.Attachments.map((attachment) => attachment.VpcId),
      'attachment.state': (one) => one.Attachments.map((attachment) => attachment.State),
      'internet-gateway-id': (one) => [one.InternetGatewayId],
      'owner-id': (one) => [one.OwnerId],
    }),
  };
};

/** The gateway that private subnets go out through. Its filters are called `Filter`, as in EC2. */
export const describeNatGateways = (context: Ec2Context, input: { NatGatewayIds?: string[]; Filter?: Filter[] }): { NatGateways: NatGateway[] } => {
  const { vpc, partition, clusterName } = context;
  const home = vpc.subnets.find((subnet) => subnet.public);
  const id = natGatewayId(context);
  const all: NatGateway[] = !home ? [] : [{
    NatGatewayId: id, SubnetId: home.SubnetId, VpcId: vpc.VpcId, State: 'available', ConnectivityType: 'public',
    // Traffic of this machine reaches load balancers from loopback, so that is the address to allow.
    NatGatewayAddresses: [{ PublicIp: '127.0.0.1', PrivateIp: ipaddr.IPv4.networkAddressFromCIDR(home.CidrBlock).toString().replace(/\d+$/, '4'), IsPrimary: true }],
    Tags: tagsOf(partition.read, id, { Name: `${clusterName}-nat` }),
  }];
  return {
    NatGateways: filtered(byIds(all, input.NatGatewayIds, (one) => one.NatGatewayId, (one) => new AwsFault('NatGatewayNotFound', `The Nat Gateway ${one} was not found`)), input.Filter, {
      'vpc-id': (one) => [one.VpcId],
      'subnet-id': (one) => [one.SubnetId],
      'nat-gateway-id': (one) => [one.NatGatewayId],
      state: (one) => [one.State],
    }),
  };
};
