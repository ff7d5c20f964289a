// Discovery in both forms: the aggregated documents and the older list per group-version.
import { apiVersion, type Kind, type Subresource } from './kinds.js';
import type { Registry } from './registry.js';

type Json = Record<string, unknown>;

const groupsOf = (kinds: readonly Kind[]): Map<string, Map<string, Kind[]>> => {
  const groups = new Map<string, Map<string, Kind[]>>();
  for (const kind of kinds) {
    const versions = groups.get(kind.group) ?? new Map<string, Kind[]>();
    groups.set(kind.group, versions);
    versions.set(kind.version, [...(versions.get(kind.version) ?? []), kind]);
  }
  return groups;
};

const gvk = ({ group, version, kind }: { group: string; version: string; kind: string }): Json => ({ group, version, kind });

const aggregatedSubresource = (sub: Subresource): Json => ({ subresource: sub.name, responseKind: gvk(sub.kind), verbs: sub.verbs });

const aggregatedResource = (kind: Kind): Json => ({
  resource: kind.plural,
  responseKind: gvk(kind),
  scope: kind.namespaced ? 'Namespaced' : 'Cluster',
  singularResource: kind.singular,
  verbs: kind.verbs,
  ...(kind.short.length > 0 ? { shortNames: kind.short } : {}),
  ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
  ...(kind.subresources.length > 0 ? { subresources: kind.subresources.map(aggregatedSubresource) } : {}),
});

const aggregatedGroup = (group: string, versions: Map<string, Kind[]>): Json => ({
  metadata: group === '' ? {} : { name: group },
  versions: [...versions].map(([version, kinds]) => ({ version, freshness: 'Current', resources: kinds.map(aggregatedResource) })),
});

/** `core` answers /api, otherwise /apis; never both in one. */
export const aggregated = (registry: Registry, core: boolean, version: 'v2' | 'v2beta1'): Json => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: `apidiscovery.k8s.io/${version}`,
  metadata: {},
  items: [...groupsOf(registry.all())].filter(([group]) => (group === '') === core).map(([group, versions]) => aggregatedGroup(group, versions)),
});

export const apiVersions = (server: string): Json => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: server }],
});

const group = (name: string, versions: Map<string, Kind[]>): Json => {
  const served = [...versions.keys()].map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: served, preferredVersion: served[0] };
};

/** /apis in its older form. */
export const groupList = (registry: Registry): Json => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: [...groupsOf(registry.all())].filter(([name]) => name !== '').map(([name, versions]) => group(name, versions)),
});

/** /apis/GROUP. */
export const oneGroup = (registry: Registry, name: string): Json | undefined => {
  const versions = groupsOf(registry.all()).get(name);
  return versions && { kind: 'APIGroup', apiVersion: 'v1', ...group(name, versions) };
};

const resource = (kind: Kind): Json => ({
  name: kind.plural,
  singularName: kind.singular,
  namespaced: kind.namespaced,
  kind: kind.kind,
  verbs: kind.verbs,
  ...(kind.short.length > 0 ? { shortNames: kind.short } : {}),
  ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
});

const subresource = (kind: Kind, sub: Subresource): Json => ({
  name: `${kind.plural}/${sub.name}`,
  singularName: '',
  namespaced: kind.namespaced,
  ...(apiVersion(sub.kind) === apiVersion(kind) ? {} : { group: sub.kind.group, version: sub.kind.version }),
  kind: sub.kind.kind,
  verbs: sub.verbs,
});

/** /api/v1 and /apis/GROUP/VERSION. */
export const resourceList = (registry: Registry, name: string, version: string): Json => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: name === '' ? version : `${name}/${version}`,
  resources: registry
    .all()
    .filter((kind) => kind.group === name && kind.version === version)
    .flatMap((kind) => [resource(kind), ...kind.subresources.map((sub) => subresource(kind, sub))]),
});
