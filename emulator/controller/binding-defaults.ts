// What a user left out of a TargetGroupBinding, asked of AWS: by the admission webhook, and by the pass where there is none.
import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Elbv2Api } from '../api/elbv2/client.js';
import { messageOf } from '../errors.js';
import type { KubeClient } from '../kube/client.js';
import { targetGroupBindings } from '../kube/resources.js';
import type { TargetGroupBinding, TargetGroupBindingSpec } from '../kube/types.js';

const isComplete = ({ targetGroupARN, targetType, targetGroupProtocol, ipAddressType, vpcID }: TargetGroupBindingSpec): boolean =>
  Boolean(targetGroupARN && targetType && targetGroupProtocol && ipAddressType && vpcID);

const groupOf = async (elbv2: Elbv2Api, spec: TargetGroupBindingSpec): Promise<TargetGroup> => {
  if (!spec.targetGroupARN && !spec.targetGroupName) throw new Error('must provide either TargetGroupARN or TargetGroupName');
  const query = spec.targetGroupARN ? { TargetGroupArns: [spec.targetGroupARN] } : { Names: [spec.targetGroupName ?? ''] };
  const { TargetGroups = [] } = await elbv2.DescribeTargetGroups(query);
  const [group] = TargetGroups;
  if (!group || TargetGroups.length !== 1) throw new Error(`expecting a single targetGroup with query [${Object.values(query).flat().join(' ')}] but got ${TargetGroups.length}`);
  return group;
};

// In the order in which the real controller asks; the first that is missing gives the refusal its words.
const questions = [
  ['targetType', "couldn't determine TargetType"], ['ipAddressType', 'unable to get target group IP address type'],
  ['vpcID', 'unable to get target group VpcID'], ['targetGroupProtocol', "couldn't determine TargetGroup protocol"],
] as const;

/** A group that is asked for by its name has to be found before anything else of it is asked. */
const askedOf = async (elbv2: Elbv2Api, spec: TargetGroupBindingSpec): Promise<TargetGroup> => {
  if (!spec.targetGroupARN) return groupOf(elbv2, spec);
  return groupOf(elbv2, spec).catch((error: unknown) => {
    const [, words] = questions.find(([field]) => !spec[field]) ?? questions[0];
    throw new Error(`${words}: ${messageOf(error)}`, { cause: error });
  });
};

/** The spec with every field set; the very spec, and no AWS call, when nothing is missing. */
export const completeSpec = async (elbv2: Elbv2Api, spec: TargetGroupBindingSpec): Promise<TargetGroupBindingSpec> => {
  if (isComplete(spec)) return spec;
  const group = await askedOf(elbv2, spec);
  if (group.TargetType !== 'instance' && group.TargetType !== 'ip') throw new Error(`unsupported TargetType: ${group.TargetType}`);
  const found = {
    targetGroupARN: group.TargetGroupArn ?? '',
    targetType: group.TargetType,
    targetGroupProtocol: group.Protocol ?? '',
    ipAddressType: group.IpAddressType ?? 'ipv4',
    vpcID: group.VpcId ?? '',
  };
  return { ...found, ...spec };
};

/** The binding with every field set; written back when something was missing. */
export const completeBinding = async ({ elbv2, client }: { elbv2: Elbv2Api; client: KubeClient }, binding: TargetGroupBinding): Promise<TargetGroupBinding> => {
  const { metadata: { namespace, name } } = binding;
  const spec = await completeSpec(elbv2, binding.spec);
  return spec === binding.spec ? binding : client.patch<TargetGroupBinding>(targetGroupBindings, namespace, name, { spec });
};
