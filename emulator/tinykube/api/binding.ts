// Binding a pod to a node: one write, as the real server's, that also says that the pod is scheduled.
import { withCondition } from '../controllers/conditions.js';
import type { Pod } from '../controllers/kinds.js';
import type { KubeObject } from '../types.js';
import type { Kind } from './kinds.js';
import type { Operations } from './operations.js';

/** `now` is the time of the condition's change. Reason and message of an earlier failure do not outlive it. */
export const bind = (operations: Operations, kind: Kind, object: KubeObject, nodeName: string, now: string): KubeObject => {
  const pod = object as Pod;
  const conditions = withCondition(pod.status?.conditions, { type: 'PodScheduled', status: 'True' }, now);
  return operations.update(kind, { ...pod, spec: { ...pod.spec, nodeName }, status: { ...pod.status, conditions } }, { whole: true });
};
