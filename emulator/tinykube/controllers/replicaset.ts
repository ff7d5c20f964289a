// The ReplicaSet controller: as many pods as wanted, surplus ones chosen in Kubernetes' order. Models pkg/controller/replicaset.
import { equal } from '../api/json.js';
import { messageOf } from '../../errors.js';
import type { ResourceKey } from '../types.js';
import { stopAll, type Context, type Running } from './context.js';
import { recorder, type Recorder } from './events.js';
import type { Pod, ReplicaSet } from './kinds.js';
import { claim, controllerOf } from './owners.js';
import { isActive, isReady, podFromTemplate, readiness } from './pods.js';
import { keyOf, splitKey, workQueue, type WorkQueue } from './queue.js';
import { making, type Making } from './refusal.js';
import { wantedReplicas } from './rollout.js';
import { labelsMatch } from './selectors.js';

const replicaSets: ResourceKey = 'replicasets.apps';
const costKey = 'controller.kubernetes.io/pod-deletion-cost';

const phaseRank = (pod: Pod): number => ({ Pending: 0, Unknown: 1, Running: 2 })[pod.status?.phase ?? 'Pending'] ?? 3;

/** Orders pods so that those to give up come first: unassigned, pending, not ready, cheap, doubled up on a node, newest. */
export const deletionOrder = (pods: readonly Pod[]): Pod[] => {
  const onNode = new Map<string, number>();
  for (const pod of pods) onNode.set(pod.spec.nodeName ?? '', (onNode.get(pod.spec.nodeName ?? '') ?? 0) + 1);
  const rank = (pod: Pod): number[] => [
    pod.spec.nodeName ? 1 : 0,
    phaseRank(pod),
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.[costKey] ?? 0),
    -(onNode.get(pod.spec.nodeName ?? '') ?? 0),
    -Date.parse(pod.metadata.creationTimestamp),
  ];
  return [...pods].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const at = left.findIndex((value, index) => value !== right[index]);
    return at < 0 ? b.metadata.name.localeCompare(a.metadata.name) : (left[at] ?? 0) - (right[at] ?? 0);
  });
};

const createPods = ({ api, refused }: Making, record: Recorder, set: ReplicaSet, count: number): void => {
  for (let made = 0; made < count; made += 1) {
    try {
      const pod = api.create('pods', podFromTemplate(set, set.spec.template, { generateName: `${set.metadata.name}-` }), refused(set));
      record(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    } catch (error) {
      record(set, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
      throw error;
    }
  }
};

const deletePods = ({ api }: Context, record: Recorder, set: ReplicaSet, pods: readonly Pod[]): void => {
  for (const pod of pods) {
    api.delete('pods', pod.metadata.namespace, pod.metadata.name, { uid: pod.metadata.uid });
    record(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
  }
};

const writeStatus = ({ api, clock }: Context, set: ReplicaSet, active: readonly Pod[]): number | undefined => {
  const { ready, available, next } = readiness(active, set.spec.minReadySeconds ?? 0, clock.now());
  const labelled = active.filter((pod) => labelsMatch(set.spec.template.metadata?.labels ?? {}, pod.metadata.labels)).length;
  const status = {
    replicas: active.length,
    ...(labelled > 0 && { fullyLabeledReplicas: labelled }),
    ...(ready > 0 && { readyReplicas: ready }),
    ...(available > 0 && { availableReplicas: available }),
    observedGeneration: set.metadata.generation ?? 1,
  };
  if (!equal(status, set.status)) api.update(replicaSets, { ...set, status }, 'status');
  return next;
};

const reconcile = (context: Making, record: Recorder, key: string): number | undefined => {
  const { api } = context;
  const [namespace, name] = splitKey(key);
  const set = api.get(replicaSets, namespace, name) as ReplicaSet | undefined;
  if (!set) return undefined;
  const active = (): Pod[] => (claim(api, set, 'pods', set.spec.selector) as Pod[]).filter(isActive);
  const pods = active();
  const missing = set.metadata.deletionTimestamp ? 0 : wantedReplicas(set) - pods.length;
  try {
    if (missing > 0) createPods(context, record, set, missing);
    if (missing < 0) deletePods(context, record, set, deletionOrder(pods).slice(0, -missing));
  } finally {
    writeStatus(context, set, active());
  }
  return readiness(pods, set.spec.minReadySeconds ?? 0, context.clock.now()).next;
};

/** Starts the ReplicaSet controller. */
export const startReplicaSets = (context: Context): Running => {
  const { api, clock, log } = context;
  const record = recorder(context, 'replicaset-controller');
  const queue: WorkQueue = workQueue({ clock, log, reconcile: (key) => reconcile(making(context, record, () => queue), record, key) });
  const stops = [
    api.watch(replicaSets, ({ type, object }) => {
      if (type !== 'DELETED') queue.add(keyOf(object));
    }),
    api.watch('pods', ({ type, object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === 'ReplicaSet') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
      // A pod that nobody controls may be one to adopt.
      else if (!owner && type !== 'DELETED') for (const set of api.list(replicaSets, object.metadata.namespace)) queue.add(keyOf(set));
    }),
    queue.stop,
  ];
  for (const set of api.list(replicaSets)) queue.add(keyOf(set));
  return stopAll(stops);
};
