// What the validating webhook refuses of a TargetGroupBinding, in the real controller's words.
import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Elbv2Api } from '../api/elbv2/client.js';
import { messageOf } from '../errors.js';
import { keyOf } from '../kube/cache.js';
import type { TargetGroupBinding, TargetGroupBindingSpec } from '../kube/types.js';

/** `boundTo`: the bindings of a target group. */
export type Checks = { elbv2: Elbv2Api; vpcId: string; boundTo: (targetGroupARN: string) => TargetGroupBinding[] };

const checkRequired = ({ targetGroupARN, targetGroupName, targetType }: TargetGroupBindingSpec): void => {
  const missing = [...(targetGroupARN || targetGroupName ? [] : ['either TargetGroupARN or TargetGroupName']), ...(targetType ? [] : ['spec.targetType'])];
  if (missing.length > 0) throw new Error(`TargetGroupBinding must specify these fields: ${missing.join(',')}`);
};

/** A field that was left out may be set to what it meant. */
const checkImmutable = (now: TargetGroupBindingSpec, old: TargetGroupBindingSpec, vpcId: string): void => {
  const changed = [
    ...(now.targetGroupARN === old.targetGroupARN || (old.targetGroupARN === undefined && old.targetGroupName !== undefined) ? [] : ['spec.targetGroupARN']),
    ...(now.targetType === old.targetType || old.targetType === undefined ? [] : ['spec.targetType']),
    ...((now.ipAddressType ?? 'ipv4') === (old.ipAddressType ?? 'ipv4') ? [] : ['spec.ipAddressType']),
    ...(now.vpcID === old.vpcID || (old.vpcID === undefined && now.vpcID === vpcId) ? [] : ['spec.vpcID']),
  ];
  if (changed.length > 0) throw new Error(`TargetGroupBinding update may not change these immutable fields: ${changed.join(',')}`);
};

const checkCombinations = ({ nodeSelector, targetType, iamRoleArnToAssume }: TargetGroupBindingSpec): void => {
  if (nodeSelector && targetType === 'ip') throw new Error('TargetGroupBinding cannot set NodeSelector when TargetType is ip');
  if (iamRoleArnToAssume && targetType === 'instance') throw new Error('Unable to use instance target type while using assume role');
};

const checkOnlyOne = (binding: TargetGroupBinding, { boundTo }: Checks): void => {
  const arn = binding.spec.targetGroupARN;
  const others = boundTo(arn ?? '').filter((one) => keyOf(one) !== keyOf(binding));
  if (others.length === 0 || [binding, ...others].every(({ spec }) => spec.multiClusterTargetGroup)) return;
  throw new Error(`TargetGroup ${arn} is already bound to following TargetGroupBindings [${others.map(keyOf).join(' ')}]. Please enable MultiCluster mode on all TargetGroupBindings referencing ${arn} or choose a different Target Group ARN.`);
};

const vpcPattern = /^vpc-([0-9a-f]{8}|[0-9a-f]{17}|[0-9a-f]{32})$/;

const checkGroup = ({ targetGroupARN, ipAddressType = 'ipv4', vpcID, targetGroupProtocol, targetType }: TargetGroupBindingSpec, group: TargetGroup | undefined): void => {
  const actual = group?.IpAddressType ?? 'ipv4';
  if (actual !== ipAddressType) throw new Error(`invalid IP address type ${actual} for TargetGroup ${targetGroupARN}`);
  if (vpcID && !vpcPattern.test(vpcID)) throw new Error(`ValidationError: vpcID ${vpcID} failed to satisfy constraint: VPC Id must begin with 'vpc-' followed by 8, 17 or 32 lowercase letters (a-f) or numbers.`);
  if (vpcID && group?.VpcId !== vpcID) throw new Error(`invalid VpcID ${vpcID} doesnt match VpcID from TargetGroup ${targetGroupARN}`);
  if (targetGroupProtocol && group?.Protocol !== targetGroupProtocol) throw new Error(`TargetGroup ${targetGroupARN} protocol differs (got ${targetGroupProtocol}, expected ${group?.Protocol})`);
  if (targetType === 'instance' && (targetGroupProtocol === 'QUIC' || targetGroupProtocol === 'TCP_QUIC')) throw new Error('QUIC protocol is not supported for Instance target types.');
};

/** Throws what the user is told. */
export const checkCreate = async (checks: Checks, binding: TargetGroupBinding): Promise<void> => {
  const { spec } = binding;
  checkRequired(spec);
  checkCombinations(spec);
  checkOnlyOne(binding, checks);
  const { TargetGroups } = await checks.elbv2.DescribeTargetGroups({ TargetGroupArns: [spec.targetGroupARN ?? ''] }).catch((error: unknown) => {
    throw new Error(`unable to get target group IP address type: ${messageOf(error)}`, { cause: error });
  });
  checkGroup(spec, TargetGroups?.[0]);
};

/** Throws what the user is told. */
export const checkUpdate = (checks: Checks, now: TargetGroupBinding, old: TargetGroupBinding): void => {
  checkRequired(now.spec);
  checkImmutable(now.spec, old.spec, checks.vpcId);
  checkCombinations(now.spec);
  checkOnlyOne(now, checks);
};
