// Security group rules one by one, each with an id of its own, as DescribeSecurityGroupRules and the answer to Authorize show them.
import type { SecurityGroupRecord } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import type { Filter, IpPermission, Tag } from './client.js';
import { derivedId, type Ec2Context } from './context.js';
import { byIds, filtered } from './filters.js';
import { allGroups } from './groupviews.js';
import { egress, rulesOf, type Rule } from './permissions.js';

export type SecurityGroupRule = {
  SecurityGroupRuleId: string;
  GroupId: string;
  GroupOwnerId: string;
  IsEgress: boolean;
  IpProtocol: string;
  FromPort: number;
  ToPort: number;
  CidrIpv4?: string;
  CidrIpv6?: string;
  PrefixListId?: string;
  ReferencedGroupInfo?: { GroupId: string; UserId: string };
  Description?: string;
  Tags: Tag[];
};

const peerOf = ({ kind, peer }: Rule, account: string) => ({
  CidrIp: { CidrIpv4: peer },
  CidrIpv6: { CidrIpv6: peer },
  PrefixListId: { PrefixListId: peer },
  GroupId: { ReferencedGroupInfo: { GroupId: peer, UserId: account } },
})[kind];

/** `permissions` of a group as single rules; the same rule has the same id in every answer. */
export const groupRules = (account: string, GroupId: string, permissions: readonly IpPermission[], IsEgress = false): SecurityGroupRule[] =>
  rulesOf(permissions).map((rule) => ({
    SecurityGroupRuleId: derivedId('sgr', GroupId, String(IsEgress), rule.IpProtocol, String(rule.FromPort), String(rule.ToPort), rule.peer),
    GroupId,
    GroupOwnerId: account,
    IsEgress,
    IpProtocol: rule.IpProtocol,
    // Rules for all traffic show -1 here, though permissions leave the ports out.
    FromPort: rule.FromPort ?? -1,
    ToPort: rule.ToPort ?? -1,
    ...peerOf(rule, account),
    ...(rule.Description === undefined ? {} : { Description: rule.Description }),
    Tags: [],
  }));

const allRules = (account: string) => ({ GroupId, IpPermissions }: SecurityGroupRecord): SecurityGroupRule[] =>
  [...groupRules(account, GroupId, IpPermissions), ...groupRules(account, GroupId, egress, true)];

/** Rules by id and by group. */
export const describeSecurityGroupRules = (context: Ec2Context, input: { SecurityGroupRuleIds?: string[]; Filters?: Filter[] }): { SecurityGroupRules: SecurityGroupRule[] } => {
  const all = allGroups(context).flatMap(allRules(context.partition.account));
  const absent = (id: string) => new AwsFault('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`);
  return {
    SecurityGroupRules: filtered(byIds(all, input.SecurityGroupRuleIds, (rule) => rule.SecurityGroupRuleId, absent), input.Filters, {
      'group-id': (rule) => [rule.GroupId],
      'security-group-rule-id': (rule) => [rule.SecurityGroupRuleId],
    }),
  };
};
