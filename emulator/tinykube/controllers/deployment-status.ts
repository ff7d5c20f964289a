// What a Deployment's status says of its ReplicaSets: counts, Available and Progressing; pure.
import { withCondition } from './conditions.js';
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from './kinds.js';
import { conditionOf } from './pods.js';
import { limitsOf, sum, wantedReplicas } from './rollout.js';

/** What happened to the newest ReplicaSet in this pass. */
export type Progress = { reason: 'NewReplicaSetCreated' | 'FoundNewReplicaSet'; name: string } | undefined;

type Counts = { replicas: number; updated: number; ready: number; available: number; unavailable: number };

const countsOf = (sets: readonly ReplicaSet[], newest: ReplicaSet | undefined): Counts => {
  const replicas = sum(sets, (set) => set.status?.replicas ?? 0);
  const available = sum(sets, (set) => set.status?.availableReplicas ?? 0);
  return {
    replicas,
    updated: newest?.status?.replicas ?? 0,
    ready: sum(sets, (set) => set.status?.readyReplicas ?? 0),
    available,
    unavailable: Math.max(0, sum(sets, wantedReplicas) - available),
  };
};

/** All pods are of the newest template and available, and no other is left. */
export const isComplete = (deployment: Deployment): boolean => {
  const status = deployment.status ?? {};
  const wanted = wantedReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted && (status.replicas ?? 0) === wanted && (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
};

const availability = (deployment: Deployment, counts: Counts): Condition =>
  counts.available >= wantedReplicas(deployment) - limitsOf(deployment).maxUnavailable
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.' };

const moved = (old: DeploymentStatus | undefined, counts: Counts): boolean =>
  counts.updated > (old?.updatedReplicas ?? 0) || counts.ready > (old?.readyReplicas ?? 0) || counts.available > (old?.availableReplicas ?? 0) ||
  counts.replicas - counts.updated < (old?.replicas ?? 0) - (old?.updatedReplicas ?? 0);

const deadlineMs = (deployment: Deployment): number => (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;

/** Ms until the rollout counts as stuck; undefined when it is not under way. */
export const untilDeadline = (deployment: Deployment, now: number): number | undefined => {
  const progressing = conditionOf(deployment.status?.conditions, 'Progressing');
  if (!progressing?.lastUpdateTime || deployment.spec.paused) return undefined;
  if (progressing.reason === 'NewReplicaSetAvailable' || progressing.reason === 'ProgressDeadlineExceeded') return undefined;
  // One second on top: times are whole seconds.
  return Math.max(0, Date.parse(progressing.lastUpdateTime) + deadlineMs(deployment) + 1000 - now);
};

const progressOf = (deployment: Deployment, counts: Counts, newest: ReplicaSet | undefined, happened: Progress, now: number): Condition | undefined => {
  const old = conditionOf(deployment.status?.conditions, 'Progressing');
  const name = newest?.metadata.name ?? '';
  const condition = (status: 'True' | 'False' | 'Unknown', reason: string, message: string): Condition => ({ type: 'Progressing', status, reason, message });
  if (deployment.spec.paused) return old?.reason === 'DeploymentPaused' ? old : condition('Unknown', 'DeploymentPaused', 'Deployment is paused');
  const wanted = wantedReplicas(deployment);
  const complete = newest !== undefined && counts.updated === wanted && counts.replicas === wanted && counts.available === wanted;
  // Scaling a finished rollout does not make it progress anew.
  if (old?.reason === 'NewReplicaSetAvailable' && !happened && old.message?.includes(`"${name}"`)) return old;
  if (complete) return condition('True', 'NewReplicaSetAvailable', `ReplicaSet "${name}" has successfully progressed.`);
  if (happened?.reason === 'NewReplicaSetCreated') return condition('True', happened.reason, `Created new replica set "${name}"`);
  if (happened) return condition('True', happened.reason, `Found new replica set "${name}"`);
  if (old?.reason === 'DeploymentPaused') return condition('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  if (moved(deployment.status, counts)) return condition('True', 'ReplicaSetUpdated', `ReplicaSet "${name}" is progressing.`);
  if (untilDeadline(deployment, now) === 0) return condition('False', 'ProgressDeadlineExceeded', `ReplicaSet "${name}" has timed out progressing.`);
  return old;
};

const stamped = (conditions: Condition[], old: readonly Condition[] | undefined, now: string, touch: boolean): Condition[] =>
  conditions.map((condition) => {
    const before = conditionOf(old, condition.type);
    const same = before?.status === condition.status && before.reason === condition.reason;
    return { ...condition, lastUpdateTime: same && !(touch && condition.type === 'Progressing') && before.lastUpdateTime ? before.lastUpdateTime : now };
  });

/** The status of a Deployment as its ReplicaSets are now. Zeros are left out, as real Kubernetes does. */
export const deploymentStatus = (deployment: Deployment, sets: readonly ReplicaSet[], newest: ReplicaSet | undefined, happened: Progress, clockNow: number, now: string): DeploymentStatus => {
  const counts = countsOf(sets, newest);
  const progress = progressOf(deployment, counts, newest, happened, clockNow);
  const old = deployment.status?.conditions;
  const available = withCondition(old, availability(deployment, counts), now);
  const conditions = progress ? withCondition(available, progress, now) : available;
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...(counts.replicas > 0 && { replicas: counts.replicas }),
    ...(counts.updated > 0 && { updatedReplicas: counts.updated }),
    ...(counts.ready > 0 && { readyReplicas: counts.ready }),
    ...(counts.available > 0 && { availableReplicas: counts.available }),
    ...(counts.unavailable > 0 && { unavailableReplicas: counts.unavailable }),
    ...(deployment.status?.collisionCount && { collisionCount: deployment.status.collisionCount }),
    conditions: stamped(conditions, old, now, progress?.reason === 'ReplicaSetUpdated' && moved(deployment.status, counts)),
  };
};
