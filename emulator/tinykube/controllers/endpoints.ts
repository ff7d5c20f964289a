// The EndpointSlice and Endpoints controllers in one: a Service's pods, published twice.
import { equal } from '../api/json.js';
import type { NewObject, ResourceKey } from '../types.js';
import { stopAll, type Context, type Running } from './context.js';
import { groupsOf, labelsFor, slicesOf, subsetsOf, type Group } from './endpoints-model.js';
import { seconds } from './events.js';
import type { EndpointSlice, Node, Pod, Service } from './kinds.js';
import { controllerReference } from './owners.js';
import { keyOf, splitKey, workQueue, type WorkQueue } from './queue.js';
import { createSelecting, type Selecting } from './selecting.js';

export const endpointSlices: ResourceKey = 'endpointslices.discovery.k8s.io';
export const serviceNameLabel = 'kubernetes.io/service-name';
const managedBy = 'endpointslice.kubernetes.io/managed-by';
const manager = 'endpointslice-controller.k8s.io';
const triggerKey = 'endpoints.kubernetes.io/last-change-trigger-time';

const newSlice = (service: Service, slice: Group, now: string): NewObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    generateName: `${service.metadata.name}-`,
    namespace: service.metadata.namespace ?? 'default',
    labels: labelsFor(service, { [serviceNameLabel]: service.metadata.name, [managedBy]: manager }),
    annotations: { [triggerKey]: now },
    ownerReferences: [controllerReference(service)],
  },
  addressType: 'IPv4',
  ports: slice.ports,
  endpoints: slice.endpoints,
});

const same = (have: EndpointSlice, want: NewObject): boolean =>
  equal([have.ports ?? [], have.endpoints ?? [], have.metadata.labels], [want['ports'], want['endpoints'], want.metadata.labels]);

/** The slice to write a group into: one that has its ports already, else any that is free. */
const takeSlice = (free: EndpointSlice[], want: Group): EndpointSlice | undefined => {
  const at = free.findIndex((slice) => equal(slice.ports ?? [], want.ports));
  return at >= 0 ? free.splice(at, 1)[0] : free.shift();
};

const writeSlices = ({ api, clock }: Context, service: Service, groups: readonly Group[]): void => {
  const now = seconds(clock.now());
  const mine = api.labelled(endpointSlices, service.metadata.namespace, { [serviceNameLabel]: service.metadata.name, [managedBy]: manager });
  const free = (mine as EndpointSlice[]).filter((slice) => !slice.metadata.deletionTimestamp);
  for (const group of slicesOf(groups)) {
    const want = newSlice(service, group, now);
    const have = takeSlice(free, group);
    if (!have) api.create(endpointSlices, want);
    else if (!same(have, want)) {
      const { labels, annotations } = want.metadata;
      api.update(endpointSlices, { ...have, metadata: { ...have.metadata, ...(labels && { labels }), ...(annotations && { annotations }) }, ports: want['ports'], endpoints: want['endpoints'] });
    }
  }
  for (const slice of free) api.delete(endpointSlices, slice.metadata.namespace, slice.metadata.name);
};

const writeEndpoints = ({ api, clock }: Context, service: Service, groups: readonly Group[]): void => {
  const { name, namespace = 'default' } = service.metadata;
  const labels = labelsFor(service, { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' });
  const subsets = subsetsOf(groups);
  const have = api.get('endpoints', namespace, name);
  if (have && equal([have['subsets'] ?? [], have.metadata.labels], [subsets, labels])) return;
  const annotations = { [triggerKey]: seconds(clock.now()) };
  if (!have) api.create('endpoints', { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace, labels, annotations }, subsets });
  else api.update('endpoints', { ...have, metadata: { ...have.metadata, labels, annotations: { ...have.metadata.annotations, ...annotations } }, subsets });
};

const reconcile = (context: Context, key: string): void => {
  const { api } = context;
  const [namespace, name] = splitKey(key);
  const service = api.get('services', namespace, name) as Service | undefined;
  if (!service) {
    // Slices go with their owner reference; Endpoints have none and go by name.
    api.delete('endpoints', namespace, name);
    return;
  }
  const selector = service.spec.selector;
  if (!selector || Object.keys(selector).length === 0 || service.spec.type === 'ExternalName' || service.metadata.deletionTimestamp) return;
  const pods = api.labelled('pods', namespace, selector) as Pod[];
  const groups = groupsOf(service, pods, (node) => api.get('nodes', undefined, node) as Node | undefined);
  writeSlices(context, service, groups);
  writeEndpoints(context, service, groups);
};

/** Keeps which Services may list a pod, also when its labels have changed. */
const enqueueServices = (selecting: Selecting, queue: WorkQueue) => {
  const before = new Map<string, string[]>();
  return (pod: Pod, gone: boolean): void => {
    const keys = selecting.of(pod);
    for (const key of new Set([...keys, ...(before.get(pod.metadata.uid) ?? [])])) queue.add(key);
    if (gone) before.delete(pod.metadata.uid);
    else before.set(pod.metadata.uid, keys);
  };
};

/** Starts publishing endpoints. */
export const startEndpoints = (context: Context): Running => {
  const { api, clock, log } = context;
  const queue = workQueue({ clock, log, reconcile: (key) => reconcile(context, key) });
  const selecting = createSelecting();
  const enqueue = enqueueServices(selecting, queue);
  const stops = [
    api.watch('services', ({ type, object }) => {
      selecting.changed(object as Service, type === 'DELETED');
      queue.add(keyOf(object));
    }),
    api.watch('pods', ({ type, object }) => enqueue(object as Pod, type === 'DELETED')),
    // Someone else's hand on a slice is undone.
    api.watch(endpointSlices, ({ object }) => {
      const service = object.metadata.labels?.[serviceNameLabel];
      if (service && object.metadata.labels?.[managedBy] === manager) queue.add(`${object.metadata.namespace ?? ''}/${service}`);
    }),
    queue.stop,
  ];
  for (const service of api.list('services')) {
    selecting.changed(service as Service, false);
    queue.add(keyOf(service));
  }
  return stopAll(stops);
};
