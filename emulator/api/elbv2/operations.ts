// The operations by name: the SDK's schemas of each, whether it reads or writes, and the function that does it.
import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import type { Context, WriteContext } from './context.js';
import { DescribeCapacityReservation, ModifyCapacityReservation } from './capacity.js';
import { AddListenerCertificates, DescribeListenerCertificates, RemoveListenerCertificates } from './certificates.js';
import { DescribeAccountLimits } from './limits.js';
import { DescribeListenerAttributes, ModifyListenerAttributes } from './listenerattributes.js';
import { CreateListener, DeleteListener, ModifyListener } from './listeners.js';
import { DescribeListeners } from './listenerviews.js';
import { DescribeLoadBalancerAttributes, ModifyLoadBalancerAttributes } from './loadbalancerattributes.js';
import { CreateLoadBalancer, DeleteLoadBalancer } from './loadbalancers.js';
import { DescribeLoadBalancers } from './loadbalancerviews.js';
import type { ModelledName, OperationName } from './modelled.js';
import { SetIpAddressType, SetSecurityGroups, SetSubnets } from './relocate.js';
import { DescribeRules } from './rules.js';
import { DescribeSSLPolicies } from './sslpolicies.js';
import { AddTags, DescribeTags, RemoveTags } from './tags.js';
import { DescribeTargetGroupAttributes, ModifyTargetGroupAttributes } from './targetgroupattributes.js';
import { CreateTargetGroup, DeleteTargetGroup, ModifyTargetGroup } from './targetgroups.js';
import { DescribeTargetGroups } from './targetgroupviews.js';
import { DescribeTargetHealth } from './targethealth.js';
import { DeregisterTargets, RegisterTargets } from './targets.js';

export const reads = {
  DescribeAccountLimits,
  DescribeCapacityReservation,
  DescribeListenerAttributes,
  DescribeListenerCertificates,
  DescribeListeners,
  DescribeLoadBalancerAttributes,
  DescribeLoadBalancers,
  DescribeRules,
  DescribeSSLPolicies,
  DescribeTags,
  DescribeTargetGroupAttributes,
  DescribeTargetGroups,
  DescribeTargetHealth,
};

export const writes = {
  AddListenerCertificates,
  AddTags,
  CreateListener,
  CreateLoadBalancer,
  CreateTargetGroup,
  DeleteListener,
  DeleteLoadBalancer,
  DeleteTargetGroup,
  DeregisterTargets,
  ModifyCapacityReservation,
  ModifyListener,
  ModifyListenerAttributes,
  ModifyLoadBalancerAttributes,
  ModifyTargetGroup,
  ModifyTargetGroupAttributes,
  RegisterTargets,
  RemoveListenerCertificates,
  RemoveTags,
  SetIpAddressType,
  SetSecurityGroups,
  SetSubnets,
};

type Table = Record<ModelledName, unknown>;
({ ...reads, ...writes }) satisfies Table;

export type Operation =
  | { kind: 'read'; run(context: Context, input: object): object }
  | { kind: 'write'; run(context: WriteContext, input: object): object };

/** How a modelled operation is done. The input has passed validation against the operation's schema. */
export const operationOf = (name: ModelledName): Operation =>
  name in reads
    ? { kind: 'read', run: reads[name as keyof typeof reads] as (context: Context, input: object) => object }
    : { kind: 'write', run: writes[name as keyof typeof writes] as (context: WriteContext, input: object) => object };

const resolve = (ref: unknown): StaticStructureSchema => (typeof ref === 'function' ? (ref as () => StaticStructureSchema)() : (ref as StaticStructureSchema));

/** The SDK's own schemas of an operation's input and output. */
export const schemasOf = (name: OperationName): { input: StaticStructureSchema; output: StaticStructureSchema } => {
  const schema = sdk[`${name}$`] as StaticOperationSchema;
  return { input: resolve(schema[4]), output: resolve(schema[5]) };
};
