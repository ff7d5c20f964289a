// Which change of which object makes which TargetGroupBinding due. Keys only; the pass looks at what is.
import { isDeepStrictEqual } from 'node:util';
import { keyOf } from '../kube/cache.js';
import type { Informer } from '../kube/informer.js';
import { indexBy } from '../kube/lookup.js';
import type { EndpointSlice, Node, Pod, Service, TargetGroupBinding } from '../kube/types.js';
import { checkpointKey, checkpointTimeKey } from './checkpoint.js';
import { isSuitable, readyStatus } from './endpoints.js';

export type Informers = {
  bindings: Informer<TargetGroupBinding>;
  services: Informer<Service>;
  slices: Informer<EndpointSlice>;
  nodes: Informer<Node>;
  pods: Informer<Pod>;
};

const serviceOfSlice = ({ metadata }: EndpointSlice): string[] => {
  const name = metadata.labels?.['kubernetes.io/service-name'];
  return name ? [`${metadata.namespace}/${name}`] : [];
};

const otherAnnotations = ({ metadata }: TargetGroupBinding): object => {
  const { [checkpointKey]: mark, [checkpointTimeKey]: time, ...others } = metadata.annotations ?? {};
  return { others, marked: mark !== undefined, timed: time !== undefined };
};

/** Our own notes on the object (checkpoint, status, finalizer) ask for nothing; a checkpoint that somebody took away does. */
const bindingMatters = (old: TargetGroupBinding | undefined, now: TargetGroupBinding): boolean => {
  if (!old || old.metadata.uid !== now.metadata.uid) return true;
  if (!isDeepStrictEqual(old.spec, now.spec) || old.metadata.deletionTimestamp !== now.metadata.deletionTimestamp) return true;
  const before = otherAnnotations(old) as { marked: boolean };
  const after = otherAnnotations(now) as { marked: boolean };
  return before.marked && !isDeepStrictEqual(before, after);
};

const nodeMatters = (old: Node | undefined, now: Node | undefined, binding: TargetGroupBinding): boolean => {
  const was = old !== undefined && isSuitable(old, binding);
  const is = now !== undefined && isSuitable(now, binding);
  if (!was && !is) return false;
  return was !== is || (old && readyStatus(old)) !== (now && readyStatus(now)) || old?.spec?.providerID !== now?.spec?.providerID;
};

const looksSame = (old: Node | undefined, now: Node | undefined): boolean =>
  old !== undefined && now !== undefined && readyStatus(old) === readyStatus(now) &&
  isDeepStrictEqual(old.metadata.labels, now.metadata.labels) && isDeepStrictEqual(old.spec, now.spec);

/** Bindings that wait for pods: a slice may name one before our own watch brings it. */
const watchPods = (pods: Informer<Pod>, enqueue: (binding: string) => void) => {
  const waiting = new Map<string, Set<string>>();
  pods.on((old, now) => {
    if (old || !now) return;
    for (const binding of waiting.get(keyOf(now)) ?? []) enqueue(binding);
    waiting.delete(keyOf(now));
  });
  return (binding: string, unseen: string[]): void => {
    for (const pod of unseen) {
      const [namespace = '', name = ''] = pod.split('/');
      if (pods.get(namespace, name)) enqueue(binding);
      else waiting.set(pod, (waiting.get(pod) ?? new Set()).add(binding));
    }
  };
};

const touchedBy = (old: EndpointSlice | undefined, now: EndpointSlice | undefined): Set<string> => {
  const same = isDeepStrictEqual(old?.endpoints, now?.endpoints) && isDeepStrictEqual(old?.ports, now?.ports);
  return new Set(same ? [] : [...(old ? serviceOfSlice(old) : []), ...(now ? serviceOfSlice(now) : [])]);
};

/** Wires changes to `enqueue`; call before the informers start. Returns what a pass needs to look things up. */
export const watchTriggers = ({ bindings, services, slices, nodes, pods }: Informers, enqueue: (binding: string) => void) => {
  const bindingsOf = indexBy(bindings, ({ metadata, spec }) => [`${metadata.namespace}/${spec.serviceRef.name}`]);
  const slicesOf = indexBy(slices, serviceOfSlice);
  bindings.on((old, now) => {
    if (now && bindingMatters(old, now)) enqueue(keyOf(now));
  });
  services.on((old, now) => {
    if (isDeepStrictEqual(old?.spec.ports, now?.spec.ports) && old?.spec.type === now?.spec.type) return;
    for (const binding of bindingsOf(keyOf((now ?? old) as Service))) enqueue(keyOf(binding));
  });
  slices.on((old, now) => {
    for (const service of touchedBy(old, now)) {
      for (const binding of bindingsOf(service)) if (binding.spec.targetType !== 'instance') enqueue(keyOf(binding));
    }
  });
  nodes.on((old, now) => {
    if (looksSame(old, now)) return;
    for (const binding of bindings.list()) if (binding.spec.targetType === 'instance' && nodeMatters(old, now, binding)) enqueue(keyOf(binding));
  });
  return { slicesOf, awaitPods: watchPods(pods, enqueue) };
};
