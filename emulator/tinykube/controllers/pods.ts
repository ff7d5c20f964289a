// Facts about pods that several controllers ask for, and how a pod is made from a template; pure.
import type { KubeObject, NewObject } from '../types.js';
import type { Condition, Pod, PodTemplate } from './kinds.js';
import { controllerReference } from './owners.js';

export const conditionOf = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type);

export const isReady = (pod: Pod): boolean => conditionOf(pod.status?.conditions, 'Ready')?.status === 'True';

/** Succeeded or Failed: it will never run again. */
export const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** Counts for its controller: neither over nor on its way out. */
export const isActive = (pod: Pod): boolean => !isOver(pod) && !pod.metadata.deletionTimestamp;

/** Ms until a ready pod counts as available; 0 when it does, undefined when it is not ready. */
export const untilAvailable = (pod: Pod, minReadySeconds: number, now: number): number | undefined => {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = Date.parse(conditionOf(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? '');
  return Number.isNaN(since) ? 0 : Math.max(0, since + minReadySeconds * 1000 - now);
};

/** Ready and available counts, and the ms until the next ready pod becomes available. */
export const readiness = (pods: readonly Pod[], minReadySeconds: number, now: number) => {
  const waits = pods.map((pod) => untilAvailable(pod, minReadySeconds, now)).filter((wait) => wait !== undefined);
  const pending = waits.filter((wait) => wait > 0);
  return { ready: waits.length, available: waits.length - pending.length, next: pending.length > 0 ? Math.min(...pending) : undefined };
};

/** A pod as its owner's template wants it. The caller gives the name or the prefix. */
export const podFromTemplate = (owner: KubeObject, template: PodTemplate, metadata: { name?: string; generateName?: string; labels?: Record<string, string> }): NewObject => {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      namespace: owner.metadata.namespace ?? 'default',
      labels: { ...labels, ...metadata.labels },
      ...(annotations && { annotations: { ...annotations } }),
      ...(finalizers && { finalizers: [...finalizers] }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec,
  };
};
