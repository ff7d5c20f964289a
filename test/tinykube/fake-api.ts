// A small stand-in for the API server behind the `Api` seam: versions, generations, finalizers, grace; no defaults, no validation.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { iso, type Clock } from '../../emulator/clock.js';
import type { Api, KubeObject, NewObject, WatchEvent } from '../../emulator/tinykube/types.js';

const withGeneration = new Set(['deployments.apps', 'replicasets.apps', 'statefulsets.apps', 'daemonsets.apps', 'pods', 'endpointslices.discovery.k8s.io']);

const content = (object: KubeObject): object => {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
};

const comparable = (object: KubeObject): object => ({ ...object, metadata: { ...object.metadata, resourceVersion: '' } });

const released = ({ kind, metadata, ...rest }: KubeObject): boolean => {
  if (metadata.finalizers?.length || !metadata.deletionTimestamp) return false;
  if (kind === 'Namespace') return ((rest['spec'] as { finalizers?: string[] } | undefined)?.finalizers ?? []).length === 0;
  return (metadata.deletionGracePeriodSeconds ?? 0) === 0;
};

/** An API in memory. */
export const fakeApi = (clock: Clock): Api => {
  const tables = new Map<string, Map<string, KubeObject>>();
  const watchers = new Map<string, Set<(event: WatchEvent) => void>>();
  let revision = 0;
  let nodePort = 30100;

  const now = (): string => `${iso(clock.now()).slice(0, 19)}Z`;
  const table = (resource: string): Map<string, KubeObject> => {
    const found = tables.get(resource) ?? new Map<string, KubeObject>();
    tables.set(resource, found);
    return found;
  };
  const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;

  const put = (resource: string, type: WatchEvent['type'], object: KubeObject): KubeObject => {
    revision += 1;
    const next = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    const key = keyOf(next.metadata.namespace, next.metadata.name);
    if (type === 'DELETED') table(resource).delete(key);
    else table(resource).set(key, next);
    for (const fn of [...(watchers.get(resource) ?? [])]) fn({ type, object: next });
    return next;
  };

  const spec = (resource: string, object: NewObject): Record<string, unknown> => {
    if (resource === 'namespaces') return { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
    if (resource !== 'services') return {};
    const wanted = object['spec'] as { type?: string; ports?: { nodePort?: number }[] };
    const ports = wanted.type === 'NodePort' || wanted.type === 'LoadBalancer' ? (wanted.ports ?? []).map((port) => ({ nodePort: nodePort++, ...port })) : wanted.ports;
    return { spec: { ...wanted, ...(ports && { ports }) } };
  };

  const get: Api['get'] = (resource, namespace, name) => table(resource).get(keyOf(namespace, name));

  const create: Api['create'] = (resource, object) => {
    const name = object.metadata.name ?? `${object.metadata.generateName ?? ''}${randomUUID().slice(0, 5)}`;
    if (get(resource, object.metadata.namespace, name)) throw new Error(`${resource} "${name}" already exists`);
    const { status: _status, ...rest } = structuredClone(object);
    const metadata = { ...rest.metadata, name, uid: randomUUID(), creationTimestamp: now(), resourceVersion: '', ...(withGeneration.has(resource) && { generation: 1 }) };
    return put(resource, 'ADDED', { ...rest, ...(resource === 'pods' && { status: { phase: 'Pending' } }), ...spec(resource, object), metadata });
  };

  const update: Api['update'] = (resource, object, subresource) => {
    const old = get(resource, object.metadata.namespace, object.metadata.name);
    if (!old) throw new Error(`${resource} "${object.metadata.name}" not found`);
    if (object.metadata.resourceVersion && object.metadata.resourceVersion !== old.metadata.resourceVersion) throw new Error(`conflict on ${resource} "${object.metadata.name}"`);
    const copy = structuredClone(object);
    const next: KubeObject = subresource === 'status' ? { ...old, status: copy['status'] } : { ...copy, ...(old['status'] !== undefined && { status: old['status'] }) };
    next.metadata = { ...next.metadata, uid: old.metadata.uid, creationTimestamp: old.metadata.creationTimestamp };
    if (withGeneration.has(resource) && !isDeepStrictEqual(content(next), content(old))) next.metadata.generation = (old.metadata.generation ?? 0) + 1;
    if (isDeepStrictEqual(comparable(next), comparable(old))) return old;
    return put(resource, released(next) ? 'DELETED' : 'MODIFIED', next);
  };

  const remove: Api['delete'] = (resource, namespace, name, options = {}) => {
    const old = get(resource, namespace, name);
    if (!old || (options.uid && options.uid !== old.metadata.uid)) return undefined;
    const bound = resource === 'pods' && (old['spec'] as { nodeName?: string }).nodeName !== undefined;
    const grace = bound ? (options.gracePeriodSeconds ?? old.metadata.deletionGracePeriodSeconds ?? 30) : 0;
    const policy = { Foreground: ['foregroundDeletion'], Orphan: ['orphan'], Background: [] }[options.propagationPolicy ?? 'Background'];
    const finalizers = [...new Set([...(old.metadata.finalizers ?? []), ...policy])];
    const metadata = { ...old.metadata, deletionTimestamp: old.metadata.deletionTimestamp ?? now(), deletionGracePeriodSeconds: grace, ...(finalizers.length > 0 && { finalizers }) };
    const next: KubeObject = { ...old, metadata, ...(resource === 'namespaces' && { status: { phase: 'Terminating' } }) };
    return put(resource, released(next) ? 'DELETED' : 'MODIFIED', next);
  };

  return {
    get,
    list: (resource, namespace) => [...table(resource)].filter(([key]) => namespace === undefined || key.startsWith(`${namespace}/`)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object),
    create,
    update,
    delete: remove,
    watch: (resource, fn) => {
      const set = watchers.get(resource) ?? new Set();
      watchers.set(resource, set.add(fn));
      return () => void set.delete(fn);
    },
  };
};
