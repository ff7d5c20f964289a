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

/** Rows of the table, as `namespace/name`. */
type Bucket = Set<string>;

export const rowOf = ({ metadata: { namespace, name } }: KubeObject): string => `${namespace ?? ''}/${name}`;

const areSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((value, n) => value === b[n]);

/** One lookup over one kind, kept up to date by its changes. */
const createIndex = (lookup: Lookup, objects: Iterable<KubeObject>) => {
  const buckets = new Map<string, Bucket>();
  const remove = (row: string, values: readonly string[]): void => {
    for (const value of values) {
      const bucket = buckets.get(value);
      bucket?.delete(row);
      if (bucket?.size === 0) buckets.delete(value);
    }
  };
  const add = (row: string, values: readonly string[]): void => {
    for (const value of values) {
      const bucket = buckets.get(value);
      if (bucket) bucket.add(row);
      else buckets.set(value, new Set([row]));
    }
  };
  const changed = (object: KubeObject | undefined, previous: KubeObject | undefined): void => {
    // Most writes of controllers change neither labels nor spec.
    if (object && previous && object.metadata.labels === previous.metadata.labels && object.metadata.ownerReferences === previous.metadata.ownerReferences && object['spec'] === previous['spec']) return;
    const before = previous ? valuesOf[lookup](previous) : [];
    const after = object ? valuesOf[lookup](object) : [];
    if (areSame(before, after)) return;
    if (previous) remove(rowOf(previous), before);
    if (object) add(rowOf(object), after);
  };
  for (const object of objects) changed(object, undefined);
  return { buckets, changed };
};

type Index = ReturnType<typeof createIndex>;

const empty: Bucket = new Set();

export type Lookups = {
  bucket(key: ResourceKey, lookup: Lookup, value: string): ReadonlySet<string>;
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
      for (const index of known.get(key)?.values() ?? []) index.changed(gone ? undefined : object, previous);
    },
  };
};
