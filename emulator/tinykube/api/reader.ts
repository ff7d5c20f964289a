// Reading the tables: single objects by key, and lists that stay in order as objects come and go.
import type { Tables } from '../../journal.js';
import type { KubeObject, ResourceKey } from '../types.js';
import { createLookups, labelValue, type Lookup } from './lookups.js';

const objectKey = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: KubeObject, b: KubeObject): number =>
  compareText(a.metadata.namespace ?? '', b.metadata.namespace ?? '') || compareText(a.metadata.name, b.metadata.name);

/** The first place whose object does not come before what `before` says. */
const search = (list: readonly KubeObject[], before: (object: KubeObject) => boolean): number => {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(list[middle] as KubeObject)) low = middle + 1;
    else high = middle;
  }
  return low;
};

const inNamespace = (list: readonly KubeObject[], namespace: string): KubeObject[] => {
  const of = (object: KubeObject): string => object.metadata.namespace ?? '';
  return list.slice(search(list, (object) => of(object) < namespace), search(list, (object) => of(object) <= namespace));
};

type Rows = ReadonlyMap<string, KubeObject>;

const none: Rows = new Map();

export type Reader = {
  get(key: ResourceKey, namespace: string | undefined, name: string): KubeObject | undefined;
  list(key: ResourceKey, namespace?: string): KubeObject[];
  /** In the order of `list`. */
  by(key: ResourceKey, lookup: Exclude<Lookup, 'label'>, value: string): KubeObject[];
  /** Those of a namespace that have all these labels; without any, all. */
  labelled(key: ResourceKey, namespace: string | undefined, labels: Readonly<Record<string, string>>): KubeObject[];
  /** Keeps the order after one row has changed. */
  changed(key: ResourceKey, object: KubeObject, previous: KubeObject | undefined, gone: boolean): void;
};

/** A list is sorted once; a change moves one place instead of sorting again. Lists handed out are copies. */
export const createReader = (tables: Tables): Reader => {
  const sorted = new Map<ResourceKey, KubeObject[]>();
  const known = new Map<ResourceKey, Rows>();
  const rows = (key: ResourceKey): Rows => {
    const table = known.get(key) ?? (tables.get(`objects/${key}`) as Rows | undefined);
    if (!table) return none;
    known.set(key, table);
    return table;
  };
  const inOrder = (key: ResourceKey): KubeObject[] => {
    const list = sorted.get(key) ?? [...rows(key).values()].sort(byName);
    sorted.set(key, list);
    return list;
  };
  const lookups = createLookups((key) => rows(key).values());
  const found = (key: ResourceKey, bucket: ReadonlySet<string>): KubeObject[] => {
    const table = rows(key);
    return [...bucket].map((row) => table.get(row) as KubeObject).sort(byName);
  };
  const labelled: Reader['labelled'] = (key, namespace, labels) => {
    const wanted = Object.entries(labels);
    const buckets = wanted.map(([name, value]) => lookups.bucket(key, 'label', labelValue(namespace, name, value)));
    const [smallest] = buckets.sort((a, b) => a.size - b.size);
    if (!smallest) return inNamespace(inOrder(key), namespace ?? '');
    return found(key, smallest).filter(({ metadata }) => wanted.every(([name, value]) => metadata.labels?.[name] === value));
  };
  return {
    get: (key, namespace, name) => rows(key).get(objectKey(namespace, name)),
    list: (key, namespace) => (namespace === undefined ? [...inOrder(key)] : inNamespace(inOrder(key), namespace)),
    by: (key, lookup, value) => found(key, lookups.bucket(key, lookup, value)),
    labelled,
    changed: (key, object, previous, gone) => {
      lookups.changed(key, object, previous, gone);
      const list = sorted.get(key);
      if (!list) return;
      const place = search(list, (other) => byName(other, object) < 0);
      if (previous && !gone) list[place] = object;
      else if (gone) list.splice(place, previous ? 1 : 0);
      else list.splice(place, 0, object);
    },
  };
};
