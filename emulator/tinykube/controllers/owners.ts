// Owner references: who controls an object, adopting and releasing what a selector takes.
import type { Api, KubeObject, ObjectMeta, ResourceKey } from '../types.js';
import type { LabelSelector } from './kinds.js';
import { selectorMatches } from './selectors.js';

export type OwnerReference = NonNullable<ObjectMeta['ownerReferences']>[number];

/** The reference that marks the managing controller, if there is one. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller);

/** The reference that a controller puts on what it makes. */
export const controllerReference = (owner: KubeObject): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

const withOwners = (object: KubeObject, ownerReferences: OwnerReference[]): KubeObject => {
  const { ownerReferences: _old, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(ownerReferences.length > 0 && { ownerReferences }) } };
};

/** Drops the references to one owner. */
export const withoutOwner = (object: KubeObject, uid: string): KubeObject =>
  withOwners(object, (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid));

const candidates = (api: Api, owner: KubeObject, resource: ResourceKey, { matchLabels = {} }: LabelSelector): KubeObject[] => {
  const { namespace, uid } = owner.metadata;
  // Without labels to look up, anything in the namespace may be meant.
  if (Object.keys(matchLabels).length === 0) return api.list(resource, namespace);
  const own = api.by(resource, 'owner', uid).filter(({ metadata }) => metadata.namespace === namespace);
  return [...new Set([...own, ...api.labelled(resource, namespace, matchLabels)])].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
};

/**
 * The objects that `owner` controls. Orphans that its selector takes are adopted, its own that the selector no longer
 * takes are released (models the controller reference manager of kube-controller-manager).
 */
export const claim = (api: Api, owner: KubeObject, resource: ResourceKey, selector: LabelSelector): KubeObject[] => {
  const mine: KubeObject[] = [];
  for (const object of [...candidates(api, owner, resource, selector), ...api.admitting(resource, owner.metadata.namespace)]) {
    const controller = controllerOf(object);
    if (controller && controller.uid !== owner.metadata.uid) continue;
    const matches = selectorMatches(selector, object.metadata.labels);
    if (controller && matches) mine.push(object);
    else if (controller) api.update(resource, withoutOwner(object, owner.metadata.uid));
    else if (matches && !object.metadata.deletionTimestamp && !owner.metadata.deletionTimestamp) mine.push(adopt(api, owner, resource, object));
  }
  return mine;
};

const adopt = (api: Api, owner: KubeObject, resource: ResourceKey, object: KubeObject): KubeObject =>
  api.update(resource, withOwners(object, [...(object.metadata.ownerReferences ?? []), controllerReference(owner)]));
