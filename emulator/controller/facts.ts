// What building needs to know of the world; looked up by facts-*.ts, used by build-*.ts.
import type { SubnetInfo } from '../api/ec2/client.js';
import type { Service } from '../kube/types.js';
import type { Annotations } from './annotations.js';
import type { TargetType } from './claims.js';
import type { ControllerFlags } from './flags.js';

export type Scheme = 'internal' | 'internet-facing';
export type IpAddressType = 'ipv4' | 'dualstack';

/** The load balancer that the stack's tags name, if there is one. */
export type ExistingLoadBalancer = { LoadBalancerArn: string; Scheme: string; SubnetIds: string[]; SecurityGroups: string[] };

/** Which security groups the load balancer gets; `backend` is the source of traffic to targets. */
export type SecurityGroupPlan =
  | { kind: 'none' }
  | { kind: 'managed'; backend?: string }
  | { kind: 'custom'; ids: string[]; backend?: string };

export type Facts = {
  scheme: Scheme;
  ipAddressType: IpAddressType;
  /** In the order of the mappings. */
  subnets: SubnetInfo[];
  securityGroups: SecurityGroupPlan;
  /** Looked up only for internal load balancers without security groups. */
  vpcCidrs: string[];
  /** Other Services that weighted actions name. */
  backends: Readonly<Record<string, Service>>;
};

/** What every part of building is handed. */
export type Subject = { service: Service; /** The Service that the load balancer belongs to, where `service` is only one of its backends. */ owner?: Service; annotations: Annotations; flags: ControllerFlags; targetType: TargetType };
export type BuildInput = Subject & { facts: Facts };

/** Whose stack it is: the backend Services of weighted actions are only guests. */
export const ownStackOf = ({ service, owner = service }: Pick<Subject, 'service' | 'owner'>): { namespace: string; name: string } => stackOf(owner);

export const stackOf = ({ metadata }: Service): { namespace: string; name: string } => ({ namespace: metadata.namespace ?? 'default', name: metadata.name });

/** Go prints a slice of strings this way. */
export const goList = (items: readonly string[]): string => `[${items.join(' ')}]`;
