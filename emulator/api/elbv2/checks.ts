// The order of checks of every operation, in one list. The operations run from it: the first check that refuses is the answer.
import type { ModelledName } from './modelled.js';

/** Before any operation: is there such an operation, is it done here, and is every member of the request well formed (all complaints in one). */
export const beforeAll = ['operation', 'modelled', 'members'] as const;

const healthCheck = [
  'health check protocol', 'health check port', 'health check enabled', 'health check gRPC code', 'health check path', 'health check codes', 'health check timeout',
] as const;
const tls = ['SSL policy', 'certificate', 'ALPN policy'] as const;
// What an action says comes before what it refers to.
const forwardTo = [
  'actions', 'target groups', 'number of target groups', 'protocols of target groups', 'VPC of target groups', 'address type of target groups', 'association of target groups',
] as const;
const attributes = ['keys given once', 'keys known', 'keys supported', 'values'] as const;

/**
 * Checks by operation. An ARN is looked at first, then whether that resource is there, then the request's parts for
 * themselves, then against what is stored, and quotas last; the same call again is answered before a quota is.
 */
export const checks = {
  AddListenerCertificates: ['listener', 'TLS listener', 'one certificate', 'certificate', 'quota'],
  AddTags: ['one resource', 'ARN', 'resource', 'tag keys', 'number of tags'],
  CreateListener: [
    'load balancer', 'protocol given', 'port given', 'protocol', 'parameters', ...tls, ...forwardTo, 'tag keys', 'number of tags', 'port', 'other listeners', 'quota', 'quota of targets',
  ],
  CreateLoadBalancer: [
    'type', 'name', 'parameters', 'address type', 'subnets given', 'subnets', 'zones', 'addresses given once', 'addresses', 'security groups', 'tag keys', 'number of tags',
    'same name', 'quota',
  ],
  CreateTargetGroup: [
    'name', 'target type', 'protocol', 'protocol version', 'port', 'VPC', 'parameters', ...healthCheck, 'tag keys', 'number of tags', 'same name', 'quota',
  ],
  DeleteListener: ['listener'],
  DeleteLoadBalancer: ['ARN', 'deletion protection'],
  DeleteTargetGroup: ['ARN', 'in use'],
  DeregisterTargets: ['target group', 'targets given'],
  DescribeAccountLimits: ['marker'],
  DescribeCapacityReservation: ['load balancer'],
  DescribeListenerAttributes: ['listener'],
  DescribeListenerCertificates: ['listener', 'marker'],
  DescribeListeners: ['filters', 'number asked for', 'ARNs', 'listeners', 'marker'],
  DescribeLoadBalancerAttributes: ['load balancer'],
  DescribeLoadBalancers: ['filters', 'number asked for', 'ARNs', 'names', 'load balancers', 'marker'],
  DescribeRules: ['filters', 'number asked for', 'ARNs', 'rules', 'marker'],
  DescribeSSLPolicies: ['policies', 'marker'],
  DescribeTags: ['number asked for', 'ARNs', 'resources'],
  DescribeTargetGroupAttributes: ['target group'],
  DescribeTargetGroups: ['filters', 'number asked for', 'ARNs', 'target groups', 'marker'],
  DescribeTargetHealth: ['target group', 'target ids'],
  ModifyCapacityReservation: ['load balancer', 'capacity given', 'capacity units', 'pending reservation', 'TLS listeners', 'decreases'],
  ModifyListener: ['listener', 'something given', 'protocol', 'parameters', ...tls, ...forwardTo, 'port', 'other listeners', 'quota of targets'],
  ModifyListenerAttributes: ['listener', ...attributes],
  ModifyLoadBalancerAttributes: ['load balancer', ...attributes, 'access logs bucket'],
  ModifyTargetGroup: ['target group', ...healthCheck],
  ModifyTargetGroupAttributes: ['target group', ...attributes, 'health thresholds'],
  RegisterTargets: [
    'target group', 'targets given', 'QUIC server ids', 'target ids', 'instances', 'running instances', 'IPv6 of instances', 'address ranges', 'zones', 'QUIC server ids of others',
    'quota of the group', 'quota of targets',
  ],
  RemoveListenerCertificates: ['listener', 'TLS listener', 'one certificate', 'default certificate'],
  RemoveTags: ['one resource', 'ARN', 'resource'],
  SetIpAddressType: ['load balancer', 'address type', 'listeners'],
  SetSecurityGroups: ['load balancer', 'created with security groups', 'security groups given', 'security groups'],
  SetSubnets: [
    'load balancer', 'address type', 'subnets given', 'subnets', 'zones', 'addresses given once', 'addresses', 'swapped subnets', 'pending reservation', 'listeners',
  ],
} as const satisfies Record<ModelledName, readonly string[]>;

/** The checks of one operation, by name. */
export type CheckOf<Op extends ModelledName> = (typeof checks)[Op][number];
