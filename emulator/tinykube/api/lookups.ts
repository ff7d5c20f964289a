// Which questions about objects are answered without a look at all of them: by label, owner, node, cluster address, node port.
import type { KubeObject, ResourceKey } from '../types.js';
import { fields, items, strings, text, type Fields } from './json.js';

export type Lookup = 'label' | 'owner' | 'node' | 'clusterIP' | 'nodePort';

/** One label of one namespace as a value of the lookup `label`. */
export const labelValue = (namespace: string | undefined, name: string, value: string): string => `${namespace ?? ''}/${name}=${value}`;

const nodePorts = (spec: Fields): string[] => [
  ...items(spec.ports).flatMap((port) => (port.nodePort === undefined ? [] : [`${String(port.nodePort)}/${text(port.protocol)}`])),
  ...(spec.healthCheckNodePort === undefined ? [] : [`${String(spec.healthCheckNodePort)}/TCP`]),
];

const valuesOf: Record<Lookup, (object: KubeObject) => readonly string[]> = {
  label: ({ metadata }) => Object.entries(metadata.labels ?? {}).map(([name, value]) => labelValue(metadata.namespace, name, value)),
  owner: ({ metadata }) => (metadata.ownerReferences ?? []).map(({ uid }) => uid),
  // Those that are bound to none are found by the empty name.
  node: ({ spec }) => [text(fields(spec).nodeName)],
  clusterIP: ({ spec }) => strings(fields(spec).clusterIPs),
  nodePort: ({ spec }) => nodePorts(fields(spec)),
};

type Bucket = Map<string, KubeObject>;

const rowOf = ({ metadata: { namespace, name } }: KubeObject): string => `${namespace ?? ''}/${name}`;

/** One lookup over one kind, kept up to date by its changes. */
const createIndex = (lookup: Lookup, objects: Iterable<KubeObject>) => {
  const buckets = new Map<string, Bucket>();
  const remove = (object: KubeObject): void => {
    for (const value of valuesOf[lookup](object)) {
      const bucket = buckets.get(value);
      bucket?.delete(rowOf(object));
      if (bucket?.size === 0) buckets.delete(value);
    }
  };
  const add = (object: KubeObject): void => {
    for (const value of valuesOf[lookup](object)) {
      const bucket = buckets.get(value);
      if (bucket) bucket.set(rowOf(object), object);
      else buckets.set(value, new Map([[rowOf(object), object]]));
    }
  };
  for (const object of objects) add(object);
  return { buckets, add, remove };
};

type Index = ReturnType<typeof createIndex>;

const empty: Bucket = new Map();

export type Lookups = {
  bucket(key: ResourceKey, lookup: Lookup, value: string): ReadonlyMap<string, KubeObject>;
  changed(key: ResourceKey, object: KubeObject, previous: KubeObject | undefined, gone: boolean): void;
};

/** A lookup of a kind is built when it is first asked for. */
export const createLookups = (rows: (key: ResourceKey) => Iterable<KubeObject>): Lookups => {
  const known = new Map<ResourceKey, Map<Lookup, Index>>();
  const indexOf = (key: ResourceKey, lookup: Lookup): Index => {
    const own = known.get(key) ?? new Map<Lookup, Index>();
    known.set(key, own);
    const index = own.get(lookup) ?? createIndex(lookup, rows(key));
    own.set(lookup, index);
    return index;
  };
  return {
    bucket: (key, lookup, value) => indexOf(key, lookup).buckets.get(value) ?? empty,
    changed: (key, object, previous, gone) => {
      for (const index of known.get(key)?.values() ?? []) {
        if (previous) index.remove(previous);
        if (!gone) index.add(object);
      }
    },
  };
};
