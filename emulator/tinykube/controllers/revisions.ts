// A Deployment's ReplicaSets: which one carries the present template, revisions, and making the next one.
import { equal } from '../api/json.js';
import type { Deployment, PodTemplate, ReplicaSet } from './kinds.js';
import { safeHash } from './hash.js';
import type { NewObject } from '../types.js';
import { controllerReference } from './owners.js';
import { byAge, limitsOf, wantedReplicas } from './rollout.js';

const revisionKey = 'deployment.kubernetes.io/revision';
const desiredKey = 'deployment.kubernetes.io/desired-replicas';
const maxKey = 'deployment.kubernetes.io/max-replicas';
const hashLabel = 'pod-template-hash';

// What kubectl keeps on the Deployment for itself, and what is counted per ReplicaSet.
const notCopied = new Set(['kubectl.kubernetes.io/last-applied-configuration', revisionKey, desiredKey, maxKey, 'deployment.kubernetes.io/revision-history', 'deprecated.deployment.rollback.to']);

const comparable = (template: PodTemplate) => {
  const { [hashLabel]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { labels, annotations: template.metadata?.annotations ?? {}, spec: template.spec };
};

/** The oldest ReplicaSet whose template is the Deployment's, apart from the hash label. */
export const findNewest = (deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined => {
  const wanted = comparable(deployment.spec.template);
  return [...sets].sort(byAge).find((set) => equal(comparable(set.spec.template), wanted));
};

export const revisionOf = (object: { metadata: { annotations?: Record<string, string> } }): number =>
  Number(object.metadata.annotations?.[revisionKey] ?? 0);

/** The size that the Deployment had when this ReplicaSet was last looked at. */
export const recordedReplicas = (set: ReplicaSet): number | undefined => {
  const text = set.metadata.annotations?.[desiredKey];
  return text === undefined ? undefined : Number(text);
};

/** The annotations of a ReplicaSet with the Deployment's sizes noted. */
export const sizeAnnotations = (deployment: Deployment): Record<string, string> => ({
  [desiredKey]: String(wantedReplicas(deployment)),
  [maxKey]: String(wantedReplicas(deployment) + limitsOf(deployment).maxSurge),
});

/** Annotations that a Deployment hands down to its newest ReplicaSet. */
export const handedDown = (deployment: Deployment, revision: number): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key))),
  ...sizeAnnotations(deployment),
  [revisionKey]: String(revision),
});

/** A Deployment with the revision noted on it. */
export const withRevision = (deployment: Deployment, revision: number): Deployment => ({
  ...deployment,
  metadata: { ...deployment.metadata, annotations: { ...deployment.metadata.annotations, [revisionKey]: String(revision) } },
});

/** The ReplicaSet for the Deployment's present template. */
export const newReplicaSet = (deployment: Deployment, replicas: number, revision: number): NewObject => {
  const hash = safeHash(deployment.spec.template, deployment.status?.collisionCount ?? 0);
  const labels = { ...deployment.spec.template.metadata?.labels, [hashLabel]: hash };
  const { template } = deployment.spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? 'default',
      labels,
      annotations: handedDown(deployment, revision),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(deployment.spec.minReadySeconds && { minReadySeconds: deployment.spec.minReadySeconds }),
      selector: { ...deployment.spec.selector, matchLabels: { ...deployment.spec.selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
};
