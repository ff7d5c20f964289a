// Network interfaces as EC2 describes them: of the nodes (with their pods' addresses) and of load balancer nodes. Views only.
import ipaddr from 'ipaddr.js';
import type { Instance } from '../../state/vpc.js';
import { balancerInterfaces } from './balancers.js';
import type { Filter, Tag } from './client.js';
import { derivedId, tagsOf, type Ec2Context } from './context.js';
import { byIds, filtered, notFound } from './filters.js';
import { allGroups, nodeGroup } from './groupviews.js';

type GroupRef = { GroupId: string; GroupName: string };
type Association = { PublicIp: string; IpOwnerId: string; AllocationId?: string; AssociationId?: string };
type PrivateAddress = { Primary: boolean; PrivateIpAddress: string; Association?: Association };
type Attachment = { AttachmentId: string; DeviceIndex: number; Status: 'attached'; DeleteOnTermination: boolean; InstanceId?: string; InstanceOwnerId: string };
export type NetworkInterface = {
  NetworkInterfaceId: string;
  Description: string;
  InterfaceType: string;
  Status: 'in-use';
  SubnetId: string;
  VpcId: string;
  AvailabilityZone: string;
  OwnerId: string;
  PrivateIpAddress: string;
  PrivateDnsName: string;
  PrivateIpAddresses: PrivateAddress[];
  Groups: GroupRef[];
  RequesterManaged: boolean;
  RequesterId?: string;
  Association?: Association;
  Attachment?: Attachment;
  TagSet: Tag[];
};

const dnsName = (address: string, region: string): string =>
  `ip-${address.replaceAll('.', '-')}.${region === 'us-east-1' ? 'ec2' : `${region}.compute`}.internal`;

const holds = (cidr: string, address: string): boolean =>
  ipaddr.IPv4.isValid(address) && ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(cidr));

const subnetOf = ({ vpc }: Ec2Context, address: string, zone: string): string => {
  const inZone = vpc.subnets.filter((subnet) => subnet.AvailabilityZone === zone);
  const exact = vpc.subnets.find((subnet) => holds(subnet.CidrBlock, address));
  return (exact ?? inZone.find((subnet) => !subnet.public) ?? inZone[0])?.SubnetId ?? '';
};

const groupsOf = (context: Ec2Context): GroupRef[] => {
  const { GroupId, GroupName } = nodeGroup(context);
  return [{ GroupId, GroupName }];
};

/** The interface a node was born with. */
export const primaryInterface = (context: Ec2Context, instance: Instance): Omit<NetworkInterface, 'TagSet'> => ({
  NetworkInterfaceId: derivedId('eni', instance.InstanceId),
  Description: '',
  InterfaceType: 'interface',
  Status: 'in-use',
  SubnetId: subnetOf(context, instance.PrivateIpAddress, instance.AvailabilityZone),
  VpcId: context.vpc.VpcId,
  AvailabilityZone: instance.AvailabilityZone,
  OwnerId: context.partition.account,
  PrivateIpAddress: instance.PrivateIpAddress,
  PrivateDnsName: dnsName(instance.PrivateIpAddress, context.vpc.region),
  PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: instance.PrivateIpAddress }],
  Groups: groupsOf(context),
  RequesterManaged: false,
  Attachment: {
    AttachmentId: derivedId('eni-attach', instance.InstanceId), DeviceIndex: 0, Status: 'attached', DeleteOnTermination: true,
    InstanceId: instance.InstanceId, InstanceOwnerId: context.partition.account,
  },
});

// An address of a load balancer node is an interface of its own, requested by ELB.
const ofBalancers = (context: Ec2Context): NetworkInterface[] => {
  const names = new Map(allGroups(context).map((group) => [group.GroupId, group.GroupName]));
  return balancerInterfaces(context).map(({ groupIds, ...one }) => ({
    ...one,
    PrivateDnsName: dnsName(one.PrivateIpAddress, context.vpc.region),
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: one.PrivateIpAddress, ...(one.Association ? { Association: one.Association } : {}) }],
    Groups: groupIds.map((GroupId) => ({ GroupId, GroupName: names.get(GroupId) ?? GroupId })),
    TagSet: [],
  }));
};

// A node's interface also holds its pods' addresses. Which pod sits on which node is not EC2's to know: a pod's
// address is shown on the first node of its zone.
const withPods = (context: Ec2Context, nodes: readonly NetworkInterface[], addresses: readonly string[]): NetworkInterface[] => {
  const own = new Set(nodes.map((one) => one.PrivateIpAddress));
  return nodes.map((one) => {
    const first = nodes.find((other) => other.AvailabilityZone === one.AvailabilityZone) === one;
    const pods = first ? addresses.filter((address) => !own.has(address) && context.vpc.zoneOf(address) === one.AvailabilityZone) : [];
    return { ...one, PrivateIpAddresses: [...one.PrivateIpAddresses, ...pods.map((PrivateIpAddress) => ({ Primary: false, PrivateIpAddress }))] };
  });
};

/** Interfaces of nodes and of load balancers; asked for a pod's address, the interface of its zone's node. */
export const describeNetworkInterfaces = (context: Ec2Context, input: { NetworkInterfaceIds?: string[]; Filters?: Filter[] }): { NetworkInterfaces: NetworkInterface[] } => {
  const nodes = context.vpc.instances().map((instance) => {
    const eni = primaryInterface(context, instance);
    return { ...eni, TagSet: tagsOf(context.partition.read, eni.NetworkInterfaceId, {}) };
  });
  const wanted = (input.Filters ?? []).filter((one) => one.Name === 'addresses.private-ip-address').flatMap((one) => one.Values);
  const all = [...withPods(context, nodes, wanted), ...ofBalancers(context)];
  const asked = byIds(all, input.NetworkInterfaceIds, (one) => one.NetworkInterfaceId, notFound('NetworkInterfaceID', 'networkInterface ID'));
  return {
    NetworkInterfaces: filtered(asked.map((one) => ({ ...one, Tags: one.TagSet })), input.Filters, {
      'vpc-id': (one) => [one.VpcId],
      'subnet-id': (one) => [one.SubnetId],
      'group-id': (one) => one.Groups.map((group) => group.GroupId),
      description: (one) => [one.Description],
      status: (one) => [one.Status],
      'availability-zone': (one) => [one.AvailabilityZone],
      'interface-type': (one) => [one.InterfaceType],
      'private-ip-address': (one) => [one.PrivateIpAddress],
      'addresses.private-ip-address': (one) => one.PrivateIpAddresses.map((address) => address.PrivateIpAddress),
      'network-interface-id': (one) => [one.NetworkInterfaceId],
      'attachment.instance-id': (one) => [one.Attachment?.InstanceId],
      'attachment.instance-owner-id': (one) => [one.Attachment?.InstanceOwnerId],
      'attachment.attachment-id': (one) => [one.Attachment?.AttachmentId],
      'requester-id': (one) => [one.RequesterId],
      'association.allocation-id': (one) => [one.Association?.AllocationId],
      'association.public-ip': (one) => [one.Association?.PublicIp],
      'requester-managed': (one) => [String(one.RequesterManaged)],
    }),
  };
};
