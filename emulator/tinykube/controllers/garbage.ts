// The garbage collector: what is left of owners that are gone, by uid; foreground and orphan deletion too.
import type { KubeObject, ResourceKey, WatchEvent } from '../types.js';
import { stopAll, type Context, type Running } from './context.js';
import { withoutOwner } from './owners.js';
import { workQueue } from './queue.js';
import { listIfServed, namespacedResources } from './resources.js';

type Ref = { resource: ResourceKey; namespace: string | undefined; name: string };

const foreground = 'foregroundDeletion';
const orphan = 'orphan';
const clusterScoped: readonly ResourceKey[] = ['namespaces', 'nodes'];

/** Who exists and who depends on whom, kept from watches. */
const ownership = () => {
  const living = new Map<string, Ref>();
  const dependents = new Map<string, Set<string>>();
  const forget = (uid: string): void => void living.delete(uid);
  const note = (resource: ResourceKey, { metadata }: KubeObject): void => {
    living.set(metadata.uid, { resource, namespace: metadata.namespace, name: metadata.name });
    for (const owner of metadata.ownerReferences ?? []) {
      const set = dependents.get(owner.uid) ?? new Set();
      dependents.set(owner.uid, set.add(metadata.uid));
    }
  };
  return { living, dependents, forget, note };
};

type Ownership = ReturnType<typeof ownership>;

type Live = Ref & { object: KubeObject };

const liveOf = ({ api }: Context, { living }: Ownership, uid: string): Live | undefined => {
  const ref = living.get(uid);
  const object = ref && api.get(ref.resource, ref.namespace, ref.name);
  return ref && object?.metadata.uid === uid ? { ...ref, object } : undefined;
};

const dependentsOf = (context: Context, graph: Ownership, uid: string): Live[] =>
  [...(graph.dependents.get(uid) ?? [])].flatMap((one) => {
    const live = liveOf(context, graph, one);
    return live?.object.metadata.ownerReferences?.some((owner) => owner.uid === uid) ? [live] : [];
  });

const withoutFinalizer = (object: KubeObject, name: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, finalizers: (object.metadata.finalizers ?? []).filter((one) => one !== name) },
});

const remove = ({ api }: Context, { resource, namespace, name, object }: Live, propagationPolicy: 'Background' | 'Foreground'): void =>
  void api.delete(resource, namespace, name, { uid: object.metadata.uid, propagationPolicy });

/** The owner is gone: dependants whose owners are all gone follow it, others lose the reference. */
const collect = (context: Context, graph: Ownership, owner: string): void => {
  for (const dependent of dependentsOf(context, graph, owner)) {
    const owners = dependent.object.metadata.ownerReferences ?? [];
    if (owners.every(({ uid }) => !liveOf(context, graph, uid))) {
      if (!dependent.object.metadata.deletionTimestamp) remove(context, dependent, 'Background');
    } else context.api.update(dependent.resource, withoutOwner(dependent.object, owner));
  }
  graph.dependents.delete(owner);
};

const deleteForeground = (context: Context, graph: Ownership, owner: Live): void => {
  const dependents = dependentsOf(context, graph, owner.object.metadata.uid);
  for (const dependent of dependents) {
    const more = (graph.dependents.get(dependent.object.metadata.uid)?.size ?? 0) > 0;
    if (!dependent.object.metadata.deletionTimestamp) remove(context, dependent, more ? 'Foreground' : 'Background');
  }
  const blocking = dependentsOf(context, graph, owner.object.metadata.uid).some(({ object }) =>
    object.metadata.ownerReferences?.some((one) => one.uid === owner.object.metadata.uid && one.blockOwnerDeletion));
  const now = liveOf(context, graph, owner.object.metadata.uid);
  if (!blocking && now) context.api.update(now.resource, withoutFinalizer(now.object, foreground));
};

const orphanDependents = (context: Context, graph: Ownership, owner: Live): void => {
  for (const { resource, object } of dependentsOf(context, graph, owner.object.metadata.uid)) {
    context.api.update(resource, withoutOwner(object, owner.object.metadata.uid));
  }
  const now = liveOf(context, graph, owner.object.metadata.uid);
  if (now) context.api.update(now.resource, withoutFinalizer(now.object, orphan));
};

const reconcile = (context: Context, graph: Ownership, uid: string): void => {
  const live = liveOf(context, graph, uid);
  if (!live) return collect(context, graph, uid);
  if (!live.object.metadata.deletionTimestamp) return;
  if (live.object.metadata.finalizers?.includes(orphan)) orphanDependents(context, graph, live);
  else if (live.object.metadata.finalizers?.includes(foreground)) deleteForeground(context, graph, live);
};

/** Starts the garbage collector. Owners are known by uid, so a new object of an old name is not taken for the owner. */
export const startGarbageCollector = (context: Context): Running => {
  const { api, clock, log } = context;
  const graph = ownership();
  const queue = workQueue({ clock, log, reconcile: (uid) => reconcile(context, graph, uid) });
  const seen = (resource: ResourceKey) => ({ type, object }: WatchEvent): void => {
    if (type === 'DELETED') graph.forget(object.metadata.uid);
    else graph.note(resource, object);
    const going = object.metadata.deletionTimestamp && object.metadata.finalizers?.length;
    if (type === 'DELETED' || going) queue.add(object.metadata.uid);
    // An owner that waits in the foreground looks again when a dependant goes.
    if (type === 'DELETED') for (const owner of object.metadata.ownerReferences ?? []) queue.add(owner.uid);
  };
  const watched = new Map<ResourceKey, () => void>();
  const watch = (resource: ResourceKey): void => {
    if (watched.has(resource) || resource === 'events') return;
    for (const object of listIfServed(api, resource)) graph.note(resource, object);
    try {
      watched.set(resource, api.watch(resource, seen(resource)));
    } catch (error) {
      log.debug({ resource, error }, 'not served, not collected');
    }
  };
  const watchAll = (): void => [...namespacedResources(api), ...clusterScoped].forEach(watch);
  watchAll();
  for (const uid of [...graph.living.keys(), ...graph.dependents.keys()]) queue.add(uid);
  const definitions = 'customresourcedefinitions.apiextensions.k8s.io';
  const custom = watched.has(definitions) ? [] : [safely(() => api.watch(definitions, watchAll))];
  return stopAll([...custom, () => watched.forEach((stop) => stop()), queue.stop]);
};

const safely = (start: () => () => void): (() => void) => {
  try {
    return start();
  } catch {
    return () => {};
  }
};
