// What tools ask of a VPC besides: its default network ACL, its groups in short, and the account's attributes. Views only.
import { AwsFault } from '../../wire/fault.js';
import type { Filter } from './client.js';
import { derivedId, hasVpc, tagList, tagsOf, type Ec2Context } from './context.js';
import { byIds, filtered, notFound } from './filters.js';
import { allGroups } from './groupviews.js';

const entries = [true, false].flatMap((Egress) => [
  { CidrBlock: '0.0.0.0/0', Egress, Protocol: '-1', RuleAction: 'allow', RuleNumber: 100 },
  { CidrBlock: '0.0.0.0/0', Egress, Protocol: '-1', RuleAction: 'deny', RuleNumber: 32_767 },
]);

const defaultAcl = ({ vpc, partition }: Ec2Context) => {
  const id = derivedId('acl', vpc.VpcId);
  return {
    NetworkAclId: id,
    VpcId: vpc.VpcId,
    IsDefault: true,
    OwnerId: partition.account,
    Associations: vpc.subnets.map(({ SubnetId }) => ({ NetworkAclAssociationId: derivedId('aclassoc', SubnetId), NetworkAclId: id, SubnetId })),
    Entries: entries,
    Tags: tagsOf(partition.read, id, {}),
  };
};

/** The one that lets everything through. */
export const describeNetworkAcls = (context: Ec2Context, input: { NetworkAclIds?: string[]; Filters?: Filter[] }) => {
  const all = hasVpc(context.vpc) ? [defaultAcl(context)] : [];
  return {
    NetworkAcls: filtered(byIds(all, input.NetworkAclIds, (one) => one.NetworkAclId, notFound('NetworkAclID', 'networkAcl ID')), input.Filters, {
      'vpc-id': (one) => [one.VpcId],
      'network-acl-id': (one) => [one.NetworkAclId],
      default: (one) => [String(one.IsDefault)],
      'association.subnet-id': (one) => one.Associations.map(({ SubnetId }) => SubnetId),
      'owner-id': (one) => [one.OwnerId],
    }),
  };
};

/** The groups that can be put on something in a VPC. */
export const getSecurityGroupsForVpc = (context: Ec2Context, { VpcId, Filters }: { VpcId: string; Filters?: Filter[] }) => {
  if (VpcId !== context.vpc.VpcId) throw notFound('VpcID', 'vpc ID')(VpcId);
  const all = allGroups(context).map(({ GroupId, GroupName, Description, tags }) => ({
    GroupId, GroupName, Description, OwnerId: context.partition.account, PrimaryVpcId: VpcId, Tags: tagList(tags),
  }));
  return {
    SecurityGroupForVpcs: filtered(all, Filters, {
      'group-id': (one) => [one.GroupId],
      'group-name': (one) => [one.GroupName],
      description: (one) => [one.Description],
      'owner-id': (one) => [one.OwnerId],
      'primary-vpc-id': (one) => [one.PrimaryVpcId],
    }),
  };
};

const accountAttributes = ({ quota }: Ec2Context): Record<string, string> => ({
  'supported-platforms': 'VPC',
  'default-vpc': 'none',
  'max-instances': '20',
  'max-elastic-ips': String(quota('elastic-ips') ?? 5),
  'vpc-max-elastic-ips': String(quota('elastic-ips') ?? 5),
  'vpc-max-security-groups-per-interface': '5',
});

/** All attributes, or those named. */
export const describeAccountAttributes = (context: Ec2Context, { AttributeNames }: { AttributeNames?: string[] }) => {
  const all = Object.entries(accountAttributes(context)).map(([AttributeName, AttributeValue]) => ({ AttributeName, AttributeValues: [{ AttributeValue }] }));
  const absent = (name: string) => new AwsFault('InvalidParameterValue', `Value (${name}) for parameter attributeName is invalid.`);
  return { AccountAttributes: byIds(all, AttributeNames, (one) => one.AttributeName, absent) };
};
