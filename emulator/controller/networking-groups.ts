// Which security group guards a target: the one on its network interface, or among several the one with the cluster's tag.
import type { Ec2Api, InterfaceInfo, SecurityGroup } from '../api/ec2/client.js';
import type { Clock } from '../clock.js';
import type { Informer } from '../kube/informer.js';
import type { Node, Pod } from '../kube/types.js';
import { instanceIdOf, type Endpoint } from './endpoints.js';
import { goList } from './facts.js';
import type { ControllerFlags } from './flags.js';
import type { Guarded } from './networking-rules.js';
import { remembering, tenMinutes } from './remember.js';
import { tagMap } from './tags.js';

export type GroupLookup = { ec2: Ec2Api; flags: ControllerFlags; clock: Clock; nodes: Pick<Informer<Node>, 'get'> };

const podName = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;

/** The branch interface that the VPC's resource controller gave the pod for itself. */
const branchInterface = ({ metadata }: Pod, address: string): string | undefined => {
  const note = metadata.annotations?.['vpc.amazonaws.com/pod-eni'];
  if (note === undefined) return undefined;
  const all = JSON.parse(note) as { eniId: string; privateIp?: string; ipv6Addr?: string }[];
  return all.find(({ privateIp, ipv6Addr }) => privateIp === address || ipv6Addr === address)?.eniId;
};

const isFargate = (node: Node | undefined): boolean => node?.metadata.labels?.['eks.amazonaws.com/compute-type'] === 'fargate';

const interfaceLookups = ({ ec2, flags, clock }: GroupLookup) => {
  const ofInstance = remembering(clock, tenMinutes, async (id) => {
    const { Reservations } = await ec2.DescribeInstances({ InstanceIds: [id] });
    return Reservations.flatMap(({ Instances }) => Instances).flatMap(({ NetworkInterfaces }) => NetworkInterfaces);
  });
  const byId = remembering(clock, tenMinutes, async (id) => (await ec2.DescribeNetworkInterfaces({ NetworkInterfaceIds: [id] })).NetworkInterfaces[0]);
  const byAddress = async (address: string): Promise<InterfaceInfo | undefined> => {
    const Filters = [{ Name: 'vpc-id', Values: [flags.vpcId] }, { Name: 'addresses.private-ip-address', Values: [address] }];
    return (await ec2.DescribeNetworkInterfaces({ Filters })).NetworkInterfaces[0];
  };
  return { ofInstance, byId, byAddress };
};

/** The network interface of a target. */
const interfaceLookup = (lookup: GroupLookup) => {
  const interfaces = interfaceLookups(lookup);
  const nodeOf = ({ spec }: Pod): Node | undefined => lookup.nodes.get(undefined, spec?.nodeName ?? '');
  const ofInstance = async (id: string): Promise<InterfaceInfo | undefined> =>
    (await interfaces.ofInstance.of(id)).find(({ Attachment }) => Attachment?.DeviceIndex === 0);
  // Where a node has one interface, its pods' traffic passes that one; EC2 here does not know which node a pod is on.
  const ofNode = async (node: Node, address: string): Promise<InterfaceInfo | undefined> => {
    const all = await interfaces.ofInstance.of(instanceIdOf(node));
    const holds = ({ PrivateIpAddress, PrivateIpAddresses }: InterfaceInfo): boolean => PrivateIpAddress === address || PrivateIpAddresses.some((one) => one.PrivateIpAddress === address);
    return all.find(holds) ?? (all.length === 1 ? all[0] : undefined);
  };
  const ofPod = async (pod: Pod, address: string): Promise<InterfaceInfo | undefined> => {
    const branch = branchInterface(pod, address);
    if (branch !== undefined) return interfaces.byId.of(branch);
    const node = nodeOf(pod);
    if (isFargate(node)) return interfaces.byAddress(address);
    return node && ofNode(node, address);
  };
  return {
    of: ({ id, pod }: Endpoint): Promise<InterfaceInfo | undefined> => (pod ? ofPod(pod, id) : ofInstance(id)),
    isHybrid: ({ id, pod }: Endpoint): boolean => (pod ? (nodeOf(pod)?.spec?.providerID ?? '').startsWith('eks-hybrid://') : id.startsWith('hybrid-')),
  };
};

/** The one group of an interface, or of several the one with the cluster's tag. */
const groupChoice = ({ ec2, flags, clock }: GroupLookup) => {
  const group = remembering(clock, tenMinutes, async (id): Promise<SecurityGroup | undefined> => (await ec2.DescribeSecurityGroups({ GroupIds: [id] })).SecurityGroups[0]);
  const key = `kubernetes.io/cluster/${flags.clusterName}`;
  const wanted = Object.entries(flags.serviceTargetEniSecurityGroupTags);
  return async ({ NetworkInterfaceId, Groups }: InterfaceInfo): Promise<string> => {
    const [only] = Groups;
    if (only && Groups.length === 1) return only.GroupId;
    const found = (await Promise.all(Groups.map(({ GroupId }) => group.of(GroupId)))).filter((one) => {
      const tags = tagMap(one?.Tags);
      return key in tags && wanted.every(([name, value]) => tags[name] === value);
    });
    if (found.length === 1 && found[0]) return found[0].GroupId;
    const and = wanted.length > 0 ? ` and ${goList(wanted.map(([name, value]) => `${name}=${value}`))}` : '';
    throw new Error(`expected exactly one securityGroup tagged with ${key}${and} for eni ${NetworkInterfaceId}, got: ${goList(found.map((one) => one?.GroupId ?? ''))} (clusterName: ${flags.clusterName})`);
  };
};

/** Finds the group of each target; hybrid nodes have none. */
export const createGroupLookup = (lookup: GroupLookup) => {
  const interfaces = interfaceLookup(lookup);
  const chosen = groupChoice(lookup);
  return async (endpoints: readonly Endpoint[]): Promise<Guarded[]> => {
    const found = await Promise.all(endpoints.filter((one) => !interfaces.isHybrid(one)).map(async (endpoint) => ({ endpoint, eni: await interfaces.of(endpoint) })));
    const lost = found.filter(({ eni }) => !eni).map(({ endpoint: { pod, id } }) => (pod ? podName(pod) : id));
    const sort = found.some(({ endpoint }) => endpoint.pod) ? 'pod' : 'node';
    if (lost.length > 0) throw new Error(`cannot resolve ${sort} ENI for ${sort}s: ${goList(lost)}`);
    return Promise.all(found.map(async ({ endpoint, eni }) => ({ endpoint, group: await chosen(eni as InterfaceInfo) })));
  };
};
