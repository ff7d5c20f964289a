// The StatefulSet controller, simple: named pods in order, one at a time unless Parallel. No volume claims.
import { equal } from '../api/json.js';
import type { ResourceKey } from '../types.js';
import { stopAll, type Context, type Running } from './context.js';
import { recorder, type Recorder } from './events.js';
import { safeHash } from './hash.js';
import { keepHistory } from './history.js';
import type { Pod, StatefulSet } from './kinds.js';
import { claim, controllerOf } from './owners.js';
import { isActive, isOver, isReady, podFromTemplate, readiness } from './pods.js';
import { keyOf, splitKey, workQueue, type WorkQueue } from './queue.js';
import { making, type Making } from './refusal.js';

const statefulSets: ResourceKey = 'statefulsets.apps';
const revisionLabel = 'controller-revision-hash';

const ordinalOf = (pod: Pod): number => Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? -1);

const revisionOf = (set: StatefulSet): string => `${set.metadata.name}-${safeHash(set.spec.template)}`;

const createPod = ({ api, refused }: Making, record: Recorder, set: StatefulSet, ordinal: number): void => {
  const name = `${set.metadata.name}-${ordinal}`;
  const labels = { [revisionLabel]: revisionOf(set), 'statefulset.kubernetes.io/pod-name': name, 'apps.kubernetes.io/pod-index': String(ordinal) };
  const pod = podFromTemplate(set, set.spec.template, { name, labels });
  const spec = { ...set.spec.template.spec, hostname: name, ...(set.spec.serviceName && { subdomain: set.spec.serviceName }) };
  api.create('pods', { ...pod, spec: structuredClone(spec) }, refused(set));
  record(set, 'Normal', 'SuccessfulCreate', `create Pod ${name} in StatefulSet ${set.metadata.name} successful`);
};

const deletePod = ({ api }: Context, record: Recorder, set: StatefulSet, pod: Pod): void => {
  api.delete('pods', pod.metadata.namespace, pod.metadata.name, { uid: pod.metadata.uid });
  if (!pod.metadata.deletionTimestamp) record(set, 'Normal', 'SuccessfulDelete', `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`);
};

/** Makes the missing pods, lowest first. True when it has to wait before going on. */
const fill = (context: Making, record: Recorder, set: StatefulSet, pods: ReadonlyMap<number, Pod>): boolean => {
  const parallel = set.spec.podManagementPolicy === 'Parallel';
  let waiting = false;
  for (let ordinal = 0; ordinal < (set.spec.replicas ?? 1); ordinal += 1) {
    const pod = pods.get(ordinal);
    if (pod && isOver(pod)) deletePod(context, record, set, pod);
    else if (!pod) createPod(context, record, set, ordinal);
    if (pod && isActive(pod) && isReady(pod)) continue;
    waiting = true;
    if (!parallel) return true;
  }
  return waiting;
};

const shrink = (context: Context, record: Recorder, set: StatefulSet, pods: ReadonlyMap<number, Pod>): boolean => {
  const surplus = [...pods].filter(([ordinal]) => ordinal >= (set.spec.replicas ?? 1)).sort(([a], [b]) => b - a);
  if (set.spec.podManagementPolicy === 'Parallel') for (const [, pod] of surplus) deletePod(context, record, set, pod);
  else if (surplus[0] && !surplus[0][1].metadata.deletionTimestamp) deletePod(context, record, set, surplus[0][1]);
  return surplus.length > 0;
};

/** Replaces one outdated pod, highest first, when all are ready. */
const renew = (context: Context, record: Recorder, set: StatefulSet, pods: ReadonlyMap<number, Pod>): void => {
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const outdated = [...pods].filter(([ordinal, pod]) => ordinal >= partition && pod.metadata.labels?.[revisionLabel] !== revisionOf(set));
  const next = outdated.sort(([a], [b]) => b - a)[0];
  if (next) deletePod(context, record, set, next[1]);
};

const writeStatus = ({ api, clock }: Context, set: StatefulSet, pods: readonly Pod[]): number | undefined => {
  const { ready, available, next } = readiness(pods, set.spec.minReadySeconds ?? 0, clock.now());
  const updateRevision = revisionOf(set);
  const updated = pods.filter((pod) => pod.metadata.labels?.[revisionLabel] === updateRevision).length;
  const before = String(set.status?.['currentRevision'] ?? updateRevision);
  const complete = updated === pods.length && ready === (set.spec.replicas ?? 1);
  const currentRevision = complete ? updateRevision : before;
  const current = pods.filter((pod) => pod.metadata.labels?.[revisionLabel] === currentRevision).length;
  const status = {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    ...(ready > 0 && { readyReplicas: ready }),
    ...(current > 0 && { currentReplicas: current }),
    ...(updated > 0 && { updatedReplicas: updated }),
    availableReplicas: available,
    currentRevision,
    updateRevision,
    collisionCount: 0,
  };
  if (!equal(status, set.status)) api.update(statefulSets, { ...set, status }, 'status');
  return next;
};

const reconcile = (context: Making, record: Recorder, key: string): number | undefined => {
  const [namespace, name] = splitKey(key);
  const set = context.api.get(statefulSets, namespace, name) as StatefulSet | undefined;
  if (!set) return undefined;
  const mine = (): Pod[] => claim(context.api, set, 'pods', set.spec.selector) as Pod[];
  const pods = new Map(mine().map((pod) => [ordinalOf(pod), pod]));
  if (!set.metadata.deletionTimestamp) {
    const used = new Set([...pods.values()].map(({ metadata }) => metadata.labels?.[revisionLabel] ?? ''));
    keepHistory(context, set, { hash: safeHash(set.spec.template), label: 'controller.kubernetes.io/hash', used });
    const busy = fill(context, record, set, pods) || shrink(context, record, set, pods);
    if (!busy) renew(context, record, set, pods);
  }
  return writeStatus(context, set, mine());
};

/** Starts the StatefulSet controller. */
export const startStatefulSets = (context: Context): Running => {
  const { api, clock, log } = context;
  const record = recorder(context, 'statefulset-controller');
  const queue: WorkQueue = workQueue({ clock, log, reconcile: (key) => reconcile(making(context, record, () => queue), record, key) });
  const stops = [
    api.watch(statefulSets, ({ object }) => queue.add(keyOf(object))),
    api.watch('pods', ({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === 'StatefulSet') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
    }),
    queue.stop,
  ];
  for (const set of api.list(statefulSets)) queue.add(keyOf(set));
  return stopAll(stops);
};
