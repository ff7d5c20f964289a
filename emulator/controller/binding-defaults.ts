// Fills in what a user left out of a TargetGroupBinding, as the real controller's admission webhook does; there are no webhooks here.
import type { Elbv2Api } from '../api/elbv2/client.js';
import type { KubeClient } from '../kube/client.js';
import { targetGroupBindings } from '../kube/resources.js';
import type { TargetGroupBinding, TargetGroupBindingSpec } from '../kube/types.js';

const isComplete = ({ targetGroupARN, targetType, targetGroupProtocol, ipAddressType, vpcID }: TargetGroupBindingSpec): boolean =>
  Boolean(targetGroupARN && targetType && targetGroupProtocol && ipAddressType && vpcID);

/** The binding with every field set; written back when something was missing. No AWS call when nothing is. */
export const completeBinding = async ({ elbv2, client }: { elbv2: Elbv2Api; client: KubeClient }, binding: TargetGroupBinding): Promise<TargetGroupBinding> => {
  const { spec, metadata: { namespace, name } } = binding;
  if (isComplete(spec)) return binding;
  if (!spec.targetGroupARN && !spec.targetGroupName) throw new Error('must provide either TargetGroupARN or TargetGroupName');
  const query = spec.targetGroupARN ? { TargetGroupArns: [spec.targetGroupARN] } : { Names: [spec.targetGroupName ?? ''] };
  const { TargetGroups = [] } = await elbv2.DescribeTargetGroups(query);
  const [group] = TargetGroups;
  if (!group || TargetGroups.length !== 1) throw new Error(`expecting a single targetGroup with query [${Object.values(query).flat().join(' ')}] but got ${TargetGroups.length}`);
  if (group.TargetType !== 'instance' && group.TargetType !== 'ip') throw new Error(`unsupported TargetType: ${group.TargetType}`);
  const found = {
    targetGroupARN: group.TargetGroupArn,
    targetType: group.TargetType,
    targetGroupProtocol: group.Protocol,
    ipAddressType: group.IpAddressType ?? 'ipv4',
    vpcID: group.VpcId,
  };
  return client.patch<TargetGroupBinding>(targetGroupBindings, namespace, name, { spec: { ...found, ...spec } });
};
