// Which Services select a pod: found by the pod's labels, not by a look at every Service.
import type { KubeObject } from '../types.js';
import type { Service } from './kinds.js';
import { keyOf } from './queue.js';
import { labelsMatch } from './selectors.js';

type Selector = Record<string, string>;

export type Selecting = {
  changed(service: Service, gone: boolean): void;
  /** Keys of the Services in the pod's namespace whose selector takes it. */
  of(pod: KubeObject): string[];
};

const at = (namespace: string | undefined, name: string, value: string): string => `${namespace ?? ''}/${name}=${value}`;

/** Every Service is kept under one of its selector's labels: a pod that it takes has that label. */
export const createSelecting = (): Selecting => {
  const places = new Map<string, string>();
  const buckets = new Map<string, Map<string, Selector>>();
  const forget = (key: string): void => {
    const place = places.get(key);
    if (place === undefined) return;
    places.delete(key);
    const bucket = buckets.get(place);
    bucket?.delete(key);
    if (bucket?.size === 0) buckets.delete(place);
  };
  return {
    changed: (service, gone) => {
      const key = keyOf(service);
      forget(key);
      const selector = service.spec.selector ?? {};
      const [first] = Object.entries(selector);
      if (gone || !first) return;
      const place = at(service.metadata.namespace, ...first);
      places.set(key, place);
      buckets.set(place, (buckets.get(place) ?? new Map<string, Selector>()).set(key, selector));
    },
    of: ({ metadata: { namespace, labels } }) =>
      Object.entries(labels ?? {}).flatMap(([name, value]) =>
        [...(buckets.get(at(namespace, name, value)) ?? [])].flatMap(([key, selector]) => (labelsMatch(selector, labels) ? [key] : []))),
  };
};
