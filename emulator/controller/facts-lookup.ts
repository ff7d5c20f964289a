// Looks up the facts that building a Service needs, in the order in which the real controller asks.
import type { LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Ec2Api } from '../api/ec2/client.js';
import type { Service } from '../kube/types.js';
import { namedBackends } from './build-actions.js';
import { buildIpAddressType, buildScheme } from './build-loadbalancer.js';
import { planSecurityGroups, type BackendSecurityGroup } from './facts-securitygroups.js';
import { lookUpSubnets, vpcCidrs, type Zones } from './facts-subnets.js';
import { stackOf, type ExistingLoadBalancer, type Facts, type Subject } from './facts.js';
import type { Inventory } from './inventory.js';

export type World = {
  ec2: Ec2Api;
  inventory: Inventory;
  zones: Zones;
  backend: BackendSecurityGroup;
  serviceOf: (namespace: string, name: string) => Service | undefined;
};

const existingOf = (item: LoadBalancer | undefined): ExistingLoadBalancer | undefined =>
  item && {
    LoadBalancerArn: item.LoadBalancerArn ?? '',
    Scheme: item.Scheme ?? '',
    SubnetIds: (item.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? []),
    SecurityGroups: item.SecurityGroups ?? [],
  };

const backendsOf = ({ serviceOf }: World, subject: Subject): Record<string, Service> =>
  Object.fromEntries(namedBackends(subject).flatMap((name) => {
    const found = serviceOf(stackOf(subject.service).namespace, name);
    return found ? [[name, found]] : [];
  }));

/** Reads only, except that the cluster's shared security group is made when it is first needed. */
export const lookUpFacts = async (world: World, subject: Subject): Promise<Facts> => {
  const [present] = await world.inventory.loadBalancers(stackOf(subject.service));
  const existing = existingOf(present?.item);
  const scheme = buildScheme(subject, existing);
  const ipAddressType = buildIpAddressType(subject);
  const subnets = await lookUpSubnets({ ec2: world.ec2, zones: world.zones, subject, scheme, ipAddressType }, existing);
  const securityGroups = await planSecurityGroups(world.ec2, subject, existing, world.backend);
  const needsCidrs = securityGroups.kind === 'none' && scheme === 'internal';
  return { scheme, ipAddressType, subnets, securityGroups, backends: backendsOf(world, subject), vpcCidrs: needsCidrs ? await vpcCidrs(world.ec2, subject.flags.vpcId) : [] };
};
