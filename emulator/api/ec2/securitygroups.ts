// Changes to security groups: create, delete, and their rules, with EC2's own refusals.
import type { SecurityGroupRecord, Transaction } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import type { Ec2Api, IpPermission, Tag } from './client.js';
import { tagList, type Ec2Context } from './context.js';
import { notFound } from './filters.js';
import { allGroups, defaultGroup, groupById, groupNotFound, nodeGroup } from './groupviews.js';
import { authorized, permissionsIn, revoked, rulesOf, type Direction } from './permissions.js';
import { groupRules, rulesById, type SecurityGroupRule } from './rules.js';
import { bornTags } from './tagrules.js';

type Input<K extends keyof Ec2Api> = Parameters<Ec2Api[K]>[0];
type Authorization = Input<'AuthorizeSecurityGroupIngress'> & { TagSpecifications?: { ResourceType: string; Tags: Tag[] }[] };
/** What to take away, each rule as it is or by its id. */
type Revocation = { GroupId: string; IpPermissions?: IpPermission[]; SecurityGroupRuleIds?: string[] };

/** The same context, reading what the running change has already written. */
const inside = (context: Ec2Context, tx: Transaction): Ec2Context => ({ ...context, partition: { ...context.partition, read: tx } });

const checkText = (value: string, parameter: string): void => {
  if (value !== '' && value.length <= 255 && /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]+$/.test(value)) return;
  throw new AwsFault('InvalidParameterValue', `Value (${value}) for parameter ${parameter} is invalid. Character sets beyond ASCII are not supported.`);
};

/** A group without inbound rules. */
export const createSecurityGroup = async (context: Ec2Context, input: Input<'CreateSecurityGroup'>): Promise<{ GroupId: string; Tags: Tag[] }> => {
  const { GroupName, Description, VpcId } = input;
  checkText(GroupName, 'GroupName');
  checkText(Description, 'GroupDescription');
  if (GroupName.startsWith('sg-')) throw new AwsFault('InvalidParameterValue', 'Group names may not be in the format sg-*');
  if (VpcId !== context.vpc.VpcId) throw notFound('VpcID', 'vpc ID')(VpcId);
  const tags = bornTags('security-group', input.TagSpecifications);
  return context.partition.update((tx) => {
    if (allGroups(inside(context, tx)).some((group) => group.GroupName === GroupName))
      throw new AwsFault('InvalidGroup.Duplicate', `The security group '${GroupName}' already exists for VPC '${VpcId}'`);
    const GroupId = `sg-${context.newId()}`;
    tx.put('securityGroups', GroupId, { GroupId, GroupName, Description, VpcId, IpPermissions: [], tags });
    return { GroupId, Tags: tagList(tags) };
  });
};

const refersTo = (group: SecurityGroupRecord, id: string): boolean =>
  group.GroupId !== id
  && [...group.IpPermissions, ...permissionsIn(group, 'IpPermissionsEgress')].some((permission) => permission.UserIdGroupPairs?.some((pair) => pair.GroupId === id));

const inUse = (context: Ec2Context, id: string): boolean =>
  id === nodeGroup(context).GroupId ||
  [...context.partition.read.list('loadBalancers')].some((balancer) => balancer.SecurityGroups?.includes(id)) ||
  allGroups(context).some((group) => refersTo(group, id));

/** Refused while a load balancer wears the group or a rule of another group names it. */
export const deleteSecurityGroup = (context: Ec2Context, { GroupId }: Input<'DeleteSecurityGroup'>): Promise<{ Return: boolean; GroupId: string }> =>
  context.partition.update((tx) => {
    const now = inside(context, tx);
    groupById(now, GroupId);
    if (GroupId === defaultGroup(now).GroupId)
      throw new AwsFault('CannotDelete', `the specified group: "${GroupId}" name: "default" cannot be deleted by a user`);
    if (inUse(now, GroupId)) throw new AwsFault('DependencyViolation', `resource ${GroupId} has a dependent object`);
    tx.delete('securityGroups', GroupId);
    return { Return: true, GroupId };
  });

const checkPeers = (context: Ec2Context, permissions: readonly IpPermission[]): void => {
  const ids = new Set(allGroups(context).map((group) => group.GroupId));
  for (const rule of rulesOf(permissions)) if (rule.kind === 'GroupId' && !ids.has(rule.peer)) throw groupNotFound(rule.peer);
};

type Changed = { Return: boolean; SecurityGroupRules: SecurityGroupRule[] };
type Change = {
  direction: Direction;
  asked(group: SecurityGroupRecord): readonly IpPermission[];
  change: typeof authorized;
  /** What becomes of the tags of each rule. */
  retag(tx: Transaction, id: string): void;
};

const noRules = (): AwsFault => new AwsFault('MissingParameter', 'The request must contain the parameter IpPermissions with at least one range, group or prefix list');

const changeRules = (context: Ec2Context, GroupId: string, { direction, asked, change, retag }: Change): Promise<Changed> =>
  context.partition.update((tx) => {
    const now = inside(context, tx);
    const group = groupById(now, GroupId);
    const permissions = asked(group);
    if (rulesOf(permissions).length === 0) throw noRules();
    checkPeers(now, permissions);
    tx.put('securityGroups', GroupId, { ...group, [direction]: change(permissionsIn(group, direction), permissions) });
    for (const { SecurityGroupRuleId } of groupRules(now.partition, GroupId, direction, permissions)) retag(tx, SecurityGroupRuleId);
    return { Return: true, SecurityGroupRules: groupRules(now.partition, GroupId, direction, permissions) };
  });

const authorizing = (direction: Direction) => async (context: Ec2Context, { GroupId, IpPermissions, TagSpecifications }: Authorization): Promise<Changed> => {
  const tags = bornTags('security-group-rule', TagSpecifications);
  const retag: Change['retag'] = (tx, id) => {
    if (Object.keys(tags).length > 0) tx.put('ec2Tags', id, { tags });
  };
  return changeRules(context, GroupId, { direction, asked: () => IpPermissions, change: authorized, retag });
};

const revoking = (direction: Direction) => async (context: Ec2Context, { GroupId, IpPermissions = [], SecurityGroupRuleIds = [] }: Revocation): Promise<Changed> =>
  changeRules(context, GroupId, {
    direction, asked: (group) => [...IpPermissions, ...rulesById(group, direction, SecurityGroupRuleIds)], change: revoked, retag: (tx, id) => tx.delete('ec2Tags', id),
  });

/** Adds inbound rules; a rule that is there already refuses the whole call. */
export const authorizeSecurityGroupIngress = authorizing('IpPermissions');
/** Adds outbound rules, which are kept and described, and hold nothing back here. */
export const authorizeSecurityGroupEgress = authorizing('IpPermissionsEgress');
/** Takes inbound rules away; a rule that is not there refuses the whole call. */
export const revokeSecurityGroupIngress = revoking('IpPermissions');
/** Takes outbound rules away, the one that every group is born with too. */
export const revokeSecurityGroupEgress = revoking('IpPermissionsEgress');
