// The table of EC2 operations: name -> what goes in, what comes out, who answers. What is not in it is not modelled.
import { describeAccountAttributes, describeNetworkAcls, getSecurityGroupsForVpc } from './acls.js';
import { allocateAddress, describeAddresses, describeAddressesAttribute, releaseAddress } from './addresses.js';
import type { Ec2Api } from './client.js';
import type { Ec2Context } from './context.js';
import { describeSecurityGroups } from './groupviews.js';
import { describeInstances } from './instances.js';
import { describeNetworkInterfaces } from './interfaces.js';
import { describeAvailabilityZones, describeSubnets, describeVpcAttribute, describeVpcs } from './network.js';
import { describeInternetGateways, describeNatGateways, describeRouteTables } from './routes.js';
import { describeSecurityGroupRules } from './rules.js';
import {
  authorizeSecurityGroupEgress, authorizeSecurityGroupIngress, createSecurityGroup, deleteSecurityGroup, revokeSecurityGroupEgress, revokeSecurityGroupIngress,
} from './securitygroups.js';
import { boolean, listOf, number, structure, text, type Shape, type StructureShape } from './shape.js';
import * as shapes from './shapes.js';
import { createTags, deleteTags, describeTags } from './tags.js';

export type Operation<I = never> = {
  input: StructureShape;
  output: StructureShape;
  /** The list that MaxResults and NextToken page through. */
  pages?: string;
  run(context: Ec2Context, input: I): object | Promise<object>;
};

type Members = Record<string, [string, Shape]>;

const input = (members: Members, required: string[] = []): StructureShape =>
  structure({ ...members, DryRun: ['DryRun', boolean], MaxResults: ['MaxResults', number], NextToken: ['NextToken', text] }, required);

const output = (members: Members): StructureShape => structure({ RequestId: ['requestId', text], ...members, NextToken: ['nextToken', text] });

/** `DescribeX`: ids and filters in, one list out. */
const describe = <I>(list: string, wire: string, shape: Shape, members: Members, run: Operation<I>['run']): Operation<I> => ({
  input: input({ Filters: ['Filter', shapes.filters], ...members }),
  output: output({ [list]: [wire, listOf(shape)] }),
  pages: list,
  run,
});

/** A list that is always empty here: nothing of the kind is modelled, and tools ask for it all the same. */
const empty = (list: string, wire: string): Operation => describe(list, wire, shapes.nothing, {}, () => ({ [list]: [] }));

const done = output({ Return: ['return', boolean] });
const changedRules = output({ Return: ['return', boolean], SecurityGroupRules: ['securityGroupRuleSet', listOf(shapes.securityGroupRule)] });
const rules = { GroupId: ['GroupId', text], IpPermissions: ['IpPermissions', shapes.permissions] } satisfies Members;
const authorization = input({ ...rules, TagSpecifications: ['TagSpecification', shapes.tagSpecifications] }, ['GroupId', 'IpPermissions']);
const revocation = input({ ...rules, SecurityGroupRuleIds: ['SecurityGroupRuleId', shapes.texts] }, ['GroupId']);

type Input<K extends keyof Ec2Api> = Parameters<Ec2Api[K]>[0];
type Table = { [K in keyof Ec2Api]: Operation<Input<K>> } & Record<
  | 'AllocateAddress' | 'AuthorizeSecurityGroupEgress' | 'DescribeAccountAttributes' | 'DescribeAddresses' | 'DescribeAddressesAttribute' | 'DescribeCoipPools' | 'DescribeIpamPools' | 'DescribeNetworkAcls' | 'DescribeVpcPeeringConnections'
  | 'GetSecurityGroupsForVpc' | 'ReleaseAddress' | 'RevokeSecurityGroupEgress' |
  'DescribeInternetGateways' | 'DescribeNatGateways' | 'DescribeNetworkInterfaces' | 'DescribeSecurityGroupRules' | 'DescribeTags' | 'DescribeVpcAttribute', Operation
>;

