// The life of namespaces: the four that every cluster has, what each one holds from the start, and how one ends.
import { equal } from '../api/json.js';
import { codeOf } from '../../errors.js';
import type { KubeObject, NewObject, ResourceKey } from '../types.js';
import { withCondition } from './conditions.js';
import { stopAll, type Context, type Running } from './context.js';
import { seconds } from './events.js';
import type { Condition, Namespace } from './kinds.js';
import { splitKey, workQueue } from './queue.js';
import { listIfServed, namespacedResources } from './resources.js';

const always = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

// `kubectl delete -f` names the namespace first and what is in it afterwards: contents that go at once would be
// reported as NotFound. Real clusters take seconds to begin.
const beforeContentsGo = 1000;

type Content = { resource: ResourceKey; object: KubeObject };

const ensure = ({ api }: Context, resource: ResourceKey, object: NewObject): void => {
  if (!api.get(resource, object.metadata.namespace, object.metadata.name ?? '')) api.create(resource, object);
};

const furnish = (context: Context, namespace: string, ca: string): void => {
  ensure(context, 'serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } });
  const annotations = { 'kubernetes.io/description': 'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.' };
  const root = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt', namespace, annotations }, data: { 'ca.crt': ca } };
  const have = context.api.get('configmaps', namespace, 'kube-root-ca.crt');
  if (!have) context.api.create('configmaps', root);
  else if (!equal(have['data'], root.data)) context.api.update('configmaps', { ...have, data: root.data });
};

const contentsOf = ({ api }: Context, namespace: string): Content[] =>
  namespacedResources(api).flatMap((resource) => listIfServed(api, resource, namespace).map((object) => ({ resource, object })));

const countBy = (keys: readonly string[]): [string, number][] => [...keys.reduce((counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1), new Map<string, number>())];

/** Why a namespace is still there, in the words of the real controller. */
export const remainingConditions = (contents: readonly Content[]): Condition[] => {
  const kinds = countBy(contents.map(({ resource }) => (resource.includes('.') ? resource : `${resource}.`)));
  const finalizers = countBy(contents.flatMap(({ object }) => object.metadata.finalizers ?? []));
  const some = (list: [string, number][], text: (key: string, count: number) => string): string => list.map(([key, count]) => text(key, count)).join(', ');
  return [
    kinds.length > 0
      ? { type: 'NamespaceContentRemaining', status: 'True', reason: 'SomeResourcesRemain', message: `Some resources are remaining: ${some(kinds, (key, count) => `${key} has ${count} resource instances`)}` }
      : { type: 'NamespaceContentRemaining', status: 'False', reason: 'ContentRemoved', message: 'All content successfully removed' },
    finalizers.length > 0
      ? { type: 'NamespaceFinalizersRemaining', status: 'True', reason: 'SomeFinalizersRemain', message: `Some content in the namespace has finalizers remaining: ${some(finalizers, (key, count) => `${key} in ${count} resource instances`)}` }
      : { type: 'NamespaceFinalizersRemaining', status: 'False', reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
  ];
};

const writeConditions = ({ api, clock }: Context, namespace: Namespace, contents: readonly Content[]): void => {
  const now = seconds(clock.now());
  const conditions = remainingConditions(contents).reduce((list, one) => withCondition(list, one, now), namespace.status?.conditions ?? []);
  const status = { ...namespace.status, phase: 'Terminating', conditions };
  if (!equal(status, namespace.status)) api.update('namespaces', { ...namespace, status }, 'status');
};

/** Takes the `kubernetes` finalizer away, which lets the API server remove the namespace. */
const finalize = ({ api }: Context, name: string): void => {
  const namespace = api.get('namespaces', undefined, name) as Namespace | undefined;
  if (namespace) api.update('namespaces', { ...namespace, spec: { ...namespace.spec, finalizers: [] } });
};

const end = (context: Context, namespace: Namespace): number | undefined => {
  const { api, clock } = context;
  const since = Date.parse(namespace.metadata.deletionTimestamp ?? '');
  // deletionTimestamp has whole seconds: one more keeps the promise of at least a second.
  const wait = since + 2 * beforeContentsGo - clock.now();
  if (wait > 0) return Math.min(wait, 2 * beforeContentsGo);
  for (const { resource, object } of contentsOf(context, namespace.metadata.name)) {
    if (!object.metadata.deletionTimestamp) api.delete(resource, object.metadata.namespace, object.metadata.name, { propagationPolicy: 'Background' });
  }
  const left = contentsOf(context, namespace.metadata.name);
  if (left.length === 0) finalize(context, namespace.metadata.name);
  else writeConditions(context, namespace, left);
  return undefined;
};

const reconcile = (context: Context, key: string, ca: string): number | undefined => {
  const namespace = context.api.get('namespaces', undefined, splitKey(key)[1]) as Namespace | undefined;
  if (!namespace) return undefined;
  if (namespace.metadata.deletionTimestamp) return end(context, namespace);
  furnish(context, namespace.metadata.name, ca);
  return undefined;
};

const isGoing = ({ api }: Context, name: string | undefined): boolean =>
  name !== undefined && api.get('namespaces', undefined, name)?.metadata.deletionTimestamp !== undefined;

const watchIfServed = ({ api }: Context, resource: ResourceKey, fn: (object: KubeObject) => void): (() => void) => {
  try {
    return api.watch(resource, ({ type, object }) => (type === 'DELETED' ? fn(object) : undefined));
  } catch (error) {
    if (codeOf(error) !== undefined) throw error;
    return () => {};
  }
};

/** Makes the namespaces that every cluster has, at once: others write into them as soon as they start. */
export const createNamespaces = (context: Context, ca: string): void => {
  for (const name of always) {
    ensure(context, 'namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    furnish(context, name, ca);
  }
};

/** Starts the namespace controller. */
export const startNamespaces = (context: Context, ca: string): Running => {
  const { api, clock, log } = context;
  const queue = workQueue({ clock, log, reconcile: (key) => reconcile(context, key, ca) });
  const watched = namespacedResources(api).map((resource) =>
    watchIfServed(context, resource, ({ metadata: { namespace, name } }) => {
      const furniture = (resource === 'serviceaccounts' && name === 'default') || (resource === 'configmaps' && name === 'kube-root-ca.crt');
      if (furniture || isGoing(context, namespace)) queue.add(`/${namespace ?? ''}`);
    }),
  );
  const stop = api.watch('namespaces', ({ object }) => queue.add(`/${object.metadata.name}`));
  for (const namespace of api.list('namespaces')) queue.add(`/${namespace.metadata.name}`);
  return stopAll([...watched, stop, queue.stop]);
};
