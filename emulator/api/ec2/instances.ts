// The cluster's nodes as EC2 instances. Views of what the cluster says now; nothing is stored but tags.
import type { Instance } from '../../state/vpc.js';
import { AwsFault } from '../../wire/fault.js';
import type { Filter, InstanceInfo } from './client.js';
import { derivedId, tagsOf, type Ec2Context } from './context.js';
import { byIds, filtered, notFound } from './filters.js';
import { primaryInterface, type NetworkInterface } from './interfaces.js';

type FullInstance = InstanceInfo & { NetworkInterfaces: Omit<NetworkInterface, 'TagSet'>[] };

const instanceTags = (clusterName: string) => ({
  Name: `${clusterName}-default-Node`,
  'eks:cluster-name': clusterName,
  'eks:nodegroup-name': 'default',
  [`kubernetes.io/cluster/${clusterName}`]: 'owned',
});

const instanceInfo = (context: Ec2Context) => (instance: Instance): FullInstance => {
  const eni = primaryInterface(context, instance);
  const more = { ImageId: derivedId('ami', context.vpc.region), InstanceType: 'm5.large', LaunchTime: new Date(context.launched), PrivateDnsName: eni.PrivateDnsName };
  return {
    ...more,
    InstanceId: instance.InstanceId,
    PrivateIpAddress: instance.PrivateIpAddress,
    VpcId: eni.VpcId,
    SubnetId: eni.SubnetId,
    State: instance.running ? { Code: 16, Name: 'running' } : { Code: 80, Name: 'stopped' },
    Placement: { AvailabilityZone: instance.AvailabilityZone },
    NetworkInterfaces: [eni],
    SecurityGroups: eni.Groups,
    Tags: tagsOf(context.partition.read, instance.InstanceId, instanceTags(context.clusterName)),
  };
};

/** Each node is one reservation of one instance, as an auto scaling group makes them. */
export const describeInstances = (context: Ec2Context, input: { InstanceIds?: string[]; Filters?: Filter[] }) => {
  const all = context.vpc.instances().map(instanceInfo(context));
  for (const id of input.InstanceIds ?? [])
    if (!/^i-[0-9a-f]{8,17}$/.test(id)) throw new AwsFault('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
  const asked = byIds(all, input.InstanceIds, (one) => one.InstanceId, notFound('InstanceID', 'instance ID'));
  const found = filtered(asked, input.Filters, {
    'instance-id': (one) => [one.InstanceId],
    'instance-state-name': (one) => [one.State.Name],
    'instance-state-code': (one) => [String(one.State.Code)],
    'vpc-id': (one) => [one.VpcId],
    'subnet-id': (one) => [one.SubnetId],
    'availability-zone': (one) => [one.Placement.AvailabilityZone],
    'private-ip-address': (one) => [one.PrivateIpAddress],
    'private-dns-name': (one) => [one.PrivateDnsName],
    'network-interface.private-dns-name': (one) => [one.PrivateDnsName],
    'instance.group-id': (one) => one.SecurityGroups.map((group) => group.GroupId),
  });
  const { account } = context.partition;
  return { Reservations: found.map((one) => ({ ReservationId: derivedId('r', one.InstanceId), OwnerId: account, Groups: [], Instances: [one] })) };
};