export const operations: Table = {
  DescribeSubnets: describe('Subnets', 'subnetSet', shapes.subnet, { SubnetIds: ['SubnetId', shapes.texts] }, describeSubnets),
  DescribeVpcs: describe('Vpcs', 'vpcSet', shapes.vpc, { VpcIds: ['VpcId', shapes.texts] }, describeVpcs),
  DescribeAvailabilityZones: describe('AvailabilityZones', 'availabilityZoneInfo', shapes.availabilityZone, {
    ZoneNames: ['ZoneName', shapes.texts], ZoneIds: ['ZoneId', shapes.texts], AllAvailabilityZones: ['AllAvailabilityZones', boolean],
  }, describeAvailabilityZones),
  DescribeRouteTables: describe('RouteTables', 'routeTableSet', shapes.routeTable, { RouteTableIds: ['RouteTableId', shapes.texts] }, describeRouteTables),
  DescribeInternetGateways: describe('InternetGateways', 'internetGatewaySet', shapes.internetGateway, { InternetGatewayIds: ['InternetGatewayId', shapes.texts] }, describeInternetGateways),
  DescribeNatGateways: describe('NatGateways', 'natGatewaySet', shapes.natGateway, { NatGatewayIds: ['NatGatewayId', shapes.texts] },
    (context, { Filters, ...rest }: { Filters?: Input<'DescribeVpcs'>['Filters'] }) => describeNatGateways(context, { ...rest, ...(Filters ? { Filter: Filters } : {}) })),
  DescribeInstances: describe('Reservations', 'reservationSet', shapes.reservation, { InstanceIds: ['InstanceId', shapes.texts] }, describeInstances),
  DescribeNetworkInterfaces: describe('NetworkInterfaces', 'networkInterfaceSet', shapes.networkInterface, { NetworkInterfaceIds: ['NetworkInterfaceId', shapes.texts] }, describeNetworkInterfaces),
  DescribeSecurityGroups: describe('SecurityGroups', 'securityGroupInfo', shapes.securityGroup, {
    GroupIds: ['GroupId', shapes.texts], GroupNames: ['GroupName', shapes.texts],
  }, describeSecurityGroups),
  DescribeSecurityGroupRules: describe('SecurityGroupRules', 'securityGroupRuleSet', shapes.securityGroupRule, { SecurityGroupRuleIds: ['SecurityGroupRuleId', shapes.texts] }, describeSecurityGroupRules),
  DescribeVpcAttribute: {
    input: input({ VpcId: ['VpcId', text], Attribute: ['Attribute', text] }, ['VpcId', 'Attribute']),
    output: output({ VpcId: ['vpcId', text], ...shapes.vpcAttribute }),
    run: describeVpcAttribute,
  },
  AllocateAddress: {
    input: input({ Domain: ['Domain', text], NetworkBorderGroup: ['NetworkBorderGroup', text], TagSpecifications: ['TagSpecification', shapes.tagSpecifications] }),
    output: output(shapes.allocation),
    run: allocateAddress,
  },
  DescribeAddresses: describe('Addresses', 'addressesSet', shapes.address, { AllocationIds: ['AllocationId', shapes.texts], PublicIps: ['PublicIp', shapes.texts] }, describeAddresses),
  DescribeAddressesAttribute: describe('Addresses', 'addressSet', shapes.nothing, {
    AllocationIds: ['AllocationId', shapes.texts], Attribute: ['Attribute', text],
  }, describeAddressesAttribute),
  ReleaseAddress: { input: input({ AllocationId: ['AllocationId', text], NetworkBorderGroup: ['NetworkBorderGroup', text] }, ['AllocationId']), output: done, run: releaseAddress },
  DescribeNetworkAcls: describe('NetworkAcls', 'networkAclSet', shapes.networkAcl, { NetworkAclIds: ['NetworkAclId', shapes.texts] }, describeNetworkAcls),
  GetSecurityGroupsForVpc: {
    input: input({ VpcId: ['VpcId', text], Filters: ['Filter', shapes.filters] }, ['VpcId']),
    output: output({ SecurityGroupForVpcs: ['securityGroupForVpcSet', listOf(shapes.groupForVpc)] }),
    pages: 'SecurityGroupForVpcs',
    run: getSecurityGroupsForVpc,
  },
  DescribeAccountAttributes: {
    input: input({ AttributeNames: ['AttributeName', shapes.texts] }),
    output: output({ AccountAttributes: ['accountAttributeSet', listOf(shapes.accountAttribute)] }),
    run: describeAccountAttributes,
  },
  DescribeVpcPeeringConnections: empty('VpcPeeringConnections', 'vpcPeeringConnectionSet'),
  DescribeCoipPools: empty('CoipPools', 'coipPoolSet'),
  DescribeIpamPools: empty('IpamPools', 'ipamPoolSet'),
  DescribeTags: describe('Tags', 'tagSet', shapes.tagDescription, {}, describeTags),
  CreateSecurityGroup: {
    input: input({
      GroupName: ['GroupName', text], Description: ['GroupDescription', text], VpcId: ['VpcId', text], TagSpecifications: ['TagSpecification', shapes.tagSpecifications],
    }, ['GroupName', 'Description', 'VpcId']),
    output: output({ GroupId: ['groupId', text], Tags: ['tagSet', shapes.tags] }),
    run: createSecurityGroup,
  },
  DeleteSecurityGroup: { input: input({ GroupId: ['GroupId', text] }, ['GroupId']), output: output({ Return: ['return', boolean], GroupId: ['groupId', text] }), run: deleteSecurityGroup },
  AuthorizeSecurityGroupIngress: { input: authorization, output: changedRules, run: authorizeSecurityGroupIngress },
  AuthorizeSecurityGroupEgress: { input: authorization, output: changedRules, run: authorizeSecurityGroupEgress },
  RevokeSecurityGroupIngress: { input: revocation, output: done, run: revokeSecurityGroupIngress },
  RevokeSecurityGroupEgress: { input: revocation, output: done, run: revokeSecurityGroupEgress },
  CreateTags: { input: input({ Resources: ['ResourceId', shapes.texts], Tags: ['Tag', shapes.tags] }, ['Resources', 'Tags']), output: done, run: createTags },
  DeleteTags: { input: input({ Resources: ['ResourceId', shapes.texts], Tags: ['Tag', shapes.tags] }, ['Resources']), output: done, run: deleteTags },
};
