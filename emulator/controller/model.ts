// What a Service should become, in AWS's words; references are resource ids until deploy knows the ARNs.
import type { IpPermission } from '../api/ec2/client.js';
import type { NetworkingRule, TargetGroupBindingSpec } from '../kube/types.js';

export type Stack = { namespace: string; name: string };
export type Tags = Record<string, string>;
export type Attributes = Record<string, string>;

/** The group that the stack makes itself; its id is known only after deploy. */
export const managedRef = 'ref:ManagedLBSecurityGroup';

export type ManagedSecurityGroup = { GroupName: string; Description: string; ingress: IpPermission[]; tags: Tags };

export type SubnetMapping = {
  SubnetId: string;
  AllocationId?: string;
  PrivateIPv4Address?: string;
  IPv6Address?: string;
  SourceNatIpv6Prefix?: string;
};

export type LoadBalancerModel = {
  Name: string;
  Scheme: 'internal' | 'internet-facing';
  IpAddressType: 'ipv4' | 'dualstack';
  SubnetMappings: SubnetMapping[];
  /** Ids, and `managedRef`. */
  SecurityGroups: string[];
  EnablePrefixForIpv6SourceNat: 'on' | 'off';
  EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic?: 'on' | 'off';
  attributes: Attributes;
  minimumCapacityUnits?: number;
  tags: Tags;
};

export type HealthCheck = {
  HealthCheckProtocol: 'TCP' | 'HTTP' | 'HTTPS';
  HealthCheckPort: string;
  HealthCheckPath?: string;
  Matcher?: { HttpCode: string };
  HealthCheckIntervalSeconds: number;
  HealthCheckTimeoutSeconds: number;
  HealthyThresholdCount: number;
  UnhealthyThresholdCount: number;
};

export type Protocol = 'TCP' | 'UDP' | 'TCP_UDP' | 'TLS' | 'QUIC' | 'TCP_QUIC';

export type TargetGroupModel = {
  /** `<namespace>/<service>:<service port>`. */
  id: string;
  Name: string;
  TargetType: 'instance' | 'ip';
  Protocol: Protocol;
  Port: number;
  IpAddressType: 'ipv4' | 'ipv6';
  healthCheck: HealthCheck;
  attributes: Attributes;
  tags: Tags;
};

export type ListenerModel = {
  /** The port. */
  id: string;
  Port: number;
  Protocol: Protocol;
  /** Id of a target group of the model. */
  targetGroup: string;
  /** Several target groups instead, the first being `targetGroup`; each is of the model or named by its ARN. */
  forward?: { targetGroups: ({ targetGroup: string; weight?: number } | { arn: string; weight?: number })[]; stickiness: boolean };
  /** TLS only: the first is the default one. */
  certificates?: string[];
  SslPolicy?: string;
  AlpnPolicy?: string[];
  attributes: Attributes;
  tags: Tags;
};

export type BindingModel = {
  targetGroup: string;
  namespace: string;
  name: string;
  labels: Record<string, string>;
  /** `groupID` in networking may be `managedRef`; the ARN is added by deploy. */
  spec: Omit<TargetGroupBindingSpec, 'targetGroupARN' | 'networking'> & { networking?: { ingress: NetworkingRule[] } };
};

export type Model = {
  stack: Stack;
  /** The cluster's shared group, where the stack needs it. */
  backendSecurityGroup?: string;
  securityGroup?: ManagedSecurityGroup;
  loadBalancer?: LoadBalancerModel;
  targetGroups: TargetGroupModel[];
  listeners: ListenerModel[];
  bindings: BindingModel[];
};

/** The model of a Service that is to have nothing. */
export const emptyModel = (stack: Stack): Model => ({ stack, targetGroups: [], listeners: [], bindings: [] });
