// Tags of EC2 resources. A group keeps its tags in its record; a view's tags are stored from the first change on.
import type { TagMap, Transaction } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import type { Ec2Api, Filter, Tag } from './client.js';
import type { Ec2Context } from './context.js';
import { filtered } from './filters.js';
import { allGroups } from './groupviews.js';
import { describeInstances } from './instances.js';
import { describeNetworkInterfaces } from './interfaces.js';
import { describeAddresses } from './addresses.js';
import { describeSubnets, describeVpcs } from './network.js';
import { checkTags } from './tagrules.js';
import { describeInternetGateways, describeNatGateways, describeRouteTables } from './routes.js';
import { describeSecurityGroupRules } from './rules.js';

type Input<K extends keyof Ec2Api> = Parameters<Ec2Api[K]>[0];
type Tagged = { id: string; type: string; tags: TagMap };

const mapOf = (tags: readonly Tag[]): TagMap => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));

const views = (context: Ec2Context): Tagged[] => [
  ...describeSubnets(context, {}).Subnets.map((one) => ({ id: one.SubnetId, type: 'subnet', tags: mapOf(one.Tags) })),
  ...describeVpcs(context, {}).Vpcs.map((one) => ({ id: one.VpcId, type: 'vpc', tags: mapOf(one.Tags) })),
  ...describeInstances(context, {}).Reservations.flatMap(({ Instances }) => Instances.map((one) => ({ id: one.InstanceId, type: 'instance', tags: mapOf(one.Tags) }))),
  ...describeRouteTables(context, {}).RouteTables.map((one) => ({ id: one.RouteTableId, type: 'route-table', tags: mapOf(one.Tags) })),
  ...describeInternetGateways(context, {}).InternetGateways.map((one) => ({ id: one.InternetGatewayId, type: 'internet-gateway', tags: mapOf(one.Tags) })),
  ...describeNatGateways(context, {}).NatGateways.map((one) => ({ id: one.NatGatewayId, type: 'natgateway', tags: mapOf(one.Tags) })),
  ...describeSecurityGroupRules(context, {}).SecurityGroupRules.map((one) => ({ id: one.SecurityGroupRuleId, type: 'security-group-rule', tags: mapOf(one.Tags) })),
  ...describeNetworkInterfaces(context, {}).NetworkInterfaces.map((one) => ({ id: one.NetworkInterfaceId, type: 'network-interface', tags: mapOf(one.TagSet) })),
];

const addresses = (context: Ec2Context): Tagged[] => describeAddresses(context, {}).Addresses.map((one) => ({ id: one.AllocationId, type: 'elastic-ip', tags: mapOf(one.Tags) }));

const groups = (context: Ec2Context): Tagged[] => allGroups(context).map((group) => ({ id: group.GroupId, type: 'security-group', tags: group.tags }));

const idNames: Record<string, string> = { subnet: 'SubnetID', vpc: 'VpcID', i: 'InstanceID', sg: 'Group', rtb: 'RouteTableID', igw: 'InternetGatewayID', eni: 'NetworkInterfaceID', eipalloc: 'AllocationID' };

const absent = (id: string): AwsFault => {
  const prefix = id.split('-')[0] ?? '';
  if (prefix === 'sg') return new AwsFault('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
  return Object.hasOwn(idNames, prefix)
    ? new AwsFault(`Invalid${idNames[prefix]}.NotFound`, `The ID '${id}' does not exist`)
    : new AwsFault('InvalidID', `The ID '${id}' is not valid`);
};

const retag = (context: Ec2Context, ids: readonly string[], change: (tags: TagMap) => TagMap): Promise<{ Return: boolean }> => {
  const put = (tx: Transaction, id: string): void => {
    const now = { ...context, partition: { ...context.partition, read: tx } };
    const group = allGroups(now).find((one) => one.GroupId === id);
    if (group) return tx.put('securityGroups', id, { ...group, tags: change(group.tags) });
    const address = tx.get('addresses', id);
    if (address) return tx.put('addresses', id, { ...address, tags: change(address.tags) });
    const view = views(now).find((one) => one.id === id);
    if (!view) throw absent(id);
    tx.put('ec2Tags', id, { tags: change(view.tags) });
  };
  return context.partition.update((tx) => {
    for (const id of ids) put(tx, id);
    return { Return: true };
  });
};

/** Adds tags or overwrites their values, on all resources or none. */
export const createTags = (context: Ec2Context, input: Input<'CreateTags'>): Promise<{ Return: boolean }> =>
  retag(context, input.Resources, (tags) => checkTags(tags, input.Tags));

/** Removes tags; with a Value only where it matches; with no tags named, all but AWS's own. */
export const deleteTags = (context: Ec2Context, input: { Resources: string[]; Tags?: { Key: string; Value?: string }[] }): Promise<{ Return: boolean }> =>
  retag(context, input.Resources, (tags) => {
    const asked = input.Tags ?? Object.keys(tags).filter((key) => !key.startsWith('aws:')).map((Key) => ({ Key, Value: undefined }));
    const goes = ([key, value]: [string, string]) => asked.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value));
    return Object.fromEntries(Object.entries(tags).filter((entry) => !goes(entry)));
  });

/** One line per tag of every resource. */
export const describeTags = (context: Ec2Context, input: { Filters?: Filter[] }) => ({
  Tags: filtered(
    [...views(context), ...groups(context), ...addresses(context)].flatMap(({ id, type, tags }) =>
      Object.entries(tags).map(([Key, Value]) => ({ ResourceId: id, ResourceType: type, Key, Value })),
    ),
    input.Filters,
    { 'resource-id': (tag) => [tag.ResourceId], 'resource-type': (tag) => [tag.ResourceType], key: (tag) => [tag.Key], value: (tag) => [tag.Value] },
  ),
});
