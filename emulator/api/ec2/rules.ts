// Security group rules one by one, each with an id of its own, as DescribeSecurityGroupRules and the answer to Authorize show them.
import type { Partition, SecurityGroupRecord } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import type { Filter, IpPermission, Tag } from './client.js';
import { derivedId, tagsOf, type Ec2Context } from './context.js';
import { byIds, filtered } from './filters.js';
import { allGroups } from './groupviews.js';
import { permissionOf, permissionsIn, rulesOf, type Direction, type Rule } from './permissions.js';

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

const idOf = (GroupId: string, direction: Direction, { IpProtocol, FromPort, ToPort, peer }: Rule): string =>
  derivedId('sgr', GroupId, String(direction === 'IpPermissionsEgress'), IpProtocol, String(FromPort), String(ToPort), peer);

/** `permissions` of a group as single rules; the same rule has the same id in every answer. */
export const groupRules = ({ account, read }: Pick<Partition, 'account' | 'read'>, GroupId: string, direction: Direction, permissions: readonly IpPermission[]): SecurityGroupRule[] =>
  rulesOf(permissions).map((rule) => ({
    SecurityGroupRuleId: idOf(GroupId, direction, rule),
    GroupId,
    GroupOwnerId: account,
    IsEgress: direction === 'IpPermissionsEgress',
    IpProtocol: rule.IpProtocol,
    // Rules for all traffic show -1 here, though permissions leave the ports out.
    FromPort: rule.FromPort ?? -1,
    ToPort: rule.ToPort ?? -1,
    ...peerOf(rule, account),
    ...(rule.Description === undefined ? {} : { Description: rule.Description }),
    Tags: tagsOf(read, idOf(GroupId, direction, rule), {}),
  }));

const directions: readonly Direction[] = ['IpPermissions', 'IpPermissionsEgress'];

const allRules = (partition: Partition) => (group: SecurityGroupRecord): SecurityGroupRule[] =>
  directions.flatMap((direction) => groupRules(partition, group.GroupId, direction, permissionsIn(group, direction)));

const ruleNotFound = (id: string): AwsFault => new AwsFault('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`);

/** The rules of a group that a request names by their ids. */
export const rulesById = (group: SecurityGroupRecord, direction: Direction, ids: readonly string[]): IpPermission[] => {
  const known = new Map(rulesOf(permissionsIn(group, direction)).map((rule) => [idOf(group.GroupId, direction, rule), rule]));
  return ids.map((id) => {
    const rule = known.get(id);
    if (!rule) throw ruleNotFound(id);
    return permissionOf([rule]);
  });
};

/** Rules by id and by group. */
export const describeSecurityGroupRules = (context: Ec2Context, input: { SecurityGroupRuleIds?: string[]; Filters?: Filter[] }): { SecurityGroupRules: SecurityGroupRule[] } => {
  const all = allGroups(context).flatMap(allRules(context.partition));
  return {
    SecurityGroupRules: filtered(byIds(all, input.SecurityGroupRuleIds, (rule) => rule.SecurityGroupRuleId, ruleNotFound), input.Filters, {
      'group-id': (rule) => [rule.GroupId],
      'security-group-rule-id': (rule) => [rule.SecurityGroupRuleId],
    }),
  };
};
