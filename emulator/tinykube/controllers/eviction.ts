// What taints do to pods that are there already, and the taint of a cordoned node. Models pkg/controller/tainteviction and the node lifecycle controller.
import { stopAll, type Context, type Running } from './context.js';
import { recorder, seconds, type Recorder } from './events.js';
import type { Node, Pod, Taint } from './kinds.js';
import { isActive } from './pods.js';
import { keyOf, splitKey, workQueue, type WorkQueue } from './queue.js';
import { staysFor } from './taints.js';

const unschedulable: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** A cordoned node has a taint that says so, one that is not has none. */
const markCordon = ({ api, clock }: Context, node: Node): void => {
  const { taints = [], ...spec } = node.spec;
  const has = taints.some(({ key }) => key === unschedulable.key);
  if (has === (spec.unschedulable ?? false) || node.metadata.deletionTimestamp) return;
  const next = has ? taints.filter(({ key }) => key !== unschedulable.key) : [...taints, { ...unschedulable, timeAdded: seconds(clock.now()) }];
  api.update('nodes', { ...node, spec: { ...spec, ...(next.length > 0 && { taints: next }) } });
};

type Evictor = Context & { record: Recorder; /** When a taint without a time of its own was first seen, by node and taint. */ since: Map<string, number> };

const sinceOf = ({ since, clock }: Evictor, node: string, taint: Taint): number => {
  if (taint.timeAdded) return Date.parse(taint.timeAdded);
  const key = `${node} ${taint.key}`;
  const known = since.get(key) ?? clock.now();
  since.set(key, known);
  return known;
};

const noExecute = (node: Node | undefined): Taint[] => (node?.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');

/** Deletes a pod whose time on its tainted node is over; else says how long that will be. */
const reconcile = (evictor: Evictor, key: string): number | undefined => {
  const { api, clock, record } = evictor;
  const pod = api.get('pods', ...splitKey(key)) as Pod | undefined;
  if (!pod?.spec.nodeName || !isActive(pod)) return undefined;
  const taints = noExecute(api.get('nodes', undefined, pod.spec.nodeName) as Node | undefined);
  const stays = taints.length > 0 ? staysFor(pod.spec.tolerations ?? [], taints) : undefined;
  if (stays === undefined) return undefined;
  const left = Math.max(...taints.map((taint) => sinceOf(evictor, pod.spec.nodeName ?? '', taint))) + stays - clock.now();
  if (left > 0) return left;
  record(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
  api.delete('pods', pod.metadata.namespace, pod.metadata.name, { uid: pod.metadata.uid });
  return undefined;
};

const podsOn = ({ api }: Context, node: string): Pod[] => api.by('pods', 'node', node) as Pod[];

const lookAt = (evictor: Evictor, queue: WorkQueue) => (node: Node): void => {
  markCordon(evictor, node);
  const keys = noExecute(node).map(({ key }) => `${node.metadata.name} ${key}`);
  for (const known of evictor.since.keys()) if (known.startsWith(`${node.metadata.name} `) && !keys.includes(known)) evictor.since.delete(known);
  if (keys.length > 0) for (const pod of podsOn(evictor, node.metadata.name)) queue.add(keyOf(pod));
};

/** Starts following nodes and pods. */
export const startEviction = (context: Context): Running => {
  const { api, clock, log } = context;
  const evictor: Evictor = { ...context, record: recorder(context, 'taint-eviction-controller'), since: new Map() };
  const queue = workQueue({ clock, log, reconcile: (key) => reconcile(evictor, key) });
  // A node is looked at by its own key, so that its update is not made inside the news of another.
  const nodes = workQueue({ clock, log, reconcile: (name) => {
    const node = api.get('nodes', undefined, name) as Node | undefined;
    if (node) lookAt(evictor, queue)(node);
  } });
  const stops = [
    api.watch('nodes', ({ object }) => nodes.add(object.metadata.name)),
    api.watch('pods', ({ type, object }) => {
      const node = type === 'ADDED' || type === 'MODIFIED' ? (object as Pod).spec.nodeName : undefined;
      if (node && noExecute(api.get('nodes', undefined, node) as Node | undefined).length > 0) queue.add(keyOf(object));
    }),
    queue.stop,
    nodes.stop,
  ];
  for (const node of api.list('nodes')) nodes.add(node.metadata.name);
  return stopAll(stops);
};
