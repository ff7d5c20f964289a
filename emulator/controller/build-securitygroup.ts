// Service -> the managed security group in front of the load balancer. Pure.
import type { IpPermission } from '../api/ec2/client.js';
import type { ServicePort } from '../kube/types.js';
import { stackOf, type BuildInput, type Subject } from './facts.js';
import type { ManagedSecurityGroup } from './model.js';
import { managedSecurityGroupName } from './names.js';
import { resourceTags } from './tags.js';

/** The Service's own ranges, else the annotation's; empty values are dropped. */
export const sourceRanges = ({ service, annotations }: Pick<Subject, 'service' | 'annotations'>): string[] => {
  const own = (service.spec.loadBalancerSourceRanges ?? []).map((range) => range?.trim()).filter(Boolean);
  return own.length > 0 ? own : (annotations.get('load-balancer-source-ranges') ?? []);
};

const isV6 = (cidr: string): boolean => cidr.includes(':');

const sources = (input: BuildInput, prefixLists: string[]): string[] => {
  const dualstack = input.facts.ipAddressType === 'dualstack';
  const given = sourceRanges(input);
  const unsupported = dualstack ? undefined : given.find(isV6);
  if (unsupported !== undefined) throw new Error(`unsupported v6 cidr ${unsupported} when lb is not dualstack`);
  if (given.length > 0) return given;
  if (prefixLists.length > 0) return [];
  return dualstack ? ['0.0.0.0/0', '::/0'] : ['0.0.0.0/0'];
};

const portRules = (port: ServicePort, cidrs: string[], prefixLists: string[]): IpPermission[] => {
  const base = { IpProtocol: (port.protocol ?? 'TCP').toLowerCase(), FromPort: port.port, ToPort: port.port };
  return [
    ...cidrs.map((cidr) => (isV6(cidr) ? { ...base, Ipv6Ranges: [{ CidrIpv6: cidr }] } : { ...base, IpRanges: [{ CidrIp: cidr }] })),
    ...prefixLists.map((PrefixListId) => ({ ...base, PrefixListIds: [{ PrefixListId }] })),
  ];
};

/** "Fragmentation needed" and "packet too big": what path MTU discovery lives on. */
const pathMtuRule = (cidr: string): IpPermission =>
  isV6(cidr)
    ? { IpProtocol: 'icmpv6', FromPort: 2, ToPort: 0, Ipv6Ranges: [{ CidrIpv6: cidr }] }
    : { IpProtocol: 'icmp', FromPort: 3, ToPort: 4, IpRanges: [{ CidrIp: cidr }] };

/** The group with its rules; undefined when the load balancer has none or brings its own. */
export const buildSecurityGroup = (input: BuildInput): ManagedSecurityGroup | undefined => {
  if (input.facts.securityGroups.kind !== 'managed') return undefined;
  const { service, annotations, flags } = input;
  const stack = stackOf(service);
  const prefixLists = annotations.get('aws-load-balancer-security-group-prefix-lists') ?? [];
  const cidrs = sources(input, prefixLists);
  const icmp = annotations.get('aws-load-balancer-enable-icmp-for-path-mtu-discovery') === 'on';
  return {
    GroupName: managedSecurityGroupName(flags.clusterName, { ...stack, uid: service.metadata.uid }),
    Description: '[k8s] Managed SecurityGroup for LoadBalancer',
    ingress: [...(service.spec.ports ?? []).flatMap((port) => portRules(port, cidrs, prefixLists)), ...(icmp ? cidrs.map(pathMtuRule) : [])],
    tags: resourceTags(input, stack, 'ManagedLBSecurityGroup'),
  };
};
