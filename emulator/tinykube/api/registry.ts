// Which kinds are served now: the built-in table plus what CustomResourceDefinitions add and remove.
import { apiVersion, builtinKinds, type Kind } from './kinds.js';
import type { ResourceKey } from '../types.js';

export type Registry = {
  all(): readonly Kind[];
  /** The kind of one URL. */
  find(group: string, version: string, plural: string): Kind | undefined;
  /** The kind in which objects of this resource are stored. */
  stored(key: ResourceKey): Kind | undefined;
  byGvk(apiVersion: string, kind: string): Kind | undefined;
  hasVersion(group: string, version: string): boolean;
  /** Replaces what one CRD serves; an empty list takes it away. */
  setCustom(crd: string, kinds: readonly Kind[]): void;
  /** Grows with each change of what is served. */
  edition(): number;
};

export const createRegistry = (): Registry => {
  const builtin = builtinKinds();
  const custom = new Map<string, readonly Kind[]>();
  let edition = 0;
  let all: readonly Kind[] = builtin;
  let byPath = new Map<string, Kind>();
  let byKey = new Map<ResourceKey, Kind>();
  const index = (): void => {
    all = [...builtin, ...[...custom.values()].flat()];
    byPath = new Map(all.map((kind) => [`${kind.group}/${kind.version}/${kind.plural}`, kind]));
    // The first of a key, in the order of the table.
    byKey = new Map(all.filter((kind) => kind.view !== true).reverse().map((kind) => [kind.key, kind]));
  };
  index();
  return {
    all: () => all,
    find: (group, version, plural) => byPath.get(`${group}/${version}/${plural}`),
    stored: (key) => byKey.get(key),
    byGvk: (version, kind) => all.find((each) => each.kind === kind && apiVersion(each) === version),
    hasVersion: (group, version) => all.some((kind) => kind.group === group && kind.version === version),
    setCustom: (crd, kinds) => {
      if (kinds.length > 0) custom.set(crd, kinds);
      else custom.delete(crd);
      edition += 1;
      index();
    },
    edition: () => edition,
  };
};
