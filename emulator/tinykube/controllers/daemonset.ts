// The DaemonSet controller: one pod per node that will take it, replaced as its update strategy says when the template changes.
import { equal } from '../api/json.js';
import type { ResourceKey } from '../types.js';
import { stopAll, type Context, type Running } from './context.js';
import { nextStep } from './daemonset-rollout.js';
import { recorder, type Recorder } from './events.js';
import { safeHash } from './hash.js';
import { keepHistory } from './history.js';
import type { DaemonSet, Node, Pod, PodSpec } from './kinds.js';
import { unused } from './occupancy.js';
import { claim, controllerOf } from './owners.js';
import { isActive, isOver, isReady, podFromTemplate } from './pods.js';
import { obstacle } from './placement.js';
import { keyOf, splitKey, workQueue, type WorkQueue } from './queue.js';
import { making, type Making } from './refusal.js';

const daemonSets: ResourceKey = 'daemonsets.apps';
const revisionLabel = 'controller-revision-hash';

// What a daemon puts up with, as the real controller adds it.
const tolerations = ['not-ready:NoExecute', 'unreachable:NoExecute', 'disk-pressure:NoSchedule', 'memory-pressure:NoSchedule', 'pid-pressure:NoSchedule', 'unschedulable:NoSchedule'].map((text) => {
  const [key, effect = ''] = text.split(':');
  return { key: `node.kubernetes.io/${key}`, operator: 'Exists', effect };
});

const revisionOf = (set: DaemonSet): string => safeHash(set.spec.template);

const specFor = (set: DaemonSet, node: string): PodSpec => {
  const spec = structuredClone(set.spec.template.spec);
  const nodeSelectorTerms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }];
  return {
    ...spec,
    tolerations: [...(spec.tolerations ?? []), ...tolerations],
    affinity: { ...spec.affinity, nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  };
};

const nodeOf = (pod: Pod): string | undefined =>
  pod.spec.nodeName ?? pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.[0]?.matchFields?.[0]?.values?.[0];

/** Nodes count, not pods: with a surge a node has two for a while. */
const nodesOf = (pods: readonly Pod[]): number => new Set(pods.map(nodeOf)).size;

const wants = (set: DaemonSet, node: Node): boolean => {
  const pod = { metadata: { name: '', uid: '' }, spec: { ...set.spec.template.spec, tolerations: [...(set.spec.template.spec.tolerations ?? []), ...tolerations] } };
  return obstacle(pod as unknown as Pod, node, unused) === undefined;
};

const createPod = ({ api, refused }: Making, record: Recorder, set: DaemonSet, node: string): void => {
  const pod = podFromTemplate(set, set.spec.template, { generateName: `${set.metadata.name}-`, labels: { [revisionLabel]: revisionOf(set) } });
  const made = api.create('pods', { ...pod, spec: specFor(set, node) }, refused(set));
  record(set, 'Normal', 'SuccessfulCreate', `Created pod: ${made.metadata.name}`);
};

const deletePod = ({ api }: Context, record: Recorder, set: DaemonSet, pod: Pod): void => {
  if (pod.metadata.deletionTimestamp) return;
  api.delete('pods', pod.metadata.namespace, pod.metadata.name, { uid: pod.metadata.uid });
  record(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
};

const renew = (context: Making, record: Recorder, set: DaemonSet, pods: readonly Pod[], nodes: readonly string[]): void => {
  const revision = revisionOf(set);
  const { gone, second } = nextStep(set, nodes, pods, { node: nodeOf, isFresh: ({ metadata }) => metadata.labels?.[revisionLabel] === revision });
  for (const pod of gone) deletePod(context, record, set, pod);
  for (const node of second) createPod(context, record, set, node);
};

const writeStatus = ({ api }: Context, set: DaemonSet, pods: readonly Pod[], wanted: number): void => {
  const ready = nodesOf(pods.filter((pod) => isActive(pod) && isReady(pod)));
  const updated = nodesOf(pods.filter((pod) => pod.metadata.labels?.[revisionLabel] === revisionOf(set)));
  const status = {
    currentNumberScheduled: nodesOf(pods),
    numberMisscheduled: 0,
    desiredNumberScheduled: wanted,
    numberReady: ready,
    observedGeneration: set.metadata.generation ?? 1,
    ...(updated > 0 && { updatedNumberScheduled: updated }),
    ...(ready > 0 && { numberAvailable: ready }),
    ...(wanted > ready && { numberUnavailable: wanted - ready }),
  };
  if (!equal(status, set.status)) api.update(daemonSets, { ...set, status }, 'status');
};

const reconcile = (context: Making, record: Recorder, key: string): void => {
  const { api } = context;
  const [namespace, name] = splitKey(key);
  const set = api.get(daemonSets, namespace, name) as DaemonSet | undefined;
  if (!set) return;
  const nodes = new Set((api.list('nodes') as Node[]).filter((node) => wants(set, node)).map(({ metadata }) => metadata.name));
  const mine = (): Pod[] => claim(api, set, 'pods', set.spec.selector) as Pod[];
  if (!set.metadata.deletionTimestamp) {
    const pods = mine();
    keepHistory(context, set, { hash: revisionOf(set), label: revisionLabel, used: new Set(pods.map(({ metadata }) => `${name}-${metadata.labels?.[revisionLabel] ?? ''}`)) });
    for (const pod of pods) if (isOver(pod) || !nodes.has(nodeOf(pod) ?? '')) deletePod(context, record, set, pod);
    const covered = new Set(pods.map(nodeOf));
    for (const node of nodes) if (!covered.has(node)) createPod(context, record, set, node);
    renew(context, record, set, pods, [...nodes].filter((node) => covered.has(node)));
  }
  writeStatus(context, set, mine().filter((pod) => !isOver(pod)), nodes.size);
};

/** Starts the DaemonSet controller. */
export const startDaemonSets = (context: Context): Running => {
  const { api, clock, log } = context;
  const record = recorder(context, 'daemonset-controller');
  const queue: WorkQueue = workQueue({ clock, log, reconcile: (key) => reconcile(making(context, record, () => queue), record, key) });
  const addAll = (): void => api.list(daemonSets).forEach((set) => queue.add(keyOf(set)));
  const stops = [
    api.watch(daemonSets, ({ object }) => queue.add(keyOf(object))),
    api.watch('nodes', addAll),
    api.watch('pods', ({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === 'DaemonSet') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
    }),
    queue.stop,
  ];
  addAll();
  return stopAll(stops);
};
