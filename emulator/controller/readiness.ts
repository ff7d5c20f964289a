// Pod readiness gates: a pod that has the binding's gate is told whether its target is healthy.
import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import { iso, type Clock } from '../clock.js';
import { isNotFound, type KubeClient } from '../kube/client.js';
import type { Informer } from '../kube/informer.js';
import { pods as podResource } from '../kube/resources.js';
import type { Condition, Pod, TargetGroupBinding } from '../kube/types.js';

export type Readiness = { client: KubeClient; pods: Informer<Pod>; clock: Clock };
type Answer = Pick<Condition, 'status' | 'reason' | 'message'>;

export const gateOf = ({ metadata }: TargetGroupBinding): string => `target-health.elbv2.k8s.aws/${metadata.name}`;
export const hasGate = (pod: Pod, gate: string): boolean => pod.spec?.readinessGates?.some(({ conditionType }) => conditionType === gate) ?? false;
const conditionOf = (pod: Pod, gate: string): Condition | undefined => pod.status?.conditions?.find(({ type }) => type === gate);

/** Whether a pod was told about its target and not yet that it is healthy: then an equal checkpoint is not enough. */
export const isWaiting = (pod: Pod | undefined, gate: string): boolean => {
  const condition = pod && conditionOf(pod, gate);
  return condition !== undefined && condition.status !== 'True';
};

/** What AWS would say of a target in the moment of its registration. */
export const justRegistered: TargetHealth = { State: 'initial', Reason: 'Elb.RegistrationInProgress', Description: 'Target registration is in progress' };

const answerOf = (health: TargetHealth | undefined): Answer => ({
  status: health?.State === 'healthy' ? 'True' : health?.State ? 'False' : 'Unknown',
  ...(health?.Reason ? { reason: health.Reason } : {}),
  ...(health?.Description ? { message: health.Description } : {}),
});

const isSame = (old: Condition | undefined, answer: Answer): boolean =>
  old?.status === answer.status && (old.reason ?? '') === (answer.reason ?? '') && (old.message ?? '') === (answer.message ?? '');

/** Writes the whole list with the version that it was read at: a merge patch cannot change one entry. */
const tell = async ({ client, pods, clock }: Readiness, pod: Pod, gate: string, answer: Answer): Promise<void> => {
  const old = conditionOf(pod, gate);
  if (isSame(old, answer)) return;
  const since = old?.status === answer.status && old.lastTransitionTime ? old.lastTransitionTime : iso(clock.now()).replace(/\.\d+Z$/, 'Z');
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== gate);
  const conditions = [...others, { type: gate, ...answer, lastTransitionTime: since }];
  const { namespace, name, uid, resourceVersion } = pod.metadata;
  try {
    pods.learn(await client.patch<Pod>(podResource, namespace, name, { metadata: { uid, resourceVersion }, status: { conditions } }, 'status'));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};

/** Tells every pod with the gate how its target is; true when all of them are healthy. */
export const tellHealth = async (readiness: Readiness, binding: TargetGroupBinding, targets: { pod?: Pod; health: TargetHealth | undefined }[]): Promise<boolean> => {
  const gate = gateOf(binding);
  let all = true;
  for (const { pod, health } of targets) {
    if (!pod || !hasGate(pod, gate)) continue;
    const answer = answerOf(health);
    await tell(readiness, pod, gate, answer);
    all &&= answer.status === 'True';
  }
  return all;
};

/** Without the binding nobody would ever open the gate again. */
export const openGates = async (readiness: Readiness, binding: TargetGroupBinding): Promise<void> => {
  const gate = gateOf(binding);
  for (const pod of readiness.pods.list()) {
    if (pod.metadata.namespace !== binding.metadata.namespace || !hasGate(pod, gate)) continue;
    await tell(readiness, pod, gate, { status: 'True', message: 'Target Group Binding is deleted' });
  }
};
