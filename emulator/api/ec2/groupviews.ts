// Security groups as EC2 describes them: those that were created, and the two every EKS VPC has from the start.
import type { SecurityGroupRecord } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import type { Filter, IpPermission, SecurityGroup } from './client.js';
import { bornGroupIds, hasVpc, tagList, type Ec2Context } from './context.js';
import { byIds, filtered } from './filters.js';
import { permissionsIn } from './permissions.js';

const selfRule = (GroupId: string): IpPermission[] => [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }];

// A rule written to a group of the start makes it a stored record, which then stands in for the view.
const born = ({ vpc, partition }: Ec2Context, id: string, record: Omit<SecurityGroupRecord, 'GroupId' | 'VpcId' | 'IpPermissions'>): SecurityGroupRecord =>
  partition.read.get('securityGroups', id) ?? { ...record, GroupId: id, VpcId: vpc.VpcId, IpPermissions: selfRule(id) };

/** The group that EKS puts on every node; the controller finds it by its cluster tag. */
export const nodeGroup = (context: Ec2Context): SecurityGroupRecord => {
  const { vpc, clusterName } = context;
  const [, id] = bornGroupIds(vpc.VpcId, clusterName);
  const GroupName = `eks-cluster-sg-${clusterName}-${parseInt(id.slice(-8), 16)}`;
  return born(context, id, {
    GroupName,
    Description: 'EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.',
    tags: { Name: GroupName, 'aws:eks:cluster-name': clusterName, [`kubernetes.io/cluster/${clusterName}`]: 'owned' },
  });
};

/** The group called `default` that no VPC is without. */
export const defaultGroup = (context: Ec2Context): SecurityGroupRecord =>
  born(context, bornGroupIds(context.vpc.VpcId, context.clusterName)[0], { GroupName: 'default', Description: 'default VPC security group', tags: {} });

const startGroups = (context: Ec2Context): SecurityGroupRecord[] => (hasVpc(context.vpc) ? [defaultGroup(context), nodeGroup(context)] : []);

/** Every group of the VPC, the two of the start first. */
export const allGroups = (context: Ec2Context): SecurityGroupRecord[] => {
  const start = startGroups(context);
  const ids = new Set(start.map((group) => group.GroupId));
  return [...start, ...[...context.partition.read.list('securityGroups')].filter((group) => !ids.has(group.GroupId))];
};

export const groupNotFound = (id: string): AwsFault => new AwsFault('InvalidGroup.NotFound', `The security group '${id}' does not exist`);

/** The group with this id, or EC2's refusal. */
export const groupById = (context: Ec2Context, id: string): SecurityGroupRecord => {
  if (!/^sg-[0-9a-f]{8,17}$/.test(id)) throw new AwsFault('InvalidGroupId.Malformed', `Invalid id: "${id}" (expecting "sg-...")`);
  const group = found(context, id);
  if (!group) throw groupNotFound(id);
  return group;
};

const found = (context: Ec2Context, id: string): SecurityGroupRecord | undefined =>
  startGroups(context).find(({ GroupId }) => GroupId === id) ?? context.partition.read.get('securityGroups', id);

// Clients read all five lists of a rule without asking whether they are there.
const fullPermission = (account: string) => (permission: IpPermission): IpPermission => ({
  ...permission,
  UserIdGroupPairs: (permission.UserIdGroupPairs ?? []).map((pair) => ({ ...pair, UserId: account })),
  IpRanges: permission.IpRanges ?? [],
  Ipv6Ranges: permission.Ipv6Ranges ?? [],
  PrefixListIds: permission.PrefixListIds ?? [],
});

type FullGroup = SecurityGroup & { IpPermissionsEgress: IpPermission[] };

const named = ({ partition }: Ec2Context) => ({ tags, ...record }: SecurityGroupRecord): FullGroup =>
  ({ ...record, IpPermissionsEgress: permissionsIn(record, 'IpPermissionsEgress'), OwnerId: partition.account, Tags: tagList(tags) });

const full = ({ partition }: Ec2Context) => (group: FullGroup): FullGroup => ({
  ...group,
  IpPermissions: group.IpPermissions.map(fullPermission(partition.account)),
  IpPermissionsEgress: group.IpPermissionsEgress.map(fullPermission(partition.account)),
});

/** What filters by tags without wildcards leave: controllers ask so in each pass, and hardly any group is left to be looked at. */
const withTags = (records: readonly SecurityGroupRecord[], filters: readonly Filter[] = []): SecurityGroupRecord[] => {
  const plain = filters.filter(({ Name, Values = [] }) => Name.startsWith('tag:') && Values.every((value) => !/[*?]/.test(value)));
  return records.filter(({ tags }) => plain.every(({ Name, Values = [] }) => Values.includes(tags[Name.slice(4)] as string)));
};

/** Groups by id, by name and by filter; only those that are asked for are written out. */
export const describeSecurityGroups = (context: Ec2Context, input: { GroupIds?: string[]; GroupNames?: string[]; Filters?: Filter[] }): { SecurityGroups: SecurityGroup[] } => {
  const records = input.GroupIds?.length ? [...new Set(input.GroupIds)].flatMap((id) => found(context, id) ?? []) : allGroups(context);
  const narrow = input.GroupIds?.length || input.GroupNames?.length ? records : withTags(records, input.Filters);
  const all = narrow.map(named(context));
  const byId = byIds(all, input.GroupIds, (group) => group.GroupId, groupNotFound);
  const asked = byIds(byId, input.GroupNames, (group) => group.GroupName, groupNotFound);
  const permissions = <V>(read: (permission: IpPermission) => V[] | undefined) => (group: SecurityGroup): V[] => group.IpPermissions.flatMap((one) => read(one) ?? []);
  return {
    SecurityGroups: filtered(asked, input.Filters, {
      'group-id': (group) => [group.GroupId],
      'group-name': (group) => [group.GroupName],
      description: (group) => [group.Description],
      'vpc-id': (group) => [group.VpcId],
      'owner-id': (group) => [group.OwnerId],
      'ip-permission.cidr': permissions((one) => one.IpRanges?.map((range) => range.CidrIp)),
      'ip-permission.group-id': permissions((one) => one.UserIdGroupPairs?.map((pair) => pair.GroupId)),
      'ip-permission.protocol': permissions((one) => [one.IpProtocol]),
      'ip-permission.from-port': permissions((one) => [one.FromPort?.toString()]),
      'ip-permission.to-port': permissions((one) => [one.ToPort?.toString()]),
    }).map(full(context)),
  };
};
