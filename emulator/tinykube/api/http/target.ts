// Which resource a path names.
import type { Kind } from '../kinds.js';
import type { Registry } from '../registry.js';

export type Target = { kind: Kind; namespace: string | undefined; name: string | undefined; subresource: string | undefined };

/** `unserved`: the group-version exists but not this resource; undefined: not even that. */
export type Found = { target: Target } | { groupVersion: { group: string; version: string } } | { group: string } | 'unserved' | undefined;

const ownSubresources = ['status', 'finalize'];

const inNamespace = (rest: readonly string[]): boolean => rest[0] === 'namespaces' && rest.length >= 3 && !ownSubresources.includes(rest[2] ?? '');

const resource = (registry: Registry, group: string, version: string, rest: readonly string[]): Found => {
  const namespace = inNamespace(rest) ? rest[1] : undefined;
  const [plural = '', name, subresource] = inNamespace(rest) ? rest.slice(2) : rest;
  const kind = registry.find(group, version, plural);
  if (!kind || (namespace !== undefined && !kind.namespaced)) return registry.hasVersion(group, version) ? 'unserved' : undefined;
  return { target: { kind, namespace, name, subresource } };
};

/** Segments below the root: `api v1 …` or `apis GROUP VERSION …`. */
export const findTarget = (registry: Registry, path: readonly string[]): Found => {
  const [root, first = '', second = ''] = path;
  if (root === 'api') {
    if (first !== 'v1') return undefined;
    return path.length === 2 ? { groupVersion: { group: '', version: first } } : resource(registry, '', first, path.slice(2));
  }
  if (root !== 'apis') return undefined;
  if (path.length === 2) return { group: first };
  if (path.length > 3) return resource(registry, first, second, path.slice(3));
  return registry.hasVersion(first, second) ? { groupVersion: { group: first, version: second } } : undefined;
};
