// What of the ELBv2 API is modelled: the one table behind refusals, documentation and the test against the SDK's list.

/** Listener protocols that carry traffic: all that a network load balancer has. */
export const listenerProtocols = ['TCP', 'UDP', 'TCP_UDP', 'TLS', 'QUIC', 'TCP_QUIC'] as const;

/** Values and parameters of modelled operations that are refused as not modelled. */
export const refusedParts = {
  loadBalancerTypes: ['application', 'gateway'],
  targetTypes: ['alb', 'lambda'],
  targetGroupProtocols: ['HTTP', 'HTTPS', 'GENEVE'],
  parameters: ['CustomerOwnedIpv4Pool', 'IpamPools', 'MutualAuthentication', 'TargetControlPort'],
} as const;

/** What is checked, stored and described as on AWS, and has no effect on traffic. */
export const describedOnly = [
  'IPv6 (`dualstack`, IPv6 addresses, source NAT prefixes, target groups of IP address type `ipv6`)',
  'capacity reservations', 'access logs', 'zonal shift', 'secondary addresses', 'PrivateLink', 'outbound rules of security groups',
] as const;

/** What an NLB does with connections by itself, and ours does not. */
export const leftOut = [
  'passive health checks (only probes judge a target)',
  'CloudWatch\'s `PeakBytesPerSecond`, `PeakPacketsPerSecond`, `ConsumedLCUs` and what it counts of ICMP and zonal shifts',
] as const;

/** Every operation of 2015-12-01; one that is not modelled is refused by name. */
export const modelled = {
  AddListenerCertificates: true,
  AddTags: true,
  AddTrustStoreRevocations: false,
  CreateListener: true,
  CreateLoadBalancer: true,
  CreateRule: false,
  CreateTargetGroup: true,
  CreateTrustStore: false,
  DeleteListener: true,
  DeleteLoadBalancer: true,
  DeleteRule: false,
  DeleteSharedTrustStoreAssociation: false,
  DeleteTargetGroup: true,
  DeleteTrustStore: false,
  DeregisterTargets: true,
  DescribeAccountLimits: true,
  DescribeCapacityReservation: true,
  DescribeListenerAttributes: true,
  DescribeListenerCertificates: true,
  DescribeListeners: true,
  DescribeLoadBalancerAttributes: true,
  DescribeLoadBalancers: true,
  DescribeRules: true,
  DescribeSSLPolicies: true,
  DescribeTags: true,
  DescribeTargetGroupAttributes: true,
  DescribeTargetGroups: true,
  DescribeTargetHealth: true,
  DescribeTrustStoreAssociations: false,
  DescribeTrustStoreRevocations: false,
  DescribeTrustStores: false,
  GetResourcePolicy: false,
  GetTrustStoreCaCertificatesBundle: false,
  GetTrustStoreRevocationContent: false,
  ModifyCapacityReservation: true,
  ModifyIpPools: false,
  ModifyListener: true,
  ModifyListenerAttributes: true,
  ModifyLoadBalancerAttributes: true,
  ModifyRule: false,
  ModifyTargetGroup: true,
  ModifyTargetGroupAttributes: true,
  ModifyTrustStore: false,
  RegisterTargets: true,
  RemoveListenerCertificates: true,
  RemoveTags: true,
  RemoveTrustStoreRevocations: false,
  SetIpAddressType: true,
  SetRulePriorities: false,
  SetSecurityGroups: true,
  SetSubnets: true,
} as const satisfies Record<string, boolean>;

export const isRefused = (part: keyof typeof refusedParts, value: string): boolean => (refusedParts[part] as readonly string[]).includes(value);

export type OperationName = keyof typeof modelled;
export type ModelledName = { [K in OperationName]: (typeof modelled)[K] extends true ? K : never }[OperationName];

export const isOperation = (name: string): name is OperationName => Object.hasOwn(modelled, name);
export const isModelled = (name: OperationName): name is ModelledName => modelled[name];
